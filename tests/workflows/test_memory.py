"""What an incident remembers of itself, and when it is drawn."""

from stanch.policy import thinning
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


def test_an_incident_counts_the_lines_that_it_leaves_out() -> None:
    memory = incident()

    for number in range(thinning.MOST_LINES + 30):
        memory.note("alert", f"{number}")

    assert (len(memory.state.timeline), memory.state.left_out) == (thinning.MOST_LINES, 30)
