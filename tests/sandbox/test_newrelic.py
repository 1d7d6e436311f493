import graphql
import httpx
import pytest

from activities.newrelic.client import _NAME, _QUERY
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.newrelic.keys import NewRelicKey
from sandbox.newrelic.scenes import ACCOUNT, packs
from sandbox.world import Sandbox
from tests.activities.contract.case import AT


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(packs, SandboxClock(AT))


async def ask(
    sandbox: Sandbox, query: str, account: int = ACCOUNT, key: str = NewRelicKey.ALL
) -> httpx.Response:
    body = {"query": query, "variables": {"account": account, "nrql": "SELEKT"}}
    transport = httpx.ASGITransport(application(sandbox))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.example") as client:
        return await client.post("/newrelic/graphql", json=body, headers={"API-Key": key})


@pytest.mark.parametrize("document", [_QUERY, _NAME])
def test_what_is_asked_is_graphql(document: str) -> None:
    assert graphql.parse(document).definitions


async def test_what_is_wrong_with_a_query_comes_with_a_good_status(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, _QUERY)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]) == (200, {"errorClass": "INVALID_INPUT"})
    assert answer.json()["data"]["actor"]["account"] == {"nrql": None}


async def test_another_account_is_denied_with_a_good_status_and_a_wrong_key_is_not(sandbox: Sandbox) -> None:
    denied = await ask(sandbox, _NAME, account=1)

    assert (denied.status_code, denied.json()["errors"][0]["extensions"]["errorClass"]) == (
        200,
        "ACCESS_DENIED",
    )
    assert (await ask(sandbox, _NAME, key="x")).status_code == 401


async def test_a_document_that_nobody_knows_is_unexpected(sandbox: Sandbox) -> None:
    await ask(sandbox, "{ actor { user { email } } }")

    assert len(sandbox.ledger.unexpected) == 1
