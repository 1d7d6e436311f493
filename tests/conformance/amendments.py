"""What is known to be wrong in a vendor's document, and by what that is known.

Each puts a value at a place of the document. One that the document already agrees with, or that stands
where the document has no such place, fails: then the vendor has moved on and this list must follow.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.conformance.shapes import at


@dataclass(frozen=True)
class Amendment:
    """A value that a document should have had at this JSON pointer."""

    document: str
    pointer: str
    value: Any
    """Or a function of what stands there."""
    why: str


_LEASE = {
    "type": "object",
    "required": ["status", "data"],
    "properties": {"status": {"type": "string"}, "data": {"$ref": "#/components/schemas/Lease"}},
}
_LEASES = "/paths/~1apps~1{app_name}~1machines~1{machine_id}~1lease"
_CONTENT = "content/application~1json/schema"
_TEAM = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("teamId", "slug")]
_UPDATE_PROJECT = {
    "parameters": [{"name": "idOrName", "in": "path", "required": True, "schema": {"type": "string"}}, *_TEAM],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"autoAssignCustomDomains": {"type": "boolean"}}}
            }
        },
    },
    "responses": {
        "200": {"$ref": "#/paths/~1v9~1projects~1{idOrName}/get/responses/200"},
        **{status: {} for status in ("400", "401", "402", "403", "404", "409")},
    },
}
AMENDMENTS = (
    *(
        Amendment(
            "fly-machines.openapi.json",
            f"{_LEASES}/{method}/responses/{status}/{_CONTENT}",
            _LEASE,
            "fly.io/docs/machines/api and its clients have the lease under data, beside a status (2026-11)",
        )
        for method, status in (("get", "200"), ("post", "201"))
    ),
    Amendment(
        "vercel.openapi.json",
        "/paths/~1v4~1aliases~1{idOrAlias}/get/responses/200/content/application~1json/schema",
        lambda schema: schema["items"],
        "a single alias is no list: the vendor's own page and its answers show the fields themselves",
    ),
    Amendment(
        "vercel.openapi.json",
        "/paths/~1v9~1projects~1{idOrName}/patch",
        _UPDATE_PROJECT,
        "left out of this copy; vercel.com/docs/rest-api/projects/update-an-existing-project (2026-05)",
    ),
)


def amended(name: str, document: Any, amendments: tuple[Amendment, ...] = AMENDMENTS) -> Any:
    """The document with everything put right that is known of it."""
    document = deepcopy(document)
    for amendment in amendments:
        if amendment.document == name:
            _put(document, amendment)
    return document


def _put(document: Any, amendment: Amendment) -> None:
    above, _, word = amendment.pointer.rpartition("/")
    place, name = at(document, above), word.replace("~1", "/").replace("~0", "~")
    value = amendment.value(place.get(name)) if callable(amendment.value) else amendment.value
    if place.get(name) == value:
        raise ValueError(f"{amendment.document} says so itself by now: {amendment.pointer}")
    place[name] = value
