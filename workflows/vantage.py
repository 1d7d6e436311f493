"""What does not answer from here may answer elsewhere: then only the way from here is broken."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from stanch.model.evidence import Look
from stanch.model.playbook import PinnedReading, Vantage
from stanch.model.watching import End, Watched, WatchRequest
from workflows import calls
from workflows.memory import IncidentMemory
from workflows.outside import Failed


async def look(
    memory: IncidentMemory, reading: PinnedReading, asked: Look, within: timedelta, why: str
) -> dict[str, Any]:
    """What a reading says; where an address fails, once more with what a second vantage has seen of it."""
    result = await memory.outside.look(reading.uses, asked, within, why)
    if not reading.vantages or not result.get("failing"):
        return result
    seen = await _sightings(memory, reading.vantages, asked)
    if not seen:
        return result
    again = asked.model_copy(update={"arguments": {**asked.arguments, "seen_elsewhere": seen}})
    result = await memory.outside.look(reading.uses, again, within, f"{why}, with what is seen elsewhere")
    for up in result.get("up_elsewhere", ()):
        memory.note_once("vantage", f"only the way from here is broken: {up}")
    return result


async def watched(
    memory: IncidentMemory, request: WatchRequest, watch: Callable[[WatchRequest], Awaitable[Watched]]
) -> Watched:
    """How a check ends that knows what was seen elsewhere; before a change, that says nothing after it.

    What was seen says nothing for long. So where an address that was believed fails, it is asked for once
    more, and as long as it is seen up the check goes on with that.
    """
    if not request.check.vantages or request.since is not None:
        return await watch(request)
    over_at = request.started_at + request.check.stays_good_for
    seen = await _seen_by_now(memory, request)
    ended = await watch(_knowing(request, seen))
    while seen and ended.end is End.BAD and ended.looks > request.check.bad_in_a_row:
        seen = await _seen_by_now(memory, request)
        if seen:
            now = memory.outside.now()
            left = max(over_at - now, request.check.every)
            check = request.check.model_copy(update={"stays_good_for": left})
            renewed = request.model_copy(update={"check": check, "started_at": now})
            ended = await watch(_knowing(renewed, seen))
    return ended


def _knowing(request: WatchRequest, seen: list[JsonValue]) -> WatchRequest:
    if not seen:
        return request
    arguments = {**request.check.arguments, "seen_elsewhere": seen}
    return request.model_copy(update={"check": request.check.model_copy(update={"arguments": arguments})})


async def _seen_by_now(memory: IncidentMemory, request: WatchRequest) -> list[JsonValue]:
    asked = Look(as_of=memory.outside.now(), first_bad_at=request.first_bad_at, since=request.since)
    return await _sightings(memory, request.check.vantages, asked)


async def _sightings(memory: IncidentMemory, vantages: Sequence[Vantage], asked: Look) -> list[JsonValue]:
    found = await asyncio.gather(*(_seen(memory, one, asked) for one in vantages))
    return [one for seen in found for one in seen]


async def _seen(memory: IncidentMemory, vantage: Vantage, asked: Look) -> list[JsonValue]:
    """What it has seen up; nothing where it does not answer, which changes nothing."""
    wanted = asked.model_copy(update={"target": vantage.target, "arguments": {}})
    why = f"is it seen up elsewhere? {vantage.uses}"
    try:
        result = await memory.outside.look(vantage.uses, wanted, calls.CHECK_DEADLINE, why)
    except Failed:
        return []
    return list(result.get("seen_up", ()))
