"""What a test leaves running is ended; it may end by itself in the same moment."""

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode


async def end_running(client: Client, query: str = "ExecutionStatus = 'Running'") -> None:
    """Every workflow that a query finds is ended."""
    for row in [row async for row in client.list_workflows(query)]:
        await end(client, row.id)


async def end(client: Client, workflow_id: str, reason: str = "") -> None:
    """It is ended, or had ended already: what lists say of it may be a moment old."""
    try:
        await client.get_workflow_handle(workflow_id).terminate(reason=reason or None)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
