from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.heroku.client import Heroku
from sandbox.clock import SandboxClock
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.scenes import gitquest
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.activities.heroku.cases import app_of
from tests.activities.heroku.herokuing import Team


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(gitquest, SandboxClock(AT))


@pytest.fixture
def app(sandbox: Sandbox) -> HerokuApp:
    return app_of(sandbox)


@pytest.fixture
def team(sandbox: Sandbox, tmp_path: Path) -> Team:
    return Team(tmp_path, sandbox)


@pytest.fixture
def heroku(team: Team) -> Heroku:
    return team.heroku()


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
