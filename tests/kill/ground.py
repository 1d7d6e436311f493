"""Every round begins on clean ground, whatever the one before it left behind."""

import asyncio

from ending import end
from stack import Stack
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from tests.kill.histories import INCIDENTS
from workflows.calls import HOME

_PARTS = {"worker", "gateway"}
_STEP = 0.1


async def cleared(stack: Stack) -> None:
    """Nothing is open, worker and gateway are at work, and the vendors are as new."""
    if not await _is_clear(stack):
        await _begun_anew(stack)
    await stack.ready()
    await at_work(stack, "worker")
    await stack.reset()


async def at_work(stack: Stack, part: str) -> None:
    """This worker has asked for work."""
    name = f"{stack.processes[part].pid}@"
    asked = DescribeTaskQueueRequest(
        namespace=stack.client.namespace,
        task_queue=TaskQueue(name=HOME),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    async with asyncio.timeout(180):
        while True:
            found = await stack.client.workflow_service.describe_task_queue(asked, retry=True)
            if any(one.identity.startswith(name) for one in found.pollers):
                return
            await asyncio.sleep(_STEP)


async def _is_clear(stack: Stack) -> bool:
    alive = {part for part, process in stack.processes.items() if process.poll() is None}
    if alive != _PARTS or set(stack.processes) != _PARTS:
        return False
    try:
        async with asyncio.timeout(20):
            return not await _open(stack)
    except (RPCError, TimeoutError):
        return False


async def _open(stack: Stack) -> list[str]:
    """Both incidents, and whatever a closed one left to follow up."""
    running = "ExecutionStatus = 'Running' AND WorkflowType IN ('RevertWorkflow', 'PaperworkWorkflow')"
    beside = [row.id async for row in stack.client.list_workflows(running)]
    return [*beside, *[one for one in INCIDENTS if await _runs(stack, one)]]


async def _runs(stack: Stack, workflow_id: str) -> bool:
    try:
        described = await stack.client.get_workflow_handle(workflow_id).describe()
    except RPCError:
        return False
    return described.status is WorkflowExecutionStatus.RUNNING


async def _begun_anew(stack: Stack) -> None:
    """A failed round may have left anything in anybody's hands: everybody is ended, and started again."""
    for part in list(stack.processes):
        stack.stop(part)
    await stack.server.restart()
    for workflow_id in await _open(stack):
        await end(stack.client, workflow_id, "left by a round that failed")
    for part in _PARTS:
        stack.start(part)
