from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.clock import SandboxClock
from sandbox.uptimerobot.keys import UptimeRobotKey
from sandbox.uptimerobot.scenes import slurpy
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.sandbox.conftest import client_of

MONITORS = "/uptimerobot/v3/monitors"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(slurpy, SandboxClock(AT))


@pytest.fixture
async def uptimerobot(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, UptimeRobotKey.ALL) as client:
        yield client


async def test_a_page_that_is_not_the_last_has_a_link_to_the_next(uptimerobot: httpx.AsyncClient) -> None:
    first = (await uptimerobot.get(MONITORS, params={"limit": 3})).json()
    last = (await uptimerobot.get(MONITORS, params={"limit": 3, "cursor": first["data"][-1]["id"]})).json()

    assert first["nextLink"].endswith("cursor=777000003")
    assert (last["nextLink"], len(last["data"])) == (None, 1)


async def test_how_long_a_monitor_is_as_it_is_comes_in_seconds(uptimerobot: httpx.AsyncClient) -> None:
    (down, *_) = (await uptimerobot.get(MONITORS)).json()["data"]

    assert (down["status"], down["currentStateDuration"]) == ("DOWN", 360)
    assert down["lastIncident"]["startedAt"] == "2026-11-21T02:54:00Z"


async def test_more_than_two_hundred_at_once_are_unexpected(
    sandbox: Sandbox, uptimerobot: httpx.AsyncClient
) -> None:
    assert (await uptimerobot.get(MONITORS, params={"limit": 201})).status_code == 400
    assert len(sandbox.ledger.unexpected) == 1


async def test_a_key_that_nobody_knows_is_unauthorized(sandbox: Sandbox) -> None:
    async with client_of(sandbox, "x") as client:
        assert (await client.get(MONITORS)).json() == {"statusCode": 401, "message": "Unauthorized"}
