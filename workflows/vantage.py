"""What does not answer from here may answer elsewhere: then only the way from here is broken."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from stanch.model.evidence import Look
from stanch.model.playbook import PinnedCheck, PinnedReading, Vantage
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


async def believed_by(memory: IncidentMemory, check: PinnedCheck, asked: Look) -> PinnedCheck:
    """A check that knows what was seen elsewhere; what was seen before a change says nothing after it."""
    if not check.vantages or asked.since is not None:
        return check
    seen = await _sightings(memory, check.vantages, asked)
    return check.model_copy(update={"arguments": {**check.arguments, "seen_elsewhere": seen}} if seen else {})


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
