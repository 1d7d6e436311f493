from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.clock import SandboxClock
from sandbox.pagerduty.keys import PagerDutyKey
from sandbox.pagerduty.scenes import slurpy
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.sandbox.conftest import client_of

INCIDENTS = "/pagerduty/incidents"
HEADERS = {
    "Authorization": f"Token token={PagerDutyKey.ALL}",
    "Accept": "application/vnd.pagerduty+json;version=2",
    "Content-Type": "application/json",
}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(slurpy, SandboxClock(AT))


@pytest.fixture
async def pagerduty(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, "") as client:
        client.headers.update(HEADERS)
        yield client


async def test_a_page_that_is_not_the_last_says_that_there_is_more(pagerduty: httpx.AsyncClient) -> None:
    first = (await pagerduty.get(INCIDENTS, params={"limit": 2})).json()
    last = (await pagerduty.get(INCIDENTS, params={"limit": 2, "offset": 2})).json()

    assert (first["more"], len(first["incidents"]), first["total"]) == (True, 2, None)
    assert (last["more"], len(last["incidents"])) == (False, 1)


async def test_only_a_month_is_shown_unless_all_is_asked_for(pagerduty: httpx.AsyncClient) -> None:
    month = (await pagerduty.get(INCIDENTS)).json()["incidents"]
    everything = (await pagerduty.get(INCIDENTS, params={"date_range": "all"})).json()["incidents"]

    assert (len(month), len(everything)) == (3, 4)


@pytest.mark.parametrize(
    "params",
    [{"limit": 101}, {"limit": 100, "offset": 9901}, {"state": "open"}, {"statuses[]": "open"}],
    ids=str,
)
async def test_what_nobody_should_ask_is_unexpected(
    sandbox: Sandbox, pagerduty: httpx.AsyncClient, params: dict[str, Any]
) -> None:
    assert (await pagerduty.get(INCIDENTS, params=params)).status_code == 400
    assert len(sandbox.ledger.unexpected) == 1


async def test_a_call_without_a_version_is_unexpected(sandbox: Sandbox, pagerduty: httpx.AsyncClient) -> None:
    assert (await pagerduty.get(INCIDENTS, headers={"Accept": "*/*"})).status_code == 400
    assert len(sandbox.ledger.unexpected) == 1


async def test_a_key_is_no_bearer_token(sandbox: Sandbox) -> None:
    async with client_of(sandbox, PagerDutyKey.ALL) as client:
        assert (await client.get(INCIDENTS)).status_code == 401
