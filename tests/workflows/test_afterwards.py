"""What outlives an incident."""

from datetime import timedelta

import pytest

from stanch.model.change import Change, Undo, UndoKind
from stanch.model.plan import Applied, Fate
from tests.policy.making import AT, change, planned
from tests.workflows.beside import incident
from workflows.afterwards import start_reverts

FOR_GOOD = change(undo=Undo(kind=UndoKind.NONE))


@pytest.mark.parametrize(
    ("fate", "made"),
    [*((fate, change()) for fate in Fate if fate is not Fate.KEPT), (Fate.KEPT, FOR_GOOD)],
)
async def test_what_is_not_kept_whole_or_cannot_go_back_is_never_taken_back_later(
    fate: Fate, made: Change
) -> None:
    step = planned(made=made, revert_after=timedelta(hours=2))
    memory = incident(applied=(Applied(planned=step, at=AT, fate=fate),))

    await start_reverts(memory)

    assert memory.state.reverting == ()
