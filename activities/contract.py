"""What every verb and every reading is, and the one loop by which all changes are made.

A provider says three things about a verb: how it is planned, where each unit stands, and how one unit is
written. Comparing, writing once, finding a lost answer again, waiting without blocking and stopping where
somebody else acted are done here, once, for all.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from temporalio import activity

from stanch.errors import ConfigError, Conflict, Moved, PolicyError, Still, Unavailable
from stanch.model.base import Written
from stanch.model.change import At, Change, Delivery, Place, PlanRequest, Receipt, Survey, Target, Unit
from stanch.model.evidence import Look, Reading
from stanch.model.team import Provider
from stanch.model.verb import ReadingSpec, TargetSpec, VerbSpec
from stanch.model.watching import End, Progress, Quality, Watched, WatchRequest
from stanch.policy import conditions, facts, templates, watching
from stanch.secrets import Redactor

HEARTBEAT = timedelta(seconds=4)
LOOK_AGAIN = timedelta(seconds=2)

_QUALITY = {
    conditions.Verdict.TRUE: Quality.GOOD,
    conditions.Verdict.FALSE: Quality.BAD,
    conditions.Verdict.UNDECIDABLE: Quality.UNKNOWN,
}

A = TypeVar("A", bound=Written)


class Verb(ABC):
    """One thing that can be changed at one provider."""

    spec: ClassVar[VerbSpec]
    look_again_in: ClassVar[timedelta] = LOOK_AGAIN

    def __init__(self, outside: Any) -> None:  # noqa: B027 - each provider keeps it under its own name
        """Takes what its part's `connect` made."""

    @abstractmethod
    async def plan(self, request: PlanRequest) -> Change:
        """Resolve to values; raises `PolicyError` where it may not be done, with the rule."""

    @abstractmethod
    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """Where every unit stands; `done` are the units this change is known to have written."""

    @abstractmethod
    async def write(self, change: Change, unit: Unit) -> None:
        """Ask the vendor to bring one unit from `was` to `to`, under the vendor's own lock if it has one."""


class Source(ABC):
    """One thing that can be read."""

    spec: ClassVar[ReadingSpec]

    def __init__(self, outside: Any) -> None:  # noqa: B027 - each provider keeps it under its own name
        """Takes what its part's `connect` made."""

    @abstractmethod
    async def read(self, look: Look) -> Reading:
        """Look once; instants, never ages."""


@dataclass(frozen=True)
class Surroundings:
    """What a provider is connected with: its settings, the team's, and what must stay hidden."""

    settings: Provider
    redactor: Redactor
    fingerprint_key: bytes = field(default=b"", repr=False)
    references: dict[str, str] = field(default_factory=dict)
    """The team's named secrets, by reference."""

    def token(self, provider: str) -> str:
        """The provider's credential."""
        if self.settings.token is None:
            raise ConfigError(f"providers.{provider}.token is missing in stanch.yaml; write token: env:NAME")
        return self.redactor.read(self.settings.token)


@dataclass(frozen=True)
class Credential:
    """How a vendor's credential is tried, and how a person makes one; `{name}` stands for the target's."""

    prove: Callable[[Any, Target], Awaitable[str]]
    """Takes what `connect` made, reads something of a target, changes nothing, and says what it saw."""
    made_by: str


@dataclass(frozen=True)
class Part:
    """One outside system: how it is connected, and what can be done and read there."""

    name: str
    connect: Callable[[Surroundings], Any]
    verbs: Sequence[type[Verb]] = ()
    readings: Sequence[type[Source]] = ()
    target: TargetSpec | None = None
    vendor: bool = False
    """It takes a credential: it works only where `providers.NAME` is set."""
    credential: Credential | None = None


def arguments_of(model: type[A], request: PlanRequest, was: dict[str, Any] | None = None) -> A:
    """The verb's arguments, with what speaks of `was.*` rendered from what was just read."""
    values = dict(request.arguments)
    if request.templates:
        known = {**request.facts, **{f"was.{name}": value for name, value in (was or {}).items()}}
        try:
            values |= templates.render_all(request.templates, facts.vocabulary_of(known), known)
        except (conditions.MissingFact, conditions.ConditionError) as error:
            raise PolicyError("evidence-missing", f"cannot work out {error}") from error
    return model.model_validate(values)


async def converge(
    verb: Verb, change: Change, done: set[str], remember: Callable[[], None] | None = None
) -> None:
    """Bring every unit to where the change wants it, or say why not.

    `done` are the units known to be written; `remember` is called after each write, for changes whose
    vendor keeps no trace that could be found again. Raises `Moved` where a unit is neither at `was` nor at
    `to`, `Still` while the vendor is at work.
    """
    written: set[str] = set()
    while True:
        places = (await verb.survey(change, frozenset(done))).places
        _refuse_foreign(change, places)
        pending = next((place for place in places if place.at is not At.TO or place.settling), None)
        if pending is None:
            return
        if pending.settling or pending.unit in written:
            raise Still(
                f"{pending.unit}: {pending.settling or 'accepted, not there yet'}", verb.look_again_in
            )
        written.add(pending.unit)
        await _finish(verb.write(change, _unit(change, pending.unit)))
        done.add(pending.unit)
        if remember:
            remember()


def _refuse_foreign(change: Change, places: Sequence[Place]) -> None:
    foreign = [place for place in places if place.at is At.ELSEWHERE]
    if foreign:
        unit = _unit(change, foreign[0].unit)
        raise Moved(
            change.target.provider,
            f"{unit.id} of {change.target.name} is at {foreign[0].seen}, neither {unit.was} as planned"
            f" nor {unit.to}: somebody else changed it",
        )


def _unit(change: Change, name: str) -> Unit:
    return next(unit for unit in change.units if unit.id == name)


async def _finish(write: Any) -> None:
    """A write that has begun is waited for even when the activity is cancelled: no unit is left half sent."""
    task = asyncio.ensure_future(write)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


@asynccontextmanager
async def beating(details: Callable[[], Sequence[Any]]) -> AsyncIterator[None]:
    """Heartbeat every few seconds, carrying what must survive a crash.

    Not at once: each heartbeat is a write of the server's, and most activities are over in a moment.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT.total_seconds())
            activity.heartbeat(*details())

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()


def now() -> datetime:
    """The instant this attempt was scheduled: Temporal's clock, which tests can skip; never the wall's."""
    return activity.info().current_attempt_scheduled_time


def activities_of_verb(verb: Verb) -> list[Callable[..., Any]]:
    """`NAME:plan`, `NAME` and `NAME:survey`."""
    name = verb.spec.name

    @activity.defn(name=f"{name}:plan")
    async def plan(request: PlanRequest) -> Change:
        async with beating(list):
            return await verb.plan(request)

    @activity.defn(name=name)
    async def act(change: Change) -> Receipt:
        done: set[str] = set(activity.info().heartbeat_details)

        def remember() -> None:
            activity.heartbeat(*sorted(done))

        at_once = change.delivery is Delivery.AT_LEAST_ONCE
        async with beating(lambda: sorted(done)):
            try:
                await converge(verb, change, done, remember if at_once else None)
            except BaseException as error:
                remember()
                if isinstance(error, Conflict):
                    raise Still(str(error), verb.look_again_in) from error
                raise
        return Receipt(
            verb=change.verb,
            target=change.target.key,
            changed=tuple(unit.id for unit in change.units if unit.id in done),
            already=tuple(unit.id for unit in change.units if unit.id not in done),
            finished_at=now(),
        )

    @activity.defn(name=f"{name}:survey")
    async def survey(change: Change) -> Survey:
        async with beating(list):
            return await verb.survey(change, frozenset())

    return [plan, act, survey]


def activities_of_source(source: Source) -> list[Callable[..., Any]]:
    """`NAME` and `NAME:watch`."""
    name, result = source.spec.name, source.spec.result

    async def read(look: Look) -> Reading:
        async with beating(list):
            return await source.read(look)

    read.__annotations__["return"] = result

    @activity.defn(name=f"{name}:watch")
    async def watch(request: WatchRequest) -> Watched:
        return await _look_once(source, request)

    return [activity.defn(name=name)(read), watch]


async def _look_once(source: Source, request: WatchRequest) -> Watched:
    """One attempt is one look; `Still` until the watch has made up its mind."""
    check, at = request.check, now()
    remembered = activity.info().heartbeat_details
    progress = Progress.model_validate(remembered[0]) if remembered else Progress()
    async with beating(lambda: [progress.model_dump(mode="json")]):
        quality, line = await _quality(source, request, at)
        progress, end = watching.step(progress, quality, at, check, request.started_at)
        progress = progress.model_copy(update={"last_line": line})
    if end is End.STILL:
        activity.heartbeat(progress.model_dump(mode="json"))
        raise Still(f"{line} ({progress.good_in_a_row} good in a row)", check.every)
    return Watched(
        uses=check.uses, end=end, good_since=progress.good_since, looks=progress.looks, because=line
    )


async def _quality(source: Source, request: WatchRequest, at: datetime) -> tuple[Quality, str]:
    check = request.check
    look = Look(target=check.target, arguments=check.arguments, as_of=at, first_bad_at=request.first_bad_at)
    try:
        reading = await source.read(look)
    except Unavailable as error:
        return Quality.UNKNOWN, str(error)
    known = facts.facts_of(check.variables, {"it": reading.model_dump(mode="json")}, at)
    said = conditions.evaluate(check.good_when, facts.declared(check.variables), known)
    return _QUALITY[said.verdict], reading.line()
