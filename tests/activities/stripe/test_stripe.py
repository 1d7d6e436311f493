from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.connection import Connection
from activities.contract import Verb
from activities.converging import converge
from activities.integration import Surroundings
from activities.send_log import SendLog
from activities.stripe import prove
from activities.stripe.add_webhook_endpoint import AddWebhookEndpoint
from activities.stripe.client import Stripe, StripeApi
from activities.stripe.disable_webhook_endpoint import DisableWebhookEndpoint
from activities.stripe.readings import FailedPayments, ReadFailedPayments, ReadWebhooks, Webhooks
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.stripe.keys import StripeKey
from sandbox.stripe.scenes import EVENTS, URL, payments
from sandbox.stripe.world import StripeWorld
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Conflict, Moved, PolicyError, Rejected, Still, Unavailable
from stanch.model.change import Change, PlanRequest
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.model.verb import Approval
from stanch.policy import conditions, facts
from stanch.secrets import HIDDEN, Redactor
from tests.activities.contract.bench import PATIENCE, Bench, Connections
from tests.activities.contract.case import AT, MARKER
from tests.activities.contract.cases import CASES
from tests.activities.stripe.cases import ACCOUNT, account, first


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(payments, SandboxClock(AT))


@pytest.fixture
def world(sandbox: Sandbox) -> StripeWorld:
    return account(sandbox)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the new secret is to be written."""
    return tmp_path / "next"


@pytest.fixture
def stripe(sandbox: Sandbox, kept: Path) -> Stripe:
    connection = Connection(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url="http://sandbox.example/stripe/v1/",
        headers={"Authorization": f"Bearer {StripeKey.ALL}"},
    )
    names = {"next": f"file:{kept}", "elsewhere": f"file:{kept.parent}/none/next", "ours": "env:OURS"}
    around = Surroundings(Provider(), Redactor([StripeKey.ALL]), b"a key", names)
    return Stripe(StripeApi("stripe", connection, around.redactor), around)


@pytest.fixture
def add(stripe: Stripe) -> AddWebhookEndpoint:
    return AddWebhookEndpoint(stripe)


@pytest.fixture
def disable(stripe: Stripe) -> DisableWebhookEndpoint:
    return DisableWebhookEndpoint(stripe)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []


async def planned(verb: Verb, **arguments: Any) -> Change:
    request = PlanRequest(target=ACCOUNT, arguments=arguments, as_of=AT, marker=MARKER)
    return Change.model_validate_json((await verb.plan(request)).model_dump_json())


async def second(add: AddWebhookEndpoint, into: str = "next", endpoint: str = URL) -> Change:
    return await planned(add, endpoint=endpoint, into={"secret": into})


async def carried_out(verb: Verb, change: Change) -> None:
    done: set[str] = set()
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except (Still, Conflict):
            continue
        return
    message = "it never stood"
    raise AssertionError(message)


def content(path: Path) -> str:
    return path.read_text()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def write(path: Path, text: str) -> None:
    path.write_text(text)


def is_there(path: Path) -> bool:
    return path.exists()


async def webhooks(stripe: Stripe, **arguments: Any) -> Webhooks:
    return await ReadWebhooks(stripe).read(Look(target=ACCOUNT, arguments=arguments, as_of=AT))


async def failed(stripe: Stripe, **arguments: Any) -> FailedPayments:
    return await ReadFailedPayments(stripe).read(Look(target=ACCOUNT, arguments=arguments, as_of=AT))


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


def add_case(sandbox: Sandbox, folder: Path) -> Bench:
    case = next(case for case in CASES if case.name == "stripe.add_webhook_endpoint")
    return Bench(case, Connections(folder), sandbox)


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


async def test_a_charge_of_a_payment_that_failed_counts_once(stripe: Stripe) -> None:
    found = await failed(stripe)

    assert (found.failed, found.succeeded, found.rate) == (3, 4, 0.4286)
    assert found.last_at == AT - timedelta(minutes=3)
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


def truth_of(found: Webhooks) -> conditions.Truth:
    variables = facts.variables_of(Webhooks, "it")
    known = facts.facts_of(variables, {"it": found.model_dump(mode="json")}, AT)
    return conditions.evaluate(ReadWebhooks.spec.good_when, facts.declared(variables), known).truth


async def test_where_nobody_paid_nothing_failed(stripe: Stripe, world: StripeWorld) -> None:
    world.events.clear()

    found = await failed(stripe)

    assert (found.failed, found.rate, found.line()) == (0, None, "0 of 0 payments failed")


async def test_a_key_is_proved_by_reading(stripe: Stripe) -> None:
    proof = await prove(stripe, ACCOUNT)

    assert proof.saw.startswith("1 webhook endpoints seen (live mode) for shop")


async def test_a_key_that_is_in_use_at_this_moment_is_looked_at_again(
    add: AddWebhookEndpoint, sandbox: Sandbox
) -> None:
    sandbox.order(Fault(method="POST", status=409, body={"error": {"code": "idempotency_key_in_use"}}))

    with pytest.raises(Conflict):
        await converge(add, await second(add), set())


async def test_a_person_pipes_the_secret_straight_into_a_file(add: AddWebhookEndpoint) -> None:
    (command,) = add.commands(await second(add))

    assert command.startswith('stripe webhook_endpoints create --live -d "url=$WEBHOOK_URL"')
    assert command.endswith('| jq -r .secret | install -m 600 /dev/stdin "$NEXT_FILE"')
