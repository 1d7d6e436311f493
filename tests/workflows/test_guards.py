"""The incident's side of the guards."""

import asyncio
from datetime import timedelta

from stanch.model.incident_parts import HeldLock
from stanch.model.plan import Applied, Fate
from tests.policy.making import AT, BACKEND, MINUTE, change, planned
from tests.workflows.beside import Outside, incident
from workflows import guards


def applied(step: str, ago: timedelta, fate: Fate = Fate.KEPT) -> Applied:
    return Applied(planned=planned(made=change(marker=step)), at=AT - ago, wrote_at=AT - ago, fate=fate)


async def test_a_guard_is_told_when_each_step_was_written_last() -> None:
    """The cool-down begins with the last write, not with the letting go that follows hours later."""
    outside = Outside()
    done = (
        applied("INC-1/1.1", 60 * MINUTE),
        applied("INC-1/1.2", 50 * MINUTE),
        applied("INC-1/2.1", 40 * MINUTE, Fate.UNDER_WAY),
    )
    memory = incident(outside, held=(HeldLock(target=BACKEND),), applied=done)

    guards.let_go(memory, closing=True)

    await asyncio.gather(*memory.tasks)
    (let,) = outside.given_back
    assert let.release.wrote == {"INC-1/1": AT - 50 * MINUTE}
    assert memory.state.held == ()


async def test_a_guard_hears_with_each_question_what_was_granted_and_never_begun() -> None:
    """A plan that was refused or withdrawn takes nothing of the hour's changes."""
    outside = Outside()
    number = "INC-20261121-7K3QXM"
    memory = incident(outside, number=number, asks=4, applied=(applied(f"{number}/2.1", MINUTE),))

    await guards.ask(memory, [planned().step], f"{number}/4", "intent")

    (question,) = outside.asked
    assert question.unused == (f"{number}/1", f"{number}/3")
