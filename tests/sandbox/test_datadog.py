from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.app import application
from sandbox.clock import SandboxClock, milliseconds
from sandbox.datadog.keys import DatadogKey
from sandbox.datadog.scenes import LATENCY, packs
from sandbox.world import Sandbox
from tests.activities.contract.case import AT

SCALAR = "/datadog/api/v2/query/scalar"
SEARCH = "/datadog/api/v2/logs/events/search"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(packs, SandboxClock(AT))


@pytest.fixture
async def datadog(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    keys = {"DD-API-KEY": DatadogKey.API, "DD-APPLICATION-KEY": DatadogKey.ALL}
    transport = httpx.ASGITransport(application(sandbox))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sandbox.example", headers=keys
    ) as client:
        yield client


def question(**changed: Any) -> dict[str, Any]:
    query = {"data_source": "metrics", "name": "a", "query": LATENCY, "aggregator": "avg"}
    attributes = {
        "from": milliseconds(AT - timedelta(minutes=5)),
        "to": milliseconds(AT),
        "queries": [query],
        "formulas": [{"formula": "a"}],
        **changed,
    }
    return {"data": {"type": "scalar_request", "attributes": attributes}}


async def test_groups_and_numbers_are_columns(datadog: httpx.AsyncClient) -> None:
    group, number = (await datadog.post(SCALAR, json=question())).json()["data"]["attributes"]["columns"]

    assert (group["name"], group["values"]) == ("route", [["/packs"], ["/cards"], ["/export"]])
    assert (number["type"], number["values"]) == ("number", [6.5, 0.2, 0.1])


async def test_every_key_that_is_wrong_is_forbidden(datadog: httpx.AsyncClient) -> None:
    answer = await datadog.post(SCALAR, json=question(), headers={"DD-API-KEY": "x"})

    assert (answer.status_code, answer.json()) == (403, {"errors": ["Forbidden"]})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SCALAR, question(queries=[])),
        (SCALAR, {"data": {}}),
        (SEARCH, {"filter": {"query": "*"}}),
        (SEARCH, {"filter": {"from": "now-15m", "to": "now"}, "sort": "-timestamp"}),
    ],
)
async def test_what_no_client_of_ours_should_send_is_unexpected(
    sandbox: Sandbox, datadog: httpx.AsyncClient, path: str, body: Any
) -> None:
    assert (await datadog.post(path, json=body)).status_code == 400
    assert len(sandbox.ledger.unexpected) == 1


async def test_looking_is_no_effect(sandbox: Sandbox, datadog: httpx.AsyncClient) -> None:
    await datadog.post(SCALAR, json=question())

    assert sandbox.ledger.effects() == []
