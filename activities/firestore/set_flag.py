"""`firestore.set_flag`: one field of one document, written only if nobody wrote the document in between.

Firestore compares the document's update time (`currentDocument.updateTime`, cloud.google.com/firestore/docs,
read 2026-11). Readers are consistent at once; only what a function of the team's keeps in memory is not.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.contract import Verb, arguments_of
from activities.firestore.answers import Flag, Held
from activities.firestore.by_hand import writing
from activities.firestore.client import Firestore, name_of
from activities.open_values import refuse_a_secret
from stanch.errors import Conflict, PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

EFFECTS = ("everybody who reads the document gets it at once; what a function keeps in memory stays old",)
_LONGEST = 200
_NAMES = {bool: "a boolean", int: "a number", float: "a number", str: "a text"}
DOCUMENT = r"^[^/\s]+/[^/\s]+(/[^/\s]+/[^/\s]+)*$"
KEY = r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*$"


class SetFlagArguments(Written):
    """Which field of which document gets which value; dots in the key go into maps."""

    document: Annotated[str, Field(pattern=DOCUMENT, max_length=500)]
    key: Annotated[str, Field(pattern=KEY, max_length=256)]
    value: (
        bool
        | Annotated[int, Field(ge=-(2**63), lt=2**63)]
        | float
        | Annotated[str, Field(max_length=_LONGEST)]
    )


class SetFlag(Verb):
    """Sets the field, or makes a document of it where there is none."""

    spec: ClassVar = VerbSpec(
        name="firestore.set_flag",
        says="One field of one document, unless somebody writes the document at the same moment",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetFlagArguments,
        of="firestore",
        if_no_help=NoHelp.KEEP,
        effects=EFFECTS,
        needs=tuple(f"datastore.entities.{right}" for right in ("get", "create", "update", "delete")),
    )
    arrives_within: ClassVar = timedelta(0)  # by precondition

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    async def plan(self, request: PlanRequest) -> Change:
        """Reads what stands; refuses what is no flag, and a value of another type than the app reads."""
        wanted = arguments_of(SetFlagArguments, request)
        refuse_a_secret(wanted.key)
        flag = Flag(wanted.document, wanted.key)
        held = await self._firestore.documents.held(request.target, flag)
        value = _of_the_same_type(flag, held, wanted.value)
        stands = held.there and held.value == value
        said = f"{flag.document} {flag.key}={_said(value)}"
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=() if stands else (Unit(id=f"{flag.document}#{flag.key}", was=held.value, to=value),),
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"set {said} in {request.target.name}",
            because="" if held.document else f"there is no document {flag.document}: it is created",
            effects=EFFECTS,
            settings={"document": flag.document, "key": flag.key, "existed": held.document},
            marker=request.marker,
            nothing_to_do=f"{said} already" if stands else "",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - Firestore knows
        """By the field's own value."""
        held = await self._firestore.documents.held(change.target, _flag(change))
        seen = _shown(held.value)
        return Survey(
            places=tuple(Place(unit=unit.id, at=_at(unit, held), seen=seen) for unit in change.units)
        )

    async def write(self, change: Change, unit: Unit) -> None:
        """Reads the document once more, and writes on the condition that it is still that one."""
        flag, documents = _flag(change), self._firestore.documents
        held = await documents.held(change.target, flag)
        if _at(unit, held) is not At.WAS:
            raise Conflict("firestore", f"{flag.document} was written since it was looked at")
        if not held.document:
            await documents.create(change.target, flag, unit.to)
        elif unit.to is None and not change.settings["existed"] and not held.beside:
            await documents.delete(change.target, flag, held)
        else:
            await documents.put(change.target, flag, unit.to, held)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """No gcloud command writes a document; the REST API does."""
        flag, existed = _flag(change), change.settings["existed"]
        return [writing(name_of(change.target), flag, unit.to, existed=existed) for unit in change.units]


def _flag(change: Change) -> Flag:
    return Flag(change.settings["document"], change.settings["key"])


def _of_the_same_type(flag: Flag, held: Held, wanted: Any) -> Any:
    """The wanted value as what stands there: to JavaScript the text "false" is true."""
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


def _at(unit: Unit, held: Held) -> At:
    """Strictly: 1 is not true, and what is absent is not null."""
    if held.there and held.value is None:
        return At.ELSEWHERE
    for place, value in ((At.TO, unit.to), (At.WAS, unit.was)):
        if type(held.value) is type(value) and held.value == value:
            return place
    return At.ELSEWHERE


def _shown(value: Any) -> Any:
    """What may be shown of a value that is no flag: only what sort of thing it is."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str) and len(value) <= _LONGEST:
        return value
    return f"a {type(value).__name__}"


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
