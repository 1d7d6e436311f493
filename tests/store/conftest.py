from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stanch.store import Address, Store
from tests.store.databases import KINDS, address, opened


@pytest.fixture(params=KINDS)
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    return address(request.param, tmp_path)


@pytest.fixture
async def store(at: Address) -> AsyncIterator[Store]:
    found = await opened(at)
    yield found
    await found.close()
