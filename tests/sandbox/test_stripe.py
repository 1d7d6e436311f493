from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from sandbox.stripe.keys import StripeKey
from sandbox.stripe.scenes import URL, payments
from sandbox.stripe.world import StripeWorld
from sandbox.world import Sandbox
from tests.sandbox.conftest import client_of

ENDPOINTS = "/stripe/v1/webhook_endpoints"
WANTED = {"url": URL, "enabled_events[]": ["*"]}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(payments)


@pytest.fixture
async def stripe(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, StripeKey.ALL) as client:
        yield client


async def test_a_secret_is_shown_only_by_the_answer_that_creates_it(stripe: httpx.AsyncClient) -> None:
    made = (await stripe.post(ENDPOINTS, data=WANTED)).json()

    alone = (await stripe.get(f"{ENDPOINTS}/{made['id']}")).json()
    listed = (await stripe.get(ENDPOINTS)).json()["data"]

    assert made["secret"].startswith("whsec_")
    assert "secret" not in alone
    assert [one for one in listed if "secret" in one] == []


async def test_one_key_makes_one_endpoint_for_a_day(sandbox: Sandbox, stripe: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await stripe.post(ENDPOINTS, data=WANTED, headers=headers)

    again = await stripe.post(ENDPOINTS, data=WANTED, headers=headers)
    sandbox.pass_time(timedelta(hours=24))
    next_day = await stripe.post(ENDPOINTS, data=WANTED, headers=headers)

    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert next_day.json()["id"] != first.json()["id"]


async def test_one_key_with_other_parameters_is_refused(stripe: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "one"}
    await stripe.post(ENDPOINTS, data=WANTED, headers=headers)

    answer = await stripe.post(ENDPOINTS, data={**WANTED, "description": "x"}, headers=headers)

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize(
    "form",
    [{"url": "http://shop.example", "enabled_events[]": "*"}, {"url": URL}],
    ids=["not encrypted", "no events"],
)
async def test_an_endpoint_is_https_and_takes_events(stripe: httpx.AsyncClient, form: dict[str, str]) -> None:
    assert (await stripe.post(ENDPOINTS, data=form)).status_code == 400


async def test_there_are_sixteen_endpoints_at_most(stripe: httpx.AsyncClient) -> None:
    statuses = [(await stripe.post(ENDPOINTS, data=WANTED)).status_code for _ in range(16)]

    assert statuses == [200] * 15 + [400]


async def test_stripe_takes_forms_and_no_json(sandbox: Sandbox, stripe: httpx.AsyncClient) -> None:
    answer = await stripe.post(ENDPOINTS, json={"url": URL})

    assert (answer.status_code, len(sandbox.ledger.unexpected)) == (400, 1)


async def test_a_list_goes_on_after_the_object_that_is_named(stripe: httpx.AsyncClient) -> None:
    first = (await stripe.get("/stripe/v1/events", params={"limit": "40"})).json()

    second = (
        await stripe.get(
            "/stripe/v1/events", params={"limit": "40", "starting_after": first["data"][-1]["id"]}
        )
    ).json()

    assert (first["has_more"], second["has_more"]) == (True, False)
    assert (len(first["data"]), len(second["data"])) == (40, 6)


async def test_events_can_be_asked_for_by_type_and_delivery(stripe: httpx.AsyncClient) -> None:
    params = {"types[]": ["payment_intent.payment_failed"], "delivery_success": "false"}

    found = (await stripe.get("/stripe/v1/events", params=params)).json()["data"]

    assert [(one["type"], one["pending_webhooks"]) for one in found] == [
        ("payment_intent.payment_failed", 1)
    ] * 2


async def test_a_charge_is_shown_as_it_is_by_now(sandbox: Sandbox, stripe: httpx.AsyncClient) -> None:
    sandbox.of(StripeWorld).charges[0].refunded = True

    newest, *_ = (await stripe.get("/stripe/v1/charges")).json()["data"]

    assert (newest["refunded"], newest["amount_refunded"]) == (True, newest["amount"])


@pytest.mark.parametrize(("key", "status"), [("nobody's", 401), (StripeKey.READ_ONLY, 403)])
async def test_a_key_may_do_only_what_it_is_for(sandbox: Sandbox, key: str, status: int) -> None:
    async with client_of(sandbox, key) as client:
        answer = await client.post(ENDPOINTS, data=WANTED)

    assert (answer.status_code, set(answer.json())) == (status, {"error"})


async def test_what_is_gone_is_not_found(stripe: httpx.AsyncClient) -> None:
    made = (await stripe.get(ENDPOINTS)).json()["data"][0]
    deleted = await stripe.delete(f"{ENDPOINTS}/{made['id']}")

    answer = await stripe.get(f"{ENDPOINTS}/{made['id']}")

    assert deleted.json() == {"id": made["id"], "object": "webhook_endpoint", "deleted": True}
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")
