import pytest_asyncio
from keeper import forget_everything
from stage import Stage
from temporalio.service import RPCError, RPCStatusCode

LEFT_BEHIND = (
    "incident-backend",
    "incident-shop",
    "incident-worker",
)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def fresh(stage: Stage) -> None:
    """No guard remembers the test before, and machines need no time to start."""
    for workflow_id in LEFT_BEHIND:
        try:
            await stage.client.get_workflow_handle(workflow_id).terminate()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
    await forget_everything(stage.store)
    stage.sandbox.pace.machine_state = stage.sandbox.pace.machine_checks = 0
