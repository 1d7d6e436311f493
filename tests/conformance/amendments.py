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
_TEXT = {"type": "string"}
_LOGS = {
    "parameters": [
        {"name": "app", "in": "path", "required": True, "schema": _TEXT},
        *({"name": name, "in": "query", "schema": _TEXT} for name in ("next_token", "instance", "region")),
    ],
    "responses": {
        "200": {
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["data", "meta"],
                        "properties": {
                            "data": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["id", "attributes"],
                                    "properties": {
                                        "id": _TEXT,
                                        "type": _TEXT,
                                        "attributes": {
                                            "type": "object",
                                            "required": [
                                                "timestamp",
                                                "message",
                                                "level",
                                                "instance",
                                                "region",
                                            ],
                                            "properties": {
                                                "timestamp": {"type": "string", "format": "date-time"},
                                                **dict.fromkeys(
                                                    ("message", "level", "instance", "region"), _TEXT
                                                ),
                                                "meta": {"type": "object"},
                                            },
                                        },
                                    },
                                },
                            },
                            "meta": {"type": "object", "properties": {"next_token": _TEXT}},
                        },
                    }
                }
            }
        }
    },
}
_PROJECT = "/paths/~1v9~1projects~1{idOrName}"
_UPDATE_PROJECT = {
    "parameters": [
        {"name": "idOrName", "in": "path", "required": True, "schema": _TEXT},
        *({"name": name, "in": "query", "schema": _TEXT} for name in ("teamId", "slug")),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"autoAssignCustomDomains": {"type": "boolean"}}}
            }
        },
    },
    "responses": {
        "200": {"$ref": f"#{_PROJECT}/get/responses/200"},
        **{status: {} for status in ("400", "401", "402", "403", "404", "409")},
    },
}
_ITEM = (
    f"/paths/~1v1~1global-config~1{{edgeConfigId}}~1items/patch/requestBody/{_CONTENT}/properties/items/items"
    "/oneOf/0"
)
_DELETE = {"properties": {"operation": {"enum": ["delete"]}}, "required": ["operation", "key"]}
_START_DYNO = {
    "href": "/apps/{(%23%2Fdefinitions%2Fapp%2Fdefinitions%2Fidentity)}/dynos",
    "method": "POST",
    "rel": "create",
    "schema": {
        "type": ["object"],
        "required": ["command"],
        "properties": {
            name: {"$ref": f"#/definitions/dyno/definitions/{name}"}
            for name in ("attach", "command", "env", "force_no_tty", "size", "type", "time_to_live")
        },
    },
    "targetSchema": {"$ref": "#/definitions/dyno"},
}
_RULE = "/components/schemas/firewallSchemasRule/properties/scope/properties/type/enum"
_FOUND = {
    "fly-machines.openapi.json": {
        f"{_LEASES}/get/responses/200/{_CONTENT}": (
            _LEASE,
            "fly.io/docs/machines/api and the vendor's own clients have it under data (2026-11)",
        ),
        f"{_LEASES}/post/responses/201/{_CONTENT}": (_LEASE, "as for reading it"),
        "/paths/~1apps~1{app_name}~1machines/get/parameters": (
            lambda found: [
                *found,
                {"name": "cursor", "in": "query", "schema": _TEXT},
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
            ],
            "in the vendor's newer copy, superfly/docs machines-api/openapi.json (2026-08)",
        ),
        "/components/schemas/AppSecretsUpdateRequest/properties/values/additionalProperties": (
            {**_TEXT, "nullable": True},
            "the description beside it says null unsets a secret",
        ),
        "/paths/~1api~1v1~1apps~1{app}~1logs": (
            {"get": _LOGS},
            "documented nowhere; LogEntry of superfly/fly-go, which the vendor's own tool reads (2026-08)",
        ),
    },
    "vercel.openapi.json": {
        f"/paths/~1v4~1aliases~1{{idOrAlias}}/get/responses/200/{_CONTENT}": (
            lambda schema: schema["items"],
            "a single alias is no list: the vendor's own page and its answers show the fields themselves",
        ),
        f"{_PROJECT}/patch": (
            _UPDATE_PROJECT,
            "left out of this copy; vercel.com/docs/rest-api/projects/update-an-existing-project (2026-05)",
        ),
        "/paths/~1v1~1projects~1{idOrName}~1rolling-release/get/responses/200/"
        f"{_CONTENT}/properties/rollingRelease/properties/substate": (
            _TEXT,
            "in the example that the vendor's own SDK carries for this answer",
        ),
        f"{_ITEM}/properties/key/pattern": (
            r"^[\w-]+$",
            "its backslash was escaped twice, which leaves names of only w and backslash",
        ),
        f"{_ITEM}/anyOf": (
            lambda found: [*found, _DELETE],
            "delete is among the operations above it, and the vendor's guides send it with a key alone",
        ),
    },
    "heroku.hyper-schema.json": {
        "/definitions/dyno/links": (
            lambda found: [*found, _START_DYNO],
            "left out of this copy; devcenter.heroku.com/articles/platform-api-reference (2026-11)",
        ),
        "/definitions/formation/definitions/dyno_size/properties/name/readOnly": (
            False,
            "the identity beside it says that a size is referred to by its id or by its name",
        ),
    },
    "netlify.swagger.json": {
        "/definitions/deploy/properties/deploy_time": (
            {"type": "integer"},
            "seconds of a build, in what the vendor's own tool and pages show",
        ),
        "/definitions/deploy/properties/committer": (
            _TEXT,
            "in answers of the API as programs keep them (2024); null where there is no commit",
        ),
    },
    "pagerduty-rest.openapi.json": {
        "/components/parameters/statuses_incidents/schema": (
            lambda schema: {"type": "array", "items": {"type": "string", "enum": schema["enum"]}},
            "the description beside it says to pass it more than once",
        ),
    },
    "cloudflare.openapi.json": {
        "/components/schemas/workersVersionItemShort/properties/annotations": (
            {"type": "object", "additionalProperties": _TEXT},
            "ApiVersion of cloudflare/workers-sdk reads them of this list",
        ),
        f"/paths/~1zones~1{{zone_id}}~1purge_cache/post/responses/4XX/{_CONTENT}": (
            {"$ref": "#/components/schemas/official.cache-purge_api-response-common-failure"},
            "it is said to be a success too, of which nothing could be both",
        ),
        _RULE: (lambda found: [*found, "zone"], "seen in answers about rules of a zone"),
    },
}
AMENDMENTS = tuple(
    Amendment(document, pointer, value, why)
    for document, found in _FOUND.items()
    for pointer, (value, why) in found.items()
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
