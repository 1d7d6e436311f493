import math
from typing import Any

import pytest
import pytest_asyncio
from ending import end
from keeper import forget_everything
from stage import Stage

from stanch.model.incident import IncidentState
from workflows.incident import IncidentWorkflow

LEFT_BEHIND = (
    "incident-backend",
    "incident-shop",
    "incident-worker",
)


@pytest.fixture(autouse=True)
def nothing_is_known_but_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between any two phases an incident is its state: what was beside it is gone, and no end changes."""
    goes_on = IncidentWorkflow._between_phases

    async def between_phases(self: Any) -> None:
        self._memory.state = IncidentState.model_validate_json(self._memory.state.model_dump_json())
        await goes_on(self)

    monkeypatch.setattr(IncidentWorkflow, "_between_phases", between_phases)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def fresh(stage: Stage) -> None:
    """No guard remembers the test before, and machines need no time to start."""
    for workflow_id in LEFT_BEHIND:
        await end(stage.client, workflow_id)
    await forget_everything(stage.store)
    stage.sandbox.pace.hurry(math.inf)
