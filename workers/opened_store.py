"""The store of a process, from its first look to its last."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from stanch.errors import ConfigError, Unavailable
from stanch.model.change import target_of
from stanch.model.guard import Holder
from stanch.model.pause import Pause
from stanch.store import Address, Store
from workers.store_match import hold_against, raise_epoch

log = logging.getLogger(__name__)

_AGAIN = 5.0
_REST = 300.0
"""How far a backup may be behind, in seconds, without being recognised as one."""


@asynccontextmanager
async def stored(address: Address, client: Client) -> AsyncIterator[Store]:
    """A store that is away holds up no process: it is looked for until it answers, and nothing is changed.

    Raises `ConfigError` where it can never be used.
    """
    store = Store(address)
    keeping: asyncio.Task[None] | None = None
    try:
        is_there = await _begun(store, client)
        keeping = asyncio.create_task(_keep(store, client, is_there=is_there))
        yield store
    finally:
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        await store.close()


async def _begun(store: Store, client: Client) -> bool:
    try:
        await store.prepare()
        await _take_over(store, client)
        await hold_against(store, client)
    except (Unavailable, RPCError) as error:
        log.error("nothing is changed until the store is in use: %s", error)  # noqa: TRY400 - no trace is wanted
        return False
    return True


async def _keep(store: Store, client: Client, *, is_there: bool) -> None:
    """Begin at last, and then raise the epoch after grants, so that an older store is known by it."""
    while not is_there:
        await asyncio.sleep(_AGAIN)
        try:
            is_there = await _begun(store, client)
        except ConfigError as error:
            log.error("%s", error)  # noqa: TRY400 - the same
    while True:
        await store.granted.wait()
        await asyncio.sleep(_REST)
        store.granted.clear()
        with contextlib.suppress(Unavailable, RPCError):  # it has said so itself; the next grant tries again
            await raise_epoch(store, client)


_RUNNING = "WorkflowType IN ('PauseWorkflow', 'GuardWorkflow') AND ExecutionStatus = 'Running'"
_REASON = "guards and pauses are kept in Stanch's own store now; what this one held is there"


async def _take_over(store: Store, client: Client) -> None:
    """Once: what an earlier release kept as workflows becomes rows of the store.

    Each is written first and ended then, so that a crash in between only repeats it.
    """
    found = [row async for row in client.list_workflows(_RUNNING)]
    for row in found:
        handle = client.get_workflow_handle(row.id, run_id=row.run_id)
        if row.workflow_type == "PauseWorkflow":
            await store.pause(await _pause_of(client, handle, row), row.start_time)
        else:
            await _take_guard(store, row)
        with contextlib.suppress(RPCError):  # another process was quicker
            await handle.terminate(reason=_REASON)
    if found:
        log.warning("%d guards and pauses of an earlier release are in the store now", len(found))


async def _pause_of(client: Client, handle: WorkflowHandle[object, object], row: WorkflowExecution) -> Pause:
    """As it was thrown: it is the workflow's input, which needs no worker to be read."""
    async for event in handle.fetch_history_events(page_size=1):
        sent = event.workflow_execution_started_event_attributes.input.payloads
        (pause,) = await client.data_converter.decode(sent, [Pause])
        return Pause.model_validate(pause)
    raise RPCError(f"{row.id} has no history", RPCStatusCode.NOT_FOUND, b"")


async def _take_guard(store: Store, row: WorkflowExecution) -> None:
    """Only a worker of the earlier release could ask it what it knows: the target rests from now on."""
    former = Holder(workflow_id=row.id, run_id=row.run_id, incident="an earlier release")
    await store.take_over(target_of(row.id.removeprefix("guard-")), former, datetime.now(UTC))
