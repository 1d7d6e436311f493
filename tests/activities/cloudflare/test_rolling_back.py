from datetime import timedelta

import pytest

from activities.cloudflare.client import Cloudflare
from activities.cloudflare.roll_back import RollBack
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.faults import Fault
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected
from tests.activities.cloudflare.cases import PITCHEY, WORKER
from tests.activities.cloudflare.working import carried_out, operations, planned
from tests.activities.contract.bench import Line
from tests.activities.contract.case import MARKER

_TOLD = {
    "success": False,
    "errors": [{"code": 10220, "message": "The following secrets have changed: STRIPE_KEY"}],
    "messages": [],
    "result": None,
}


def id_of(worker: Worker, number: int) -> str:
    return next(one.id for one in worker.versions if one.number == number)


@pytest.fixture
def verb(cloudflare: Cloudflare) -> RollBack:
    return RollBack(cloudflare)


async def test_everything_goes_to_the_version_that_got_everything_before(
    sandbox: Sandbox, worker: Worker, verb: RollBack
) -> None:
    change = await planned(verb)

    await carried_out(verb, change)

    assert worker.live == {id_of(worker, 11): 100}
    (effect,) = sandbox.ledger.effects()
    assert (effect.marker, effect.detail) == (MARKER, {"force": False})
    assert "version 11" in change.summary
    assert sandbox.services["pitchey"].measure().error_rate == 0


async def test_what_was_only_uploaded_is_nothing_to_go_back_to(worker: Worker, verb: RollBack) -> None:
    worker.upload("code-never-deployed")
    live = worker.upload("code-of-14", good=False)
    worker.deploy({live.id: 100})

    change = await planned(verb)

    assert change.units[0].to == {id_of(worker, 12): 100}


async def test_a_gradual_deployment_ends_at_the_old_version_and_its_undo_restores_the_exact_split(
    world: CloudflareWorld, worker: Worker, verb: RollBack
) -> None:
    old = id_of(worker, 12)
    new = world.deploy(WORKER, in_progress=True)
    change = await planned(verb)
    await carried_out(verb, change)
    assert worker.live == {old: 100}

    await carried_out(verb, change.undone())

    assert worker.live == {new: 10, old: 90}


async def test_shares_that_are_no_whole_percents_come_back_as_they_were(
    worker: Worker, verb: RollBack
) -> None:
    new = worker.upload("code-of-13")
    split = {new.id: 0.5, id_of(worker, 12): 99.5}
    worker.deploy(split)
    change = await planned(verb)
    await carried_out(verb, change)

    await carried_out(verb, change.undone())

    assert worker.live == split


async def test_a_version_that_was_itself_gone_back_from_is_passed_over(
    worker: Worker, verb: RollBack
) -> None:
    worker.deploy({id_of(worker, 11): 100}, trigger="rollback")
    next_one = worker.upload("code-of-13", good=False)
    worker.deploy({next_one.id: 100})

    change = await planned(verb)

    assert change.units[0].to == {id_of(worker, 11): 100}


async def test_after_a_rollback_the_version_that_was_left_is_not_the_one_before(
    worker: Worker, verb: RollBack
) -> None:
    worker.deploy({id_of(worker, 11): 100}, trigger="rollback")

    change = await planned(verb)

    assert change.units[0].to == {id_of(worker, 10): 100}


async def test_a_version_that_was_deployed_again_is_no_longer_left(worker: Worker, verb: RollBack) -> None:
    for number in (11, 12):
        worker.deploy({id_of(worker, number): 100})
    worker.deploy({worker.upload("code-of-13").id: 100})

    change = await planned(verb)

    assert change.units[0].to == {id_of(worker, 12): 100}


async def test_a_version_with_the_same_code_would_change_nothing_and_is_passed_over(
    worker: Worker, verb: RollBack
) -> None:
    for _ in range(2):
        same = worker.upload("code-of-12", good=False)
        worker.deploy({same.id: 100})

    change = await planned(verb)

    assert change.units[0].to == {id_of(worker, 11): 100}


async def test_nothing_is_gone_back_to_where_no_other_version_served(worker: Worker, verb: RollBack) -> None:
    worker.deployments = worker.deployments[:1]

    with pytest.raises(PolicyError, match="nothing-to-roll-back-to"):
        await planned(verb)


async def test_only_the_newest_hundred_versions_can_be_gone_back_to(worker: Worker, verb: RollBack) -> None:
    for number in range(100):
        worker.upload(f"never deployed {number}")
    worker.deploy({worker.newest.id: 100})

    with pytest.raises(PolicyError, match="nothing-to-roll-back-to"):
        await planned(verb)


@pytest.mark.parametrize("spelled", [10, "10", "v10"])
async def test_a_version_can_be_named_by_its_number(
    worker: Worker, verb: RollBack, spelled: int | str
) -> None:
    change = await planned(verb, release=spelled)

    assert change.units[0].to == {id_of(worker, 10): 100}


async def test_a_version_that_never_served_cannot_be_named(worker: Worker, verb: RollBack) -> None:
    uploaded = worker.upload("code-never-deployed")

    for wanted in (uploaded.id, "999"):
        with pytest.raises(PolicyError, match="no-such-version"):
            await planned(verb, release=wanted)


@pytest.mark.parametrize("arguments", [{}, {"release": 11}])
async def test_cloudflare_goes_back_past_no_migration_and_nobody_is_asked_in_vain(
    worker: Worker, verb: RollBack, arguments: dict[str, int]
) -> None:
    worker.newest.migration = "v2"

    with pytest.raises(PolicyError, match="migration-between"):
        await planned(verb, **arguments)


async def test_a_secret_that_changed_since_is_refused_before_anybody_is_asked(
    worker: Worker, verb: RollBack
) -> None:
    worker.change_secret("SENDGRID_API_KEY", "second value of sendgrid_api_key")

    with pytest.raises(PolicyError, match="with_new_secrets") as refused:
        await planned(verb)

    assert refused.value.rule == "secrets-changed"


async def test_a_changed_secret_that_only_cloudflare_knows_of_is_never_forced(
    sandbox: Sandbox, line: Line, verb: RollBack
) -> None:
    change = await planned(verb)
    sandbox.order(Fault(status=400, method="POST", path="/deployments$", body=_TOLD))

    with pytest.raises(PolicyError, match="STRIPE_KEY") as refused:
        await carried_out(verb, change)

    assert (refused.value.rule, line.writes, operations(sandbox)) == ("secrets-changed", 1, [])


async def test_the_secrets_of_now_are_used_only_where_that_was_approved_and_after_a_refusal(
    sandbox: Sandbox, worker: Worker, line: Line, verb: RollBack
) -> None:
    worker.change_secret("SENDGRID_API_KEY", "second value of sendgrid_api_key")
    change = await planned(verb, with_new_secrets=True)

    await carried_out(verb, change)

    (effect,) = sandbox.ledger.effects()
    assert (effect.detail, line.writes) == ({"force": True}, 2)
    assert any("secrets of now" in effect for effect in change.effects)
    assert worker.live == {id_of(worker, 11): 100}


async def test_a_version_without_a_changed_secret_is_not_forced_though_it_was_allowed(
    sandbox: Sandbox, line: Line, verb: RollBack
) -> None:
    await carried_out(verb, await planned(verb, with_new_secrets=True))

    assert ([effect.detail for effect in sandbox.ledger.effects()], line.writes) == ([{"force": False}], 1)


async def test_any_other_refusal_stays_one(sandbox: Sandbox, verb: RollBack) -> None:
    change = await planned(verb, with_new_secrets=True)
    sandbox.order(Fault(status=400, method="POST", path="/deployments$"))

    with pytest.raises(Rejected, match="10021"):
        await carried_out(verb, change)


async def test_a_deployment_whose_answer_was_lost_is_found_and_not_made_again(
    sandbox: Sandbox, worker: Worker, verb: RollBack
) -> None:
    change = await planned(verb)
    await verb.write(change, change.units[0])

    done = await carried_out(verb, change)

    assert (done, operations(sandbox)) == (set(), ["deploy"])
    assert worker.deployments[0].annotations["workers/message"] == MARKER


async def test_another_split_of_the_same_versions_is_somebody_elses(worker: Worker, verb: RollBack) -> None:
    change = await planned(verb)
    worker.deploy({id_of(worker, 12): 50, id_of(worker, 11): 50})

    with pytest.raises(Moved, match="somebody else"):
        await carried_out(verb, change)


async def test_what_a_person_types_names_account_worker_and_every_share(
    world: CloudflareWorld, worker: Worker, verb: RollBack
) -> None:
    world.deploy(WORKER, in_progress=True)
    change = await planned(verb)

    (forth,), (back,) = verb.commands(change), verb.commands(change.undone())

    assert f"{id_of(worker, 12)}@100%" in forth
    assert f"{id_of(worker, 13)}@10% {id_of(worker, 12)}@90%" in back
    assert f"CLOUDFLARE_ACCOUNT_ID={PITCHEY.at['account']} wrangler" in forth
    assert f"--name {WORKER} --message {MARKER}-undo" in back


async def test_planning_says_since_when_the_version_served(worker: Worker, verb: RollBack) -> None:
    since = worker.deployments[1].created

    change = await planned(verb)

    assert f"from {since:%Y-%m-%d %H:%M} UTC" in change.because
    assert worker.deployments[0].created - since == timedelta(days=2) - timedelta(minutes=6)
