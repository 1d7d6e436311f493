from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.clock import SandboxClock
from sandbox.grafana.keys import GrafanaKey
from sandbox.grafana.scenes import servio
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.sandbox.conftest import client_of

ALERTS = "/grafana/api/alertmanager/grafana/api/v2/alerts"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(servio, SandboxClock(AT))


@pytest.fixture
async def grafana(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, GrafanaKey.VIEWER) as client:
        yield client


@pytest.mark.parametrize(
    ("params", "count"),
    [({}, 5), ({"silenced": "false"}, 4), ({"inhibited": "false"}, 4), ({"active": "false"}, 2)],
    ids=str,
)
async def test_what_is_kept_silent_is_shown_unless_it_is_asked_not_to_be(
    grafana: httpx.AsyncClient, params: dict[str, str], count: int
) -> None:
    assert len((await grafana.get(ALERTS, params=params)).json()) == count


async def test_an_alert_that_is_kept_silent_says_by_what(grafana: httpx.AsyncClient) -> None:
    (found,) = (await grafana.get(ALERTS, params={"filter": 'service="reports"'})).json()

    assert (found["status"]["state"], len(found["status"]["silencedBy"])) == ("suppressed", 1)


@pytest.mark.parametrize("params", [{"filter": "service=~"}, {"label": "service"}], ids=str)
async def test_what_nobody_should_ask_is_unexpected(
    sandbox: Sandbox, grafana: httpx.AsyncClient, params: dict[str, Any]
) -> None:
    assert (await grafana.get(ALERTS, params=params)).status_code == 400
    assert len(sandbox.ledger.unexpected) == 1


async def test_a_token_that_nobody_knows_is_unauthorized(sandbox: Sandbox) -> None:
    async with client_of(sandbox, "x") as client:
        assert (await client.get(ALERTS)).status_code == 401
