import pytest_asyncio
from stage import Stage
from temporalio.service import RPCError, RPCStatusCode

LEFT_BEHIND = (
    "incident-backend",
    "incident-shop",
    "incident-worker",
    "guard-fly:slurpy-backend",
    "guard-vercel:my-shop",
    "pause-all",
    "pause-service:backend",
    "pause-provider:fly",
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
    stage.sandbox.pace.machine_state = stage.sandbox.pace.machine_checks = 0
