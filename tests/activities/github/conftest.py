from collections.abc import AsyncIterator

import pytest

from activities.github.client import GitHub
from sandbox.clock import SandboxClock
from sandbox.github.repository import Repository
from sandbox.github.scenes import code
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.activities.github.asking import github_of
from tests.activities.github.cases import repository


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(code, SandboxClock(AT))


@pytest.fixture
def shop(sandbox: Sandbox) -> Repository:
    return repository(sandbox)


@pytest.fixture
def github(sandbox: Sandbox) -> GitHub:
    return github_of(sandbox)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
