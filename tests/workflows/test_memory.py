"""What an incident remembers of itself, and when it is drawn."""

import asyncio

from stanch.policy import thinning
from tests.policy.making import pinned
from tests.workflows.beside import Outside, incident


def test_the_card_is_drawn_once_however_much_is_noted_meanwhile() -> None:
    outside = Outside()
    memory = incident(outside)
    memory.note("alert", "one")
    memory.note("alert", "another")
    (card,) = outside.cards

    drawn = card()

    assert "another" in drawn
    memory.note("alert", "a third")
    assert len(outside.cards) == 2


async def test_what_no_channel_takes_is_kept_so_far_back_and_the_rest_is_said_to_be_lost() -> None:
    memory = incident(by=pinned(tell=("inbox",)))

    for number in range(thinning.MOST_UNSAID + 3):
        memory.tell("alert", f"{number}")

    assert len(memory.state.unsaid) == thinning.MOST_UNSAID
    lost = [entry.text for entry in memory.state.timeline]
    assert lost == ["inbox was never told: alert"] * 3
    await asyncio.gather(*memory.tasks)
    assert memory.state.unsaid == ()


def test_an_incident_counts_the_lines_that_it_leaves_out() -> None:
    memory = incident()

    for number in range(thinning.MOST_LINES + 30):
        memory.note("alert", f"{number}")

    assert (len(memory.state.timeline), memory.state.left_out) == (thinning.MOST_LINES, 30)
