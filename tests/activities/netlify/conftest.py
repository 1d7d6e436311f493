from collections.abc import AsyncIterator

import pytest

from activities.netlify.client import Netlify
from sandbox.clock import SandboxClock
from sandbox.netlify.scenes import gitquest
from sandbox.netlify.site import Site
from sandbox.netlify.world import NetlifyWorld
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.activities.netlify.publishing import netlify_of


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(gitquest, SandboxClock(AT))


@pytest.fixture
def site(sandbox: Sandbox) -> Site:
    return sandbox.of(NetlifyWorld).sites["gitquest"]


@pytest.fixture
def netlify(sandbox: Sandbox) -> Netlify:
    return netlify_of(sandbox)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
