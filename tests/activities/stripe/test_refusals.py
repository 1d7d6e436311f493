from datetime import timedelta
from pathlib import Path

import pytest

from activities.converging import converge
from activities.send_log import SendLog
from activities.stripe.add_webhook_endpoint import AddWebhookEndpoint
from activities.stripe.client import Stripe
from sandbox.faults import Fault, Trouble
from sandbox.stripe.scenes import EVENTS, URL
from sandbox.stripe.world import StripeWorld
from sandbox.world import Sandbox
from stanch.errors import Conflict, Rejected, Unavailable
from tests.activities.stripe.asking import add_case, carried_out, content, is_there, planned, second
from tests.activities.stripe.cases import first


async def test_an_answer_with_the_secret_that_was_lost_is_asked_for_once_more(
    add: AddWebhookEndpoint, sandbox: Sandbox, world: StripeWorld, kept: Path
) -> None:
    change = await second(add)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST"))
    with pytest.raises(Unavailable):
        await converge(add, change, set())

    await carried_out(add, change)

    assert content(kept) == list(world.endpoints.values())[1].secret
    assert len(sandbox.ledger.effects("stripe.create_webhook_endpoint")) == 1


async def test_a_failure_that_stripe_repeats_for_a_day_is_not_asked_for_again(
    sandbox: Sandbox, world: StripeWorld, tmp_path: Path
) -> None:
    bench = add_case(sandbox, tmp_path)
    change = await bench.plan()
    world.fail_inside(timedelta(seconds=20))

    await bench.settle(change)

    assert bench.effects() == ["stripe.create_webhook_endpoint"]
    assert [known.status for known in world.remembered.values()] == [500, 200]


async def test_an_endpoint_that_was_made_and_told_as_a_failure_is_found_and_not_made_twice(
    sandbox: Sandbox, world: StripeWorld, tmp_path: Path
) -> None:
    bench = add_case(sandbox, tmp_path)
    change = await bench.plan()
    world.fail_inside(timedelta(seconds=20), after_doing=True)
    _, send_log = await bench.ended(change, SendLog())
    sandbox.pass_time(timedelta(minutes=5))

    error, _ = await bench.ended(change, send_log)

    assert type(error) is Rejected
    assert "can no longer be had: delete it, and plan anew" in str(error)
    assert bench.effects() == ["stripe.create_webhook_endpoint"]


async def test_a_key_under_which_something_else_was_asked_is_spent(
    add: AddWebhookEndpoint, sandbox: Sandbox, world: StripeWorld
) -> None:
    change = await second(add)
    world.fail_inside(timedelta(seconds=1))
    with pytest.raises(Unavailable):
        await converge(add, change, set())
    sandbox.pass_time(timedelta(seconds=1))
    first(sandbox).description = "the shop, edited meanwhile"

    await carried_out(add, change)

    assert len(world.endpoints) == 2


async def test_where_every_request_fails_it_ends(add: AddWebhookEndpoint, world: StripeWorld) -> None:
    change = await second(add)
    world.fail_inside(timedelta(hours=1))
    for _ in range(9):
        with pytest.raises(Unavailable):
            await add.write(change, change.units[0])

    with pytest.raises(Rejected, match="failed 9 times"):
        await add.write(change, change.units[0])

    assert len(world.remembered) == 9


@pytest.mark.parametrize("verb", ["add", "disable"])
async def test_what_another_request_holds_was_not_done(
    request: pytest.FixtureRequest, world: StripeWorld, verb: str
) -> None:
    made = request.getfixturevalue(verb)
    if verb == "disable":
        world.add(URL, list(EVENTS), timedelta(hours=2))
    arguments = {"into": {"secret": "next"}} if verb == "add" else {}
    change = await planned(made, endpoint=URL, **arguments)
    world.lock(timedelta(seconds=5))

    with pytest.raises(Unavailable) as met:
        await converge(made, change, set())

    assert met.value.untouched


async def test_a_limit_that_comes_as_400_is_a_limit(stripe: Stripe, sandbox: Sandbox) -> None:
    said = {"error": {"type": "invalid_request_error", "code": "lock_timeout", "message": "try again"}}
    sandbox.order(Fault(status=400, body=said))

    with pytest.raises(Unavailable) as met:
        await stripe.delete_endpoint("we_1")

    assert met.value.untouched


async def test_an_answer_that_stripe_forgot_leaves_no_third_endpoint(
    add: AddWebhookEndpoint, sandbox: Sandbox, world: StripeWorld, kept: Path
) -> None:
    change = await second(add)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST"))
    with pytest.raises(Unavailable):
        await converge(add, change, set())
    sandbox.pass_time(timedelta(hours=25))

    with pytest.raises(Rejected, match="can no longer be had"):
        await carried_out(add, change)

    assert (len(world.endpoints), is_there(kept)) == (2, False)


async def test_a_key_that_is_in_use_at_this_moment_is_looked_at_again(
    add: AddWebhookEndpoint, sandbox: Sandbox
) -> None:
    sandbox.order(Fault(method="POST", status=409, body={"error": {"code": "idempotency_key_in_use"}}))

    with pytest.raises(Conflict):
        await converge(add, await second(add), set())
