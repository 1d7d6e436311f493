"""What every verb and every reading is.

A provider says three things about a verb: how it is planned, what is seen of each unit, and how one unit is
written. Comparing is done here; writing once, finding a lost answer again, waiting without blocking and
stopping where somebody else acted are done once, for all, in `converging`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from stanch.errors import PolicyError
from stanch.model.base import Frozen, Written
from stanch.model.change import Change, PlanRequest, SecretRef, Target, Undo, Unit
from stanch.model.evidence import Look, Reading
from stanch.model.survey import At, Place, Survey
from stanch.model.verb import ReadingSpec, VerbSpec
from stanch.policy import conditions, facts, templates
from stanch.rules import Rule

LOOK_AGAIN = timedelta(seconds=2)
STALE_FOR = timedelta(minutes=1)
"""After a write, where a verb knows no better: of single reads vendors say some seconds (2026-11)."""
ARRIVES_WITHIN = timedelta(seconds=30)
"""When routers in front of vendors' APIs have given up (devcenter.heroku.com/articles/request-timeout)."""

A = TypeVar("A", bound=Written)
V = TypeVar("V")
"""What an integration's `connect` makes."""


class Settings(Frozen):
    """What acting needs besides the units; each verb that needs something declares its own shape."""

    @classmethod
    def of(cls, change: Change) -> Self:
        """What the plan resolved."""
        return cls.model_validate(change.settings)


@dataclass(frozen=True)
class Seen:
    """What a vendor shows of one unit."""

    value: Any
    settling: str = ""
    """What is still under way there."""
    failed: str = ""
    """What the vendor says of a change that it took and that came to nothing."""
    more: bool = False
    """It takes several writes, and the next one is due."""
    shown: Any = None
    """What people are told of it, where that is not the value itself."""


class Verb(ABC, Generic[V]):
    """One thing that can be changed at one provider, through what its integration's `connect` made.

    How long things take, beside `spec.takes` or a change's own `settles_within`, which bound the whole of it:

        sent ── arrives_within ──▶ it took effect or never will ── stale_for ──▶ whoever reads sees it
          └───────────── silent_for: an answer was lost, and it is not sent again ──────────────┘
        Between two looks, `look_again_in` passes, more the longer it takes already.
    """

    spec: ClassVar[VerbSpec]
    look_again_in: ClassVar[timedelta] = LOOK_AGAIN
    stale_for: ClassVar[timedelta] = STALE_FOR
    """How long after a write the vendor may still show what stood there before."""
    arrives_within: ClassVar[timedelta] = ARRIVES_WITHIN
    """How long a request whose answer was lost may still take effect.

    Nothing where a second one does no harm: the vendor compares in the same request, or the same asked twice
    is the same asked once. Otherwise none is sent again before it would have arrived and been seen.
    """

    def __init__(self, vendor: V) -> None:
        self.vendor = vendor

    @classmethod
    def silent_for(cls) -> timedelta:
        """How long after a request whose outcome nobody knows no second one is sent."""
        return cls.arrives_within + cls.stale_for if cls.arrives_within else timedelta(0)

    @abstractmethod
    async def plan(self, request: PlanRequest) -> Change:
        """Resolve to values; raises `PolicyError` where it may not be done, with the rule."""

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """What stands at every unit, in the order of writing.

        `done` are the units that this change is known to have written.
        """
        raise NotImplementedError

    def is_reached(self, change: Change, unit: Unit, value: Any) -> bool:
        """Whether a value is as good as `to`."""
        return same(value, unit.to)

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """Where every unit stands, compared with the plan."""
        seen = await self.seen(change, done)
        units = {unit.id: unit for unit in change.units}
        return Survey(places=tuple(self._compared(change, units[name], one) for name, one in seen.items()))

    @abstractmethod
    async def write(self, change: Change, unit: Unit) -> None:
        """Ask the vendor to bring one unit from `was` to `to`, under the vendor's own lock if it has one."""

    @classmethod
    @abstractmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """What a person would type to make this change without Stanch; secrets by name, as `$NAME`."""

    @classmethod
    def commands_without_plan(cls, target: Target, arguments: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG003
        """The same, where nothing has to be read before it can be typed; none where something has."""
        return ()

    def change(
        self,
        request: PlanRequest,
        units: Iterable[Unit],
        summary: str,
        *,
        settings: Settings | None = None,
        nothing_to_do: str = "",
        **more: Any,
    ) -> Change:
        """A change by this verb; `nothing_to_do` says why, where there are no units.

        `more` are other fields, such as undo and effects where they are not the verb's.
        """
        units = tuple(units)
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=units,
            summary=summary,
            settings=settings.model_dump(mode="json", exclude_defaults=True) if settings else {},
            marker=request.marker,
            nothing_to_do="" if units else nothing_to_do,
            **{"undo": Undo(kind=self.spec.undo), "effects": self.spec.effects, **more},
        )

    def _compared(self, change: Change, unit: Unit, seen: Seen) -> Place:
        at = At.ELSEWHERE
        if same(seen.value, unit.was):
            at = At.WAS
        elif self.is_reached(change, unit, seen.value):
            at = At.TO
        shown = seen.value if seen.shown is None else seen.shown
        return Place(
            unit=unit.id, at=at, seen=shown, settling=seen.settling, failed=seen.failed, more=seen.more
        )


def same(value: Any, planned: Any) -> bool:
    """Whether two values are one: true is not 1, and a secret is told by its fingerprint alone."""
    if isinstance(value, SecretRef) and isinstance(planned, SecretRef):
        return value.fingerprint == planned.fingerprint
    if isinstance(value, dict) and isinstance(planned, dict):
        return value.keys() == planned.keys() and all(same(value[name], planned[name]) for name in value)
    if isinstance(value, list | tuple) and isinstance(planned, list | tuple):
        return len(value) == len(planned) and all(map(same, value, planned))
    return isinstance(value, bool) is isinstance(planned, bool) and bool(value == planned)


def answered(change: Change, done: frozenset[str]) -> dict[str, Seen]:
    """What is seen of an act that leaves no trace: only what the vendor answered counts as done."""
    return {unit.id: Seen(unit.to if unit.id in done else unit.was) for unit in change.units}


async def planned(verb: Verb[Any], request: PlanRequest) -> Change:
    """A verb made concrete, with the times that the vendor takes unless planning knew better."""
    change = await verb.plan(request)
    times = {
        "settles_within": change.settles_within or verb.spec.takes,
        "course": change.course or verb.spec.course,
        "takes_away": change.takes_away or verb.spec.takes_away,
    }
    return change.model_copy(update=times)


class Reader(ABC, Generic[V]):
    """One thing that can be read, through what its integration's `connect` made."""

    spec: ClassVar[ReadingSpec]

    def __init__(self, vendor: V, folder: Path | None = None) -> None:
        self.vendor = vendor
        self.folder = folder
        """Where a file for people may be put; None where nothing is to be kept."""

    @abstractmethod
    async def read(self, look: Look) -> Reading:
        """Look once; instants, never ages."""


def largest_sizes(request: PlanRequest, wanted: str) -> tuple[str, ...]:
    """The largest size that each owner of the target allows; which is the least is the vendor's to tell."""
    said = request.limits.get("largest_size") or wanted
    return tuple(map(str, said)) if isinstance(said, list) else (str(said),)


def arguments_of(model: type[A], request: PlanRequest, was: dict[str, Any] | None = None) -> A:
    """The verb's arguments, with what speaks of `was.*` rendered from what was just read."""
    values = dict(request.arguments)
    if request.templates:
        known = {**request.facts, **{f"was.{name}": value for name, value in (was or {}).items()}}
        try:
            values |= templates.render_all(request.templates, facts.names_implied(known), known)
        except (conditions.MissingFact, conditions.ConditionError) as error:
            raise PolicyError(Rule.EVIDENCE_MISSING, f"cannot work out {error}") from error
    return model.model_validate(values)
