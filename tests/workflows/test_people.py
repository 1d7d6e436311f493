"""What is heard of people's words, and when."""

import pytest
from temporalio.exceptions import ApplicationError

from stanch.model.decision import Decision, Say
from stanch.model.incident import Phase
from tests.policy.making import AT
from tests.workflows.beside import incident
from workflows import people


def word(say: Say) -> Decision:
    return Decision(
        say=say,
        person="ana",
        roles=("approver", "responder"),
        incident="incident-backend",
        at=AT,
        signature="the door's",
    )


@pytest.mark.parametrize("say", [Say.RUN, Say.UNDO])
def test_a_closing_incident_takes_no_word_that_it_could_not_act_on_any_more(say: Say) -> None:
    with pytest.raises(ApplicationError, match="is closing"):
        people.check(incident(phase=Phase.CLOSE), word(say))

    people.check(incident(phase=Phase.WATCH), word(say))
    people.check(incident(phase=Phase.CLOSE), word(Say.ABORT))


async def test_the_words_that_have_counted_are_remembered_so_far_back_and_the_last_one_counts_once() -> None:
    memory = incident(spent=tuple(f"{number}" for number in range(5_000)))

    await people.hear(memory, word(Say.NOTE))

    assert len(memory.state.spent) < 1_000
    with pytest.raises(ApplicationError, match="heard already"):
        people.check(memory, word(Say.NOTE))
