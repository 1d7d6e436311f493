"""The kill switch: thrown, taken back, looked at."""

from temporalio.client import WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from stanch.control.link import DEADLINE, QUEUE, Link, failure, is_missing
from stanch.model.pause import Pause, pause_id
from stanch.policy import telling


class Switches(Link):
    """Where automation is paused; no worker is needed."""

    async def pause(self, pause: Pause) -> bool:
        """Throw the kill switch of a scope; False when it was thrown already."""
        try:
            await self.client.start_workflow(
                "PauseWorkflow",
                pause,
                id=pause_id(pause.scope),
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                static_summary=telling.summary(
                    f"{pause.scope} is paused by {pause.by}: {pause.why or 'no reason given'}"
                ),
                rpc_timeout=DEADLINE,
            )
        except WorkflowAlreadyStartedError:
            return False
        except RPCError as error:
            raise failure(error) from error
        return True

    async def resume(self, scope: str, by: str) -> bool:
        """Let a scope act again; False when it was not paused. Works without a worker too."""
        try:
            handle = self.client.get_workflow_handle(pause_id(scope))
            if (await handle.describe(rpc_timeout=DEADLINE)).status is not WorkflowExecutionStatus.RUNNING:
                return False
            await handle.terminate(reason=f"resumed by {by}", rpc_timeout=DEADLINE)
        except RPCError as error:
            if is_missing(error):
                return False
            raise failure(error) from error
        return True

    async def paused(self) -> list[str]:
        """Every switch that is thrown, in words."""
        query = "WorkflowType = 'PauseWorkflow' AND ExecutionStatus = 'Running'"
        try:
            rows = [row.id async for row in self.client.list_workflows(query, rpc_timeout=DEADLINE)]
            described = [await self.handle(row).describe(rpc_timeout=DEADLINE) for row in rows]
            return [str(await one.static_summary()) for one in described]
        except RPCError as error:
            raise failure(error) from error
