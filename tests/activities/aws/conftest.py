from collections.abc import AsyncIterator

import pytest

from activities.aws.client import Aws
from sandbox.aws.rollouts import EcsService
from sandbox.aws.scenes import api
from sandbox.aws.world import AwsWorld
from sandbox.clock import SandboxClock
from sandbox.world import Sandbox
from tests.activities.aws.doing import aws_of
from tests.activities.contract.case import AT


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(api, SandboxClock(AT))


@pytest.fixture
def world(sandbox: Sandbox) -> AwsWorld:
    return sandbox.of(AwsWorld)


@pytest.fixture
def service(world: AwsWorld) -> EcsService:
    return world.services["api"]


@pytest.fixture
def aws(sandbox: Sandbox) -> Aws:
    return aws_of(sandbox)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
