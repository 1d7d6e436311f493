"""Verbs and readings as Temporal's activities: one attempt each, and what must survive between them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from temporalio import activity

from activities.authority import Authority
from activities.changing import HEARTBEAT, Attempt
from activities.contract import Reader, Verb, planned
from stanch import masking
from stanch.errors import Still, Unavailable
from stanch.model.change import Change
from stanch.model.evidence import Look, Reading
from stanch.model.plan import Order, PlanOrder
from stanch.model.survey import At, Receipt, Survey
from stanch.model.watching import End, Quality, Watched, WatchProgress, WatchRequest
from stanch.policy import conditions, facts, stays_good

_QUALITY = {
    conditions.Truth.TRUE: Quality.GOOD,
    conditions.Truth.FALSE: Quality.BAD,
    conditions.Truth.UNDECIDABLE: Quality.UNKNOWN,
}


@asynccontextmanager
async def beating(details: Callable[[], Sequence[Any]]) -> AsyncIterator[None]:
    """Heartbeat every few seconds, carrying what must survive a crash.

    Not at once: each heartbeat is a write of the server's, and most activities are over in a moment.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT.total_seconds())
            activity.heartbeat(*details())

    async with _beside(beat()):
        yield


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()


def now() -> datetime:
    """The instant this attempt was scheduled: Temporal's clock, which tests can skip; never the wall's."""
    return activity.info().current_attempt_scheduled_time


def activities_of_verb(verb: Verb[Any], authority: Authority | None) -> list[Callable[..., Any]]:
    """`NAME:plan`, `NAME` and `NAME:survey`; no worker plans or makes anything without authority."""
    name = verb.spec.name

    @activity.defn(name=f"{name}:plan")
    async def plan(order: PlanOrder) -> Change:
        request = authority.may_plan(order, verb.spec) if authority else order.request
        async with beating(list):
            change = _told(await planned(verb, request))
        return authority.sealed(order, change, verb.spec) if authority else change

    @activity.defn(name=name)
    async def act(order: Order) -> Receipt:
        change = order.change
        if authority:
            authority.may_act(order, verb.spec)
        attempt = Attempt(change)
        async with _beside(attempt.beat()):
            done = await attempt.make(verb)
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
            found = await verb.survey(change, frozenset(change.trail.done))
        shown = {place.unit for place in found.places if place.at is At.TO or place.settling}
        return found.model_copy(
            update={"perhaps": tuple(unit for unit in change.trail.perhaps if unit not in shown)}
        )

    return [plan, act, survey]


def activities_of_reader(
    reader: Reader[Any], beside: Mapping[str, Reader[Any]] | None = None
) -> list[Callable[..., Any]]:
    """`NAME` and `NAME:watch`; a watch may read others of the same integration `beside` its own."""
    name, result = reader.spec.name, reader.spec.result

    async def read(look: Look) -> Reading:
        async with beating(list):
            return masking.within(await reader.read(look))

    read.__annotations__["return"] = result

    @activity.defn(name=f"{name}:watch")
    async def watch(request: WatchRequest) -> Watched:
        return await _look_once({**(beside or {}), name: reader}, request)

    return [activity.defn(name=name)(read), watch]


def _told(change: Change) -> Change:
    """The change with its texts masked; its values stay exact, since acting compares them."""
    hidden = masking.within
    undo = change.undo.model_copy(update={"why": hidden(change.undo.why)})
    texts = {
        name: hidden(getattr(change, name)) for name in ("summary", "because", "effects", "nothing_to_do")
    }
    return change.model_copy(update={**texts, "undo": undo})


async def _look_once(readers: Mapping[str, Reader[Any]], request: WatchRequest) -> Watched:
    """One attempt is one look; `Still` until the watch has made up its mind."""
    check, at = request.check, now()
    remembered = activity.info().heartbeat_details
    progress = WatchProgress.model_validate(remembered[0]) if remembered else WatchProgress()
    async with beating(lambda: [progress.model_dump(mode="json")]):
        quality, line = await _quality(readers, request, at)
        progress, end = stays_good.step(progress, quality, at, check, request.started_at)
        line = masking.masked(line)
        progress = progress.model_copy(update={"last_line": line})
    if end is End.STILL:
        activity.heartbeat(progress.model_dump(mode="json"))
        raise Still(f"{line} ({progress.good_in_a_row} good in a row)", check.every)
    return Watched(
        uses=check.uses, end=end, good_since=progress.good_since, looks=progress.looks, because=line
    )


async def _quality(
    readers: Mapping[str, Reader[Any]], request: WatchRequest, at: datetime
) -> tuple[Quality, str]:
    check = request.check
    try:
        found = await asyncio.gather(
            *(
                readers[reading.uses].read(
                    Look(
                        target=reading.target,
                        arguments=reading.arguments,
                        as_of=at,
                        first_bad_at=request.first_bad_at,
                        since=request.since,
                    )
                )
                for reading in check.readings
            )
        )
    except Unavailable as error:
        return Quality.UNKNOWN, str(error)
    sources = {
        reading.name: answer.model_dump(mode="json")
        for reading, answer in zip(check.readings, found, strict=True)
    }
    known = facts.facts_of(check.variables, sources, at)
    said = conditions.evaluate(check.good_when, facts.declared(check.variables), known)
    return _QUALITY[said.truth], "; ".join(answer.line() for answer in found)
