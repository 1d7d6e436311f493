"""A store and the Temporal it is used with fit together, or automation starts paused."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from stanch.model.change import target_of
from stanch.model.guard import Holder
from stanch.model.pause import EVERYTHING, STANCH, Pause
from stanch.store import Belonging, Store
from stanch.store.belonging import Found, doubt

log = logging.getLogger(__name__)

MARKER = "stanch-store"
"""The id of a workflow that nobody works: its memo says which store belongs to this namespace."""


async def hold_against(store: Store, client: Client) -> None:
    """From here on the store answers questions; paused, where it and Temporal contradict each other."""
    found = await _found(client, await store.holders())
    # The store is read last: whoever begins beside this process raises it before it tells Temporal.
    known = await store.belonging()
    why = doubt(known, found)
    if why:
        await _pause(store, why)
    for key, holder in found.unknown:  # said once: nobody will ever let go of it
        await store.evict(target_of(key), holder, datetime.now(UTC))
    await raise_epoch(store, client)
    store.unfit = ""


async def raise_epoch(store: Store, client: Client) -> None:
    """First in the store, then at Temporal: only a store that is older than it was is ever behind."""
    _, epoch = await _marker(client)
    known = await store.belongs_to(await _namespace(client), epoch)
    await _mark(client, known)


async def _pause(store: Store, why: str) -> None:
    mend = "look at the open incidents and at what was changed lately, then: stanch resume"
    thrown = Pause(scope=EVERYTHING, by=STANCH, why=f"{why}; {mend}")
    if await store.pause(thrown, datetime.now(UTC)):
        log.error(thrown.says)


async def _found(client: Client, holders: Sequence[tuple[str, Holder]]) -> Found:
    store, epoch = await _marker(client)
    return Found(
        namespace=await _namespace(client),
        has_incidents=await _has_incidents(client),
        store=store,
        epoch=epoch,
        unknown=tuple([held for held in holders if await _is_unknown(client, held[1])]),
    )


async def _namespace(client: Client) -> str:
    """Its name, and its own id: another server has another one under the same name."""
    asked = DescribeNamespaceRequest(namespace=client.namespace)
    found = await client.workflow_service.describe_namespace(asked, retry=True)
    return f"{client.namespace} ({found.namespace_info.id})"


async def _has_incidents(client: Client) -> bool:
    async for _ in client.list_workflows("WorkflowType = 'IncidentWorkflow'", limit=1):
        return True
    return False


async def _is_unknown(client: Client, holder: Holder) -> bool:
    """Neither the present chain of runs under this id nor an earlier one is the holder's."""
    found = await _described(client, holder.workflow_id)
    if found is not None:
        first = found.raw_description.workflow_execution_info.first_run_id or found.run_id
        if first == holder.run_id:
            return False
    return await _described(client, holder.workflow_id, holder.run_id) is None


async def _marker(client: Client) -> tuple[str, int]:
    """The store of this namespace and its epoch, as Temporal remembers them."""
    found = await _described(client, MARKER)
    if found is None:
        return "", 0
    return await found.memo_value("store", ""), await found.memo_value("epoch", 0)


async def _mark(client: Client, known: Belonging) -> None:
    await client.start_workflow(
        "StoreMarker",
        id=MARKER,
        task_queue=MARKER,
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        memo={"store": known.store, "epoch": known.epoch},
        static_summary="Which store belongs to this namespace. Nobody works it: leave it running",
    )


async def _described(client: Client, workflow_id: str, run: str = "") -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(workflow_id, run_id=run or None).describe()
    except RPCError as error:
        if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
            return None  # the latter where a run's id is none
        raise
