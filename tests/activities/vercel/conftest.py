from collections.abc import AsyncIterator

import pytest

from activities.vercel.client import Vercel
from sandbox.clock import SandboxClock
from sandbox.vercel.project import Project
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.activities.vercel.deploying import vercel_of


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.shop(SandboxClock(AT))


@pytest.fixture
def project(sandbox: Sandbox) -> Project:
    return sandbox.of(VercelWorld).projects["my-shop"]


@pytest.fixture
def vercel(sandbox: Sandbox) -> Vercel:
    return vercel_of(sandbox)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
