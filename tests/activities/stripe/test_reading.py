from datetime import timedelta

import pytest

from activities.stripe import prove
from activities.stripe.client import Stripe
from activities.stripe.disable_webhook_endpoint import DisableWebhookEndpoint
from activities.stripe.readings import ReadFailedPayments, ReadWebhooks
from sandbox.stripe.scenes import URL
from sandbox.stripe.world import StripeWorld
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from stanch.policy import conditions
from tests.activities.contract.case import AT
from tests.activities.stripe.asking import failed, planned, truth_of, webhooks
from tests.activities.stripe.cases import ACCOUNT, first


async def test_who_approves_is_told_how_many_events_are_still_to_come(
    disable: DisableWebhookEndpoint, world: StripeWorld
) -> None:
    world.add(URL, ["*"], timedelta(hours=2))

    change = await planned(disable, endpoint=URL)

    assert "4 events of the account are still to be delivered" in change.because
    assert change.digest == (await planned(disable, endpoint=URL)).digest


async def test_an_event_that_just_happened_may_be_on_its_way(stripe: Stripe, world: StripeWorld) -> None:
    world.happen("charge.refunded", timedelta(minutes=1), {"id": "re_1"}, pending=1)

    found = await webhooks(stripe)

    assert (found.undelivered, found.oldest_at) == (4, AT - timedelta(minutes=7))
    assert found.by_type == {"payment_intent.payment_failed": 2, "payment_intent.succeeded": 2}
    assert found.line() == "1 of 1 endpoints enabled, 4 events not delivered"


async def test_a_disabled_endpoint_is_told_and_no_key_in_its_address(
    stripe: Stripe, sandbox: Sandbox
) -> None:
    first(sandbox).status, first(sandbox).url = "disabled", f"{URL}?key=hidden"

    found = await webhooks(stripe)

    assert (found.enabled, found.disabled, found.endpoints[0].url) == (0, 1, URL)
    assert (found.url, found.disabled_id) == (URL, first(sandbox).id)
    assert found.line().startswith(f"0 of 1 endpoints enabled, 1 disabled ({first(sandbox).id}), ")


async def test_the_old_endpoint_of_a_rotation_is_not_one_that_somebody_has_to_enable(
    stripe: Stripe, sandbox: Sandbox, world: StripeWorld
) -> None:
    first(sandbox).status = "disabled"
    world.add(URL, ["*"])

    found = await webhooks(stripe)

    assert (found.enabled, found.disabled, found.disabled_id, found.url) == (1, 0, None, URL)


async def test_of_several_addresses_none_is_taken_unless_it_is_named(
    stripe: Stripe, world: StripeWorld
) -> None:
    other = "https://shop.example/api/other"
    world.add(other, ["*"])

    every, named = await webhooks(stripe), await webhooks(stripe, endpoint=other)

    assert (every.url, every.enabled) == (None, 2)
    assert (named.url, named.enabled) == (other, 1)


async def test_in_a_check_events_and_payments_count_only_since_the_change(stripe: Stripe) -> None:
    asked = Look(target=ACCOUNT, as_of=AT, since=AT - timedelta(minutes=4))

    hooks, payments = await ReadWebhooks(stripe).read(asked), await ReadFailedPayments(stripe).read(asked)

    assert (hooks.undelivered, payments.failed, payments.succeeded) == (2, 1, 1)


async def test_a_charge_of_a_payment_that_failed_counts_once(stripe: Stripe) -> None:
    found = await failed(stripe)

    assert (found.failed, found.succeeded, found.rate) == (3, 4, 0.4286)
    assert found.last_at == AT - timedelta(minutes=3)
    assert [one[:3] for one in found.ids] == ["pi_"] * 3
    assert found.line() == "3 of 7 payments failed: insufficient_funds 2, do_not_honor 1"


async def test_a_charge_without_a_payment_intent_counts_by_its_own_reason(
    stripe: Stripe, world: StripeWorld
) -> None:
    bare = {"id": "ch_1", "payment_intent": None, "failure_code": "expired_card", "outcome": None}
    world.happen("charge.failed", timedelta(minutes=1), bare)
    world.happen("charge.failed", timedelta(minutes=1), {"id": "ch_2"})

    found = await failed(stripe)

    assert (found.by_reason["expired_card"], found.by_reason["unknown"]) == (1, 1)


async def test_nothing_of_customers_leaves_the_reading(stripe: Stripe) -> None:
    found = await failed(stripe, within="1d")

    assert "customer.example" not in found.model_dump_json()


async def test_payments_are_counted_over_all_pages_and_at_least_where_there_are_too_many(
    stripe: Stripe, world: StripeWorld
) -> None:
    for _ in range(150):
        world.fail(timedelta(minutes=2))
    paged = await failed(stripe)
    for _ in range(2000):
        world.succeed(timedelta(minutes=1))

    too_many = await failed(stripe)

    assert (paged.failed, paged.at_least) == (153, False)
    assert (too_many.succeeded, too_many.at_least) == (2000, True)
    assert too_many.line().startswith("at least 0 of 2000")


@pytest.mark.parametrize(("happens", "delivered"), [(True, True), (False, None)])
async def test_nothing_undelivered_is_good_only_where_something_was_delivered(
    stripe: Stripe, world: StripeWorld, *, happens: bool, delivered: bool | None
) -> None:
    world.events.clear()
    if happens:
        world.succeed(timedelta(minutes=4))

    found = await webhooks(stripe)

    assert (found.undelivered, found.delivered) == (0, delivered)
    assert truth_of(found) is (conditions.Truth.TRUE if happens else conditions.Truth.UNDECIDABLE)


async def test_where_nobody_paid_nothing_failed(stripe: Stripe, world: StripeWorld) -> None:
    world.events.clear()

    found = await failed(stripe)

    assert (found.failed, found.rate, found.line()) == (0, None, "0 of 0 payments failed")


async def test_a_key_is_proved_by_reading(stripe: Stripe) -> None:
    proof = await prove(stripe, ACCOUNT)

    assert proof.saw.startswith("1 webhook endpoints seen (live mode) for shop")
