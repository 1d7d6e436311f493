"""The store of a process, from its first look to its last."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.service import RPCError

from stanch.errors import ConfigError, Unavailable
from stanch.store import Address, Store
from workers.guard_import import take_over
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
        await take_over(store, client)
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
