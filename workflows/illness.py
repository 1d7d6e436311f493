"""What an incident has heard, and not heard, of each provider; and what is therefore left alone."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta

from stanch.model.change import Change
from stanch.model.incident_parts import Unanswered
from stanch.model.playbook import PinnedReading
from stanch.policy import conditions, ill_vendors, planning
from stanch.policy.outbreaks import cut
from workflows.memory import IncidentMemory
from workflows.outside import Failed

_FRESH = timedelta(seconds=30)
_LONGEST_REASON = 160


def question(reading: PinnedReading) -> str:
    """What a reading asks of whom: `fly.status of backend`."""
    return f"{reading.uses} of {reading.target.name}" if reading.target else reading.uses


def hear(memory: IncidentMemory, asked: str, error: Exception | None = None) -> None:
    """Remember that something was not answered; where anything was, even a no, it is again."""
    state = memory.state
    silent = tuple(one for one in state.unanswered if one.asked != asked)
    if isinstance(error, Failed) and ill_vendors.is_no_answer(error.kind):
        because = cut(error.text, _LONGEST_REASON)
        silent = (*silent, Unanswered(asked=asked, at=memory.outside.now(), because=because))
    state.unanswered = silent


async def refuses(memory: IncidentMemory, changes: Sequence[Change]) -> str:
    """Why one of these changes may not be made at its vendor now.

    What takes something away waits for what is being read of its vendor: a half that is away answers last.
    """
    takers = [change for change in changes if change.takes_something_away]
    for provider in dict.fromkeys(ill_vendors.provider_of(change.verb) for change in takers):
        await memory.outside.until(lambda: memory.stopped() or not _is_being_read(memory, provider))  # noqa: B023
    return ill_vendors.refusal(takers, memory.state, memory.outside.now())


async def refuses_now(memory: IncidentMemory, change: Change) -> str:
    """The same right before it is made: what was read of the vendor a while ago is asked for again."""
    if change.takes_something_away:
        provider = ill_vendors.provider_of(change.verb)
        await asyncio.gather(*(_ask_again(memory, reading) for reading in _stale(memory, provider)))
    return await refuses(memory, (change,))


def _is_being_read(memory: IncidentMemory, provider: str) -> bool:
    memory.raise_unforeseen()
    under_way = any(not task.done() for task in memory.readings)
    return under_way and any(
        reading.name not in memory.state.evidence for reading, _ in _readings_of(memory, provider)
    )


def _readings_of(memory: IncidentMemory, provider: str) -> Iterator[tuple[PinnedReading, PinnedReading]]:
    """What the playbook reads of this provider: the evidence it is for, and the reading itself."""
    for reading in memory.pinned.evidence:
        for one in reading.each or (reading,):
            if ill_vendors.provider_of(one.uses) == provider:
                yield reading, one


def _stale(memory: IncidentMemory, provider: str) -> Iterator[PinnedReading]:
    """What is read of a provider and was not answered just now, nor is still under way."""
    now = memory.outside.now()
    for evidence, reading in _readings_of(memory, provider):
        found = memory.state.evidence.get(evidence.name)
        if found is not None and not (found.known and now - found.read_at < _FRESH):
            yield reading


async def _ask_again(memory: IncidentMemory, reading: PinnedReading) -> None:
    basis = planning.basis_of(memory.state, memory.pinned, memory.outside.now())
    failed: Exception | None = None
    try:
        asked = planning.look(reading, basis)
        await memory.outside.look(reading.uses, asked, reading.within, f"does {reading.uses} answer now?")
    except (conditions.MissingFact, Failed) as error:
        failed = error
    hear(memory, question(reading), failed)
