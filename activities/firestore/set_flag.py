"""`firestore.set_flag`: one field of one document, written only if nobody wrote the document in between.

Firestore compares the document's update time (`currentDocument.updateTime`, cloud.google.com/firestore/docs,
read 2026-11). Readers are consistent at once; only what a function of the team's keeps in memory is not.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from shlex import quote
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, arguments_of, same
from activities.firestore.answers import Flag, Held
from activities.firestore.client import Firestore, name_of
from activities.open_values import Raised, Special, as_raised, raised, refuse_a_secret
from stanch.errors import Conflict, PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.rules import Rule

_LONGEST = 200
_URL = "https://firestore.googleapis.com/v1"
_BEARER = '-H "Authorization: Bearer $(gcloud auth print-access-token)"'
_KINDS = {bool: "booleanValue", int: "integerValue", float: "doubleValue"}
_NAMES = {bool: "a boolean", int: "a number", float: "a number", str: "a text"}
DOCUMENT = r"^[^/\s]+/[^/\s]+(/[^/\s]+/[^/\s]+)*$"
KEY = r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*$"


_Plain = (
    bool | Annotated[int, Field(ge=-(2**63), lt=2**63)] | float | Annotated[str, Field(max_length=_LONGEST)]
)


class SetFlagArguments(Written):
    """Which field of which document gets which value; dots in the key go into maps."""

    document: Annotated[str, Field(pattern=DOCUMENT, max_length=500)]
    key: Annotated[str, Field(pattern=KEY, max_length=256)]
    value: Annotated[Raised | bool | int | float | str, Special(as_raised, _Plain)]


class FieldSettings(Settings):
    """Which field of which document, and whether there was one."""

    document: str
    key: str
    existed: bool

    @property
    def flag(self) -> Flag:
        """The field."""
        return Flag(self.document, self.key)


class SetFlag(Verb[Firestore]):
    """Sets the field, or makes a document of it where there is none."""

    spec: ClassVar = VerbSpec(
        name="firestore.set_flag",
        says="One field of one document, unless somebody writes the document at the same moment",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE, usually="under a second", visitors="when they read it next"),
        arguments=SetFlagArguments,
        of="firestore",
        instant=True,
        effects=(
            "everybody who reads the document gets it at once; what a function keeps in memory stays old",
        ),
        needs=tuple(f"datastore.entities.{right}" for right in ("get", "create", "update", "delete")),
    )
    arrives_within: ClassVar = timedelta(0)  # by precondition

    async def plan(self, request: PlanRequest) -> Change:
        """Reads what stands; refuses what is no flag, and a value of another type than the app reads."""
        wanted = arguments_of(SetFlagArguments, request)
        refuse_a_secret(wanted.key)
        flag = Flag(wanted.document, wanted.key)
        held = await self.vendor.documents.held(request.target, flag)
        value = _of_the_same_type(flag, held, wanted.value)
        stands = held.there and held.value == value
        said = f"{flag.document} {flag.key}={_said(value)}"
        return self.change(
            request,
            [] if stands else [Unit(id=f"{flag.document}#{flag.key}", was=held.value, to=value)],
            f"set {said} in {request.target.name}",
            because="" if held.document else f"there is no document {flag.document}: it is created",
            settings=FieldSettings(document=flag.document, key=flag.key, existed=held.document),
            nothing_to_do=f"{said} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The field's own value."""
        held = await self.vendor.documents.held(change.target, FieldSettings.of(change).flag)
        return {unit.id: _seen(unit, held) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Reads the document once more, and writes on the condition that it is still that one."""
        planned, documents = FieldSettings.of(change), self.vendor.documents
        flag = planned.flag
        held = await documents.held(change.target, flag)
        if not same(_seen(unit, held).value, unit.was):
            raise Conflict("firestore", f"{flag.document} was written since it was looked at")
        if not held.document:
            await documents.create(change.target, flag, unit.to)
        elif unit.to is None and not planned.existed and not held.beside:
            await documents.delete(change.target, flag, held)
        else:
            await documents.put(change.target, flag, unit.to, held)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """No gcloud command writes a document; the REST API does."""
        planned, database = FieldSettings.of(change), name_of(change.target)
        return [_by_hand(database, planned.flag, unit.to, existed=planned.existed) for unit in change.units]


def _of_the_same_type(flag: Flag, held: Held, wanted: Any) -> Any:
    """The wanted value as what stands there: to JavaScript the text "false" is true."""
    if isinstance(wanted, Raised):
        wanted = raised(flag.key, wanted, held.value if held.there else None)
    if not held.there:
        if len(flag.path) > 1:
            raise PolicyError(
                Rule.NO_SUCH_FIELD,
                f"{flag.document} has no {flag.key}; a field inside a map is not made anew",
            )
        return wanted
    stands = held.value
    if type(stands) not in _NAMES or (isinstance(stands, str) and len(stands) > _LONGEST):
        raise PolicyError(Rule.NOT_A_FLAG, f"{flag.key} of {flag.document} holds {_shown(stands)}: no flag")
    if isinstance(stands, float) and type(wanted) is int:
        return float(wanted)
    if type(stands) is not type(wanted):
        raise PolicyError(
            Rule.OTHER_TYPE,
            f"{flag.key} of {flag.document} is {_NAMES[type(stands)]}, {_said(stands)}; {_said(wanted)} is"
            f" {_NAMES[type(wanted)]}, and the app may read that as something else",
        )
    return wanted


def _seen(unit: Unit, held: Held) -> Seen:
    """Strictly: 1 is neither true nor 1.0, and what is absent is not null."""
    if held.there and (held.value is None or type(held.value) not in {type(unit.was), type(unit.to)}):
        return Seen([held.value], shown=str(_shown(held.value)))
    return Seen(held.value, shown=_shown(held.value))


def _shown(value: Any) -> Any:
    """What may be shown of a value that is no flag: only what sort of thing it is."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str) and len(value) <= _LONGEST:
        return value
    return f"a {type(value).__name__}"


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _by_hand(database: str, flag: Flag, value: Any, *, existed: bool) -> str:
    """One field of one document; without a value it is taken away, and so is a document made for it."""
    url = f"{_URL}/{database}/documents/{flag.document}"
    if value is None and not existed:
        return f"curl -X DELETE {quote(url)} {_BEARER}"
    body: dict[str, Any] = {}
    if value is not None:
        kind = _KINDS.get(type(value), "stringValue")
        body = {kind: str(value) if kind == "integerValue" else value}
        for name in reversed(flag.path[1:]):
            body = {"mapValue": {"fields": {name: body}}}
        body = {"fields": {flag.path[0]: body}}
    masked = f"{url}?updateMask.fieldPaths={flag.quoted}"
    return (
        f"curl -X PATCH {quote(masked)} {_BEARER}"
        f' -H "Content-Type: application/json" -d {quote(json.dumps(body))}'
    )
