from datetime import timedelta
from pathlib import Path

import pytest

from activities.stripe.add_webhook_endpoint import AddWebhookEndpoint
from activities.stripe.client import Stripe
from activities.stripe.disable_webhook_endpoint import DisableWebhookEndpoint
from sandbox.stripe.scenes import EVENTS, URL
from sandbox.stripe.world import StripeWorld
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Moved, PolicyError
from stanch.model.verb import Approval
from stanch.secrets import HIDDEN
from tests.activities.contract.case import MARKER
from tests.activities.stripe.asking import carried_out, content, is_there, mode, planned, second, write
from tests.activities.stripe.cases import first


async def test_the_second_endpoint_takes_the_same_events_at_the_same_address(
    add: AddWebhookEndpoint, sandbox: Sandbox, world: StripeWorld
) -> None:
    first(sandbox).api_version, first(sandbox).description = "2025-03-31.basil", "the shop"

    await carried_out(add, await second(add))

    old, new = world.endpoints.values()
    assert (new.url, new.enabled_events, new.status) == (URL, EVENTS, "enabled")
    assert (new.api_version, new.description) == ("2025-03-31.basil", "the shop")
    assert old.status == "enabled"
    assert new.metadata == {"stanch_change": MARKER}


async def test_the_new_secret_is_in_its_file_and_nowhere_else(
    add: AddWebhookEndpoint, stripe: Stripe, world: StripeWorld, kept: Path
) -> None:
    change = await second(add)

    await carried_out(add, change)

    secret = list(world.endpoints.values())[1].secret
    assert (content(kept), mode(kept)) == (secret, 0o600)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    assert secret not in change.model_dump_json() + "".join(add.commands(change))
    assert stripe.redactor.clean(f"it is {secret}") == f"it is {HIDDEN}"


async def test_a_secret_is_never_written_over_another(
    add: AddWebhookEndpoint, kept: Path, world: StripeWorld
) -> None:
    write(kept, "whsec_that_is_used")

    with pytest.raises(PolicyError, match="occupied"):
        await second(add)

    assert len(world.endpoints) == 1


async def test_a_secret_that_somebody_wrote_meanwhile_stops_it(
    add: AddWebhookEndpoint, kept: Path, world: StripeWorld
) -> None:
    change = await second(add)
    write(kept, "whsec_of_somebody")

    with pytest.raises(Moved, match="somebody else wrote"):
        await carried_out(add, change)

    assert (content(kept), len(world.endpoints)) == ("whsec_of_somebody", 1)


@pytest.mark.parametrize(
    ("into", "said"),
    [
        ("ours", "only ever written to file:PATH"),
        ("nobody's", "missing in stanch.yaml"),
        ("elsewhere", "no folder that Stanch may write to"),
    ],
)
async def test_a_secret_needs_a_file_of_its_own(add: AddWebhookEndpoint, into: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        await second(add, into)


async def test_where_two_stand_already_there_is_no_third(add: AddWebhookEndpoint, world: StripeWorld) -> None:
    world.add(URL, ["*"], timedelta(hours=1))

    with pytest.raises(PolicyError, match="two-already"):
        await second(add)


async def test_stripe_takes_sixteen_endpoints(add: AddWebhookEndpoint, world: StripeWorld) -> None:
    for number in range(15):
        world.add(f"https://shop.example/{number}", ["*"])

    with pytest.raises(PolicyError, match="too-many-endpoints"):
        await second(add)


async def test_endpoints_are_found_over_all_pages(add: AddWebhookEndpoint, world: StripeWorld) -> None:
    for number in range(150):
        world.add(f"https://shop.example/{number}", ["*"])

    with pytest.raises(PolicyError, match="too-many-endpoints"):
        await second(add)


async def test_an_endpoint_of_a_connect_application_is_not_copied(
    add: AddWebhookEndpoint, sandbox: Sandbox
) -> None:
    first(sandbox).application = "ca_1"

    with pytest.raises(PolicyError, match="connect"):
        await second(add)


@pytest.mark.parametrize("verb", ["add", "disable"])
async def test_an_endpoint_that_is_not_there_is_named_without_its_query(
    verb: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(verb)
    arguments = {"into": {"secret": "next"}} if verb == "add" else {}

    with pytest.raises(PolicyError) as refusal:
        await planned(made, endpoint="https://other.example/hook?key=hidden", **arguments)

    assert "hidden" not in str(refusal.value)


async def test_an_address_with_a_key_in_it_stays_out_of_the_change(
    add: AddWebhookEndpoint, sandbox: Sandbox
) -> None:
    first(sandbox).url = f"{URL}?key=hidden"

    change = await second(add, endpoint=first(sandbox).id)

    assert "hidden" not in change.model_dump_json()


async def test_an_endpoint_that_changed_since_the_planning_is_not_copied(
    add: AddWebhookEndpoint, sandbox: Sandbox, world: StripeWorld
) -> None:
    change = await second(add)
    first(sandbox).enabled_events = ["*"]

    with pytest.raises(Moved, match="no longer as it was planned on"):
        await carried_out(add, change)

    assert len(world.endpoints) == 1


async def test_taking_it_back_deletes_the_endpoint_and_its_secret(
    add: AddWebhookEndpoint, world: StripeWorld, kept: Path
) -> None:
    change = await second(add)
    await carried_out(add, change)

    await carried_out(add, change.undone())

    assert (len(world.endpoints), is_there(kept)) == (1, False)


async def test_the_only_endpoint_that_is_left_is_never_deleted(
    add: AddWebhookEndpoint, sandbox: Sandbox, world: StripeWorld
) -> None:
    change = await second(add)
    await carried_out(add, change)
    first(sandbox).status = "disabled"

    with pytest.raises(Moved, match="the only one that is left"):
        await carried_out(add, change.undone())

    assert len(world.endpoints) == 2


def test_rotating_what_webhooks_are_signed_with_asks_two_people() -> None:
    assert {verb.spec.floor for verb in (AddWebhookEndpoint, DisableWebhookEndpoint)} == {Approval.TWO}


async def test_a_person_pipes_the_secret_straight_into_a_file(add: AddWebhookEndpoint) -> None:
    (command,) = add.commands(await second(add))

    assert command.startswith('stripe webhook_endpoints create --live -d "url=$WEBHOOK_URL"')
    assert command.endswith('| jq -r .secret | install -m 600 /dev/stdin "$NEXT_FILE"')
