from collections.abc import AsyncIterator

import pytest_asyncio

from stanch.cli.worlds import theatre
from stanch.cli.worlds.theatre import Theatre


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage() -> AsyncIterator[Theatre]:
    """One theatre for all worlds of a process."""
    async with theatre.opened() as opened:
        yield opened
