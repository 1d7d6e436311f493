"""Charges made twice, told from two purchases."""

from datetime import timedelta

import pytest

from activities.stripe.client import Stripe
from activities.stripe.repeated_charges import ReadRepeatedCharges, RepeatedCharges
from sandbox.stripe.world import Charge, StripeWorld
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.stripe.cases import ACCOUNT

ANA = "cus_ana"


async def repeated(stripe: Stripe, *, since: timedelta | None = None, **arguments: str) -> RepeatedCharges:
    asked = Look(target=ACCOUNT, arguments=arguments, as_of=AT, since=AT - since if since else None)
    return await ReadRepeatedCharges(stripe).read(asked)


@pytest.fixture(autouse=True)
def _nobody_was_charged(world: StripeWorld) -> None:
    world.charges.clear()


def twice(
    world: StripeWorld, *, apart: int = 1, customer: str = "", card: str = "", order: str = ""
) -> Charge:
    """The second of them."""
    for minute in (20, 20 - apart):
        made = world.charge(timedelta(minutes=minute), customer=customer or None, card=card, order=order)
    return made


async def test_the_same_amount_of_the_same_customer_within_minutes_is_made_twice(
    stripe: Stripe, world: StripeWorld
) -> None:
    twice(world, customer=ANA)

    found = await repeated(stripe)

    newest = world.charges[0].id
    assert (found.repeated, found.ids) == (1, (newest,))
    assert found.line() == f"1 of 2 charges made twice (payers: 1): {newest}"


async def test_two_purchases_are_none(stripe: Stripe, world: StripeWorld) -> None:
    twice(world, customer=ANA, apart=11)
    world.charge(timedelta(minutes=9), 2500, customer=ANA)
    world.charge(timedelta(minutes=9), customer="cus_li")

    assert (await repeated(stripe)).line() == "0 of 4 charges made twice"


async def test_what_was_refunded_failed_or_only_reserved_is_none(stripe: Stripe, world: StripeWorld) -> None:
    twice(world, customer="ana").refunded = True
    twice(world, customer="li").status = "failed"
    twice(world, customer="kim").captured = False

    assert (await repeated(stripe)).repeated == 0


async def test_orders_tell_charges_apart_where_the_metadata_names_them(
    stripe: Stripe, world: StripeWorld
) -> None:
    twice(world, customer=ANA, order="7", apart=15)
    twice(world, customer="cus_li")
    for order in ("8", "9"):
        world.charge(timedelta(minutes=2), customer="cus_kim", order=order)

    by_order = await repeated(stripe, order="order_id")

    assert (by_order.repeated, by_order.payers) == (2, 2)
    assert (await repeated(stripe)).repeated == 2


async def test_a_card_stands_for_its_customer_and_nobody_for_none(stripe: Stripe, world: StripeWorld) -> None:
    twice(world, card="fingerprint1")

    by_card = await repeated(stripe)
    world.charge(timedelta(minutes=1))
    unknown = await repeated(stripe)

    assert (by_card.repeated, by_card.at_least) == (1, False)
    assert unknown.at_least
    assert unknown.line().startswith("at least 1 of 3")
    assert "fingerprint1" not in unknown.model_dump_json()


async def test_in_a_check_only_what_came_after_the_change_counts(stripe: Stripe, world: StripeWorld) -> None:
    twice(world, customer=ANA)

    assert (await repeated(stripe, since=timedelta(minutes=10))).looked_at == 0
