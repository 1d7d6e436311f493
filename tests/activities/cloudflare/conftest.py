from collections.abc import AsyncIterator

import pytest

from activities.cloudflare.client import Cloudflare
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.cloudflare.scenes import pitchey
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.world import Sandbox
from tests.activities.cloudflare.cases import worker_of, world_of
from tests.activities.cloudflare.working import cloudflare_of
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(pitchey, SandboxClock(AT))


@pytest.fixture
def world(sandbox: Sandbox) -> CloudflareWorld:
    return world_of(sandbox)


@pytest.fixture
def worker(sandbox: Sandbox) -> Worker:
    return worker_of(sandbox)


@pytest.fixture
def line(sandbox: Sandbox) -> Line:
    return Line(application(sandbox))


@pytest.fixture
def cloudflare(sandbox: Sandbox, line: Line) -> Cloudflare:
    return cloudflare_of(sandbox, line=line)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
