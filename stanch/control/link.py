"""The link to Temporal that every part of the door shares: deadlines, and what a failure means."""

from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from stanch.errors import PolicyError, StanchError

QUEUE = "stanch"
DEADLINE = timedelta(seconds=5)
WORD_DEADLINE = timedelta(seconds=30)
_FOR_GOOD = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.OUT_OF_RANGE,
}


class Away(StanchError):
    """Temporal does not answer; nothing was accepted."""


class Unknown(StanchError):
    """There is no such incident."""


class Link:
    """A client, and the key with which this door signs."""

    def __init__(self, client: Client, door_key: bytes) -> None:
        self.client = client
        self._door_key = door_key

    def handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        """The latest run of a workflow."""
        return self.client.get_workflow_handle(workflow_id)

    async def is_reachable(self) -> bool:
        """True when Temporal answers."""
        try:
            return await self.client.service_client.check_health(timeout=DEADLINE)
        except RPCError:
            return False


def failure(error: RPCError) -> StanchError:
    """What a failed call means: `Away` where it may be repeated, a refusal where it never will be taken."""
    if error.status in _FOR_GOOD:
        return PolicyError("temporal", f"Temporal refuses it: {error.message}")
    return Away(f"Temporal does not answer: {error.message}")


def is_missing(error: RPCError) -> bool:
    """True when there is no such workflow."""
    return error.status is RPCStatusCode.NOT_FOUND
