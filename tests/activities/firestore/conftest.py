from collections.abc import AsyncIterator

import pytest

from activities.firestore.client import Firestore
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.firestore.database import Database
from sandbox.firestore.keys import FirestoreKey
from sandbox.firestore.scenes import pack_data
from sandbox.firestore.world import FirestoreWorld
from sandbox.world import Sandbox
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.firestore.asking import NAME, SANDBOXES, connected


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(pack_data, SandboxClock(AT))


@pytest.fixture
def world(sandbox: Sandbox) -> FirestoreWorld:
    return sandbox.of(FirestoreWorld)


@pytest.fixture
def database(world: FirestoreWorld) -> Database:
    return world.databases[NAME]


@pytest.fixture
def line(sandbox: Sandbox) -> Line:
    return Line(application(sandbox))


@pytest.fixture
async def firestore(sandbox: Sandbox, line: Line) -> Firestore:
    made = connected(line, FirestoreKey.ALL)
    SANDBOXES[made] = sandbox
    return made


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
