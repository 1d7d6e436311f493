"""When a change is begun, when it is planned anew, and when it is left alone."""

from typing import Any

import pytest

from stanch.model.change import Undo, UndoKind, Unit
from stanch.model.incident import Phase, Word
from stanch.model.plan import Applied, Fate, Round
from tests.policy.making import AT, MINUTE, change, plan, planned
from tests.workflows.beside import incident
from workflows import undoing
from workflows.memory import IncidentMemory
from workflows.phases import change as changing

ANA = Word(by="ana", at=AT)
FOR_GOOD = planned(made=change(marker="INC-1/1.1", undo=Undo(kind=UndoKind.NONE)))


def carrying_out(*done: Applied, **facts: Any) -> IncidentMemory:
    """A plan on its way, of which so much has reached the vendor."""
    markers = tuple(one.marker for one in done)
    under_way = Round(plan=plan(FOR_GOOD), asked_at=AT, steps=markers)
    return incident(phase=Phase.CHANGE, round=under_way, applied=done, **facts)


async def test_no_step_is_begun_once_a_person_has_said_stop() -> None:
    memory = carrying_out(stop=ANA)

    assert await changing.run(memory) is Phase.HANDED_OVER

    assert "ana aborted it" in memory.state.handed_over_because
    assert memory.state.applied == ()


async def test_a_plan_that_somebody_else_has_overtaken_is_made_anew_three_times_and_no_more() -> None:
    again, enough = carrying_out(moved=2), carrying_out(moved=3)

    for memory in (again, enough):
        assert await changing._stopped_short(memory, "Moved", "somebody else changed it") is Phase.TRIAGE

    assert (again.state.moved, again.state.tried) == (3, ())
    assert enough.state.tried == (plan().option,)


async def test_a_plan_that_has_written_something_is_not_made_anew_but_ended() -> None:
    memory = carrying_out(Applied(planned=FOR_GOOD, at=AT))

    await changing._stopped_short(memory, "Moved", "somebody else changed it")

    assert (memory.state.moved, memory.state.tried) == (0, (plan().option,))
    assert [one.fate for one in memory.state.applied] == [Fate.CANNOT_UNDO]


@pytest.mark.parametrize("fate", [Fate.UNDONE, Fate.COMPENSATED])
async def test_what_was_taken_back_leaves_nothing_to_be_put_right(fate: Fate) -> None:
    made = change(afterwards=(Unit(id="auto_assign", was=False, to=True),))
    memory = incident(applied=(Applied(planned=planned(made=made), at=AT, fate=fate),))

    await undoing.put_right(memory)

    assert memory.state.held == ()


async def test_a_way_back_knows_when_its_way_there_was_written_last() -> None:
    memory, earlier = incident(), AT - MINUTE

    assert undoing._written(memory, Applied(planned=FOR_GOOD, at=AT, wrote_at=earlier)) == earlier
    assert undoing._written(memory, Applied(planned=FOR_GOOD, at=AT, fate=Fate.UNDER_WAY)) == AT
