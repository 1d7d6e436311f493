from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from sandbox.clock import SandboxClock, written
from sandbox.sentry.keys import SentryKey
from sandbox.sentry.scenes import PROJECT, slurpy
from sandbox.sentry.world import SentryWorld
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.sandbox.conftest import client_of

ISSUES = "/sentry/api/0/organizations/slurpy/issues/"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(slurpy, SandboxClock(AT))


@pytest.fixture
async def sentry(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, SentryKey.ALL) as client:
        client.params = httpx.QueryParams(
            project=PROJECT, sort="new", start=written(AT - timedelta(hours=1)), end=written(AT)
        )
        yield client


async def test_a_link_is_there_on_the_last_page_too_and_says_that_nothing_follows(
    sentry: httpx.AsyncClient,
) -> None:
    first = await sentry.get(ISSUES, params={"limit": 1})
    last = await sentry.get(ISSUES, params={"limit": 1, "cursor": "0:2:0"})

    assert 'rel="next"; results="true"; cursor="0:1:0"' in first.headers["link"]
    assert 'rel="next"; results="false"; cursor="0:3:0"' in last.headers["link"]
    assert [len(first.json()), len(last.json())] == [1, 1]


async def test_a_count_is_a_text_and_of_the_time_asked_for(sentry: httpx.AsyncClient) -> None:
    old = (await sentry.get(ISSUES)).json()[-1]

    assert (old["count"], old["lifetime"]["count"], old["filtered"]) == ("2", "4", None)


async def test_a_search_for_a_release_is_counted_apart(sandbox: Sandbox, sentry: httpx.AsyncClient) -> None:
    sandbox.of(SentryWorld).happen(PROJECT, "E", timedelta(minutes=1), release="1")
    sandbox.of(SentryWorld).happen(PROJECT, "E", timedelta(minutes=1), release="2")

    (found,) = (await sentry.get(ISSUES, params={"query": 'release:"2"'})).json()

    assert (found["count"], found["filtered"]["count"]) == ("2", "1")


@pytest.mark.parametrize("wrong", [{"limit": 101}, {"cursor": "next"}, {"start": "yesterday"}, {"sort": "x"}])
async def test_what_no_client_should_send_is_unexpected(
    sandbox: Sandbox, sentry: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    assert (await sentry.get(ISSUES, params=wrong)).status_code == 400
    assert len(sandbox.ledger.unexpected) == 1


async def test_a_path_without_its_last_slash_is_no_endpoint(
    sandbox: Sandbox, sentry: httpx.AsyncClient
) -> None:
    assert (await sentry.get(ISSUES.rstrip("/"))).status_code == 404
    assert len(sandbox.ledger.unexpected) == 1


async def test_an_unknown_issue_is_not_found(sentry: httpx.AsyncClient) -> None:
    assert (await sentry.get(f"{ISSUES}1/")).json() == {"detail": "The requested resource does not exist"}
