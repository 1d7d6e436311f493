from datetime import timedelta

import pytest

from activities.stripe.disable_webhook_endpoint import DisableWebhookEndpoint
from sandbox.stripe.scenes import EVENTS, URL
from sandbox.stripe.world import StripeWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError
from tests.activities.stripe.asking import carried_out, planned
from tests.activities.stripe.cases import first


async def test_the_old_one_of_two_is_disabled(
    disable: DisableWebhookEndpoint, sandbox: Sandbox, world: StripeWorld
) -> None:
    world.add(URL, list(EVENTS), timedelta(hours=2))

    await carried_out(disable, await planned(disable, endpoint=URL))

    assert [one.status for one in world.endpoints.values()] == ["disabled", "enabled"]


@pytest.mark.parametrize(
    ("url", "events"),
    [(URL, EVENTS[:2]), ("https://other.example/hook", EVENTS)],
    ids=["fewer events", "another address"],
)
async def test_an_endpoint_that_nothing_stands_in_for_is_not_disabled(
    disable: DisableWebhookEndpoint, sandbox: Sandbox, world: StripeWorld, url: str, events: list[str]
) -> None:
    world.add(url, events, timedelta(hours=2))

    with pytest.raises(PolicyError, match="would-lose-events"):
        await planned(disable, endpoint=first(sandbox).id)


async def test_what_stands_in_for_it_has_to_stand_a_while(
    disable: DisableWebhookEndpoint, world: StripeWorld
) -> None:
    world.add(URL, ["*"], timedelta(minutes=10))

    with pytest.raises(PolicyError, match="has to stand until 03:20"):
        await planned(disable, endpoint=URL)
    assert (await planned(disable, endpoint=URL, grace="5m")).units


async def test_an_endpoint_whose_stand_in_went_meanwhile_stays_enabled(
    disable: DisableWebhookEndpoint, sandbox: Sandbox, world: StripeWorld
) -> None:
    other = world.add(URL, ["*"], timedelta(hours=2))
    change = await planned(disable, endpoint=URL)
    other.status = "disabled"

    with pytest.raises(PolicyError, match="any more"):
        await carried_out(disable, change)

    assert first(sandbox).status == "enabled"


async def test_an_endpoint_that_was_deleted_meanwhile_is_said(
    disable: DisableWebhookEndpoint, sandbox: Sandbox, world: StripeWorld
) -> None:
    world.add(URL, ["*"], timedelta(hours=2))
    change = await planned(disable, endpoint=URL)
    del world.endpoints[first(sandbox).id]

    with pytest.raises(Moved, match="no longer exists"):
        await carried_out(disable, change)
