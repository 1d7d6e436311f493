from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.cloudflare.client import Cloudflare
from activities.cloudflare.redeploy import Redeploy
from activities.cloudflare.roll_back import RollBack
from activities.cloudflare.set_config import SetConfig, SetConfigArguments
from activities.cloudflare.set_flag import SetFlag, SetFlagArguments
from activities.converging import converge
from sandbox.cloudflare.scenes import FLAGS, WORKER
from sandbox.cloudflare.version import text
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.faults import Fault, Trouble
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still, Unavailable
from tests.activities.cloudflare.cases import FLAG
from tests.activities.cloudflare.working import carried_out, operations, planned
from tests.activities.contract.bench import Line
from tests.activities.contract.case import MARKER

OTHERS = "3e5d7c9b1a2f4d6e8c0b2a4d6f8e0c1b"


@pytest.fixture
def flag(cloudflare: Cloudflare) -> SetFlag:
    return SetFlag(cloudflare)


@pytest.fixture
def config(cloudflare: Cloudflare) -> SetConfig:
    return SetConfig(cloudflare)


async def test_a_flag_says_that_it_is_seen_a_little_later(flag: SetFlag) -> None:
    change = await planned(flag, key=FLAG, value=False)

    assert any("within 60 seconds" in effect for effect in change.effects)
    assert any("no lock" in effect for effect in change.effects)


async def test_workers_see_a_flag_later_than_the_vendors_own_store(sandbox: Sandbox, flag: SetFlag) -> None:
    service = sandbox.services["pitchey"]
    await carried_out(flag, await planned(flag, key=FLAG, value=False))

    first = service.host.instances()[0].environment[FLAG]
    sandbox.pass_time(timedelta(minutes=1))
    second = service.host.instances()[0].environment[FLAG]

    assert (first, second) == ("true", "false")


async def test_what_stands_beside_a_value_is_written_with_it_and_comes_back_with_it(
    world: CloudflareWorld, flag: SetFlag
) -> None:
    namespace = world.namespaces[FLAGS]
    namespace.hold(FLAG, "true", {"owner": "web"}, expiration=1_900_000_000)
    change = await planned(flag, key=FLAG, value="false")
    await carried_out(flag, change)
    during = namespace.entries[FLAG]

    await carried_out(flag, change.undone())

    for entry, value in ((during, "false"), (namespace.entries[FLAG], "true")):
        assert (entry.value, entry.metadata, entry.expiration) == (value, {"owner": "web"}, 1_900_000_000)


async def test_only_the_key_itself_says_what_stands_beside_it(world: CloudflareWorld, flag: SetFlag) -> None:
    namespace = world.namespaces[FLAGS]
    namespace.hold("feature", "on")
    namespace.hold("feature:b", "on", {"owner": "somebody"})

    change = await planned(flag, key="feature", value="off")

    assert change.settings["beside"] == {}


async def test_a_key_with_every_odd_character_is_the_key_that_was_meant(
    world: CloudflareWorld, flag: SetFlag
) -> None:
    key = "feature:a/b?c=d&e#f%2Fg+h"
    change = await planned(flag, key=key, value="on")

    await carried_out(flag, change)

    assert world.namespaces[FLAGS].entries[key].value == "on"
    await carried_out(flag, change.undone())
    assert key not in world.namespaces[FLAGS].entries


async def test_a_flag_in_one_of_several_stores_is_found_by_the_workers_name_for_it(
    world: CloudflareWorld, worker: Worker, flag: SetFlag
) -> None:
    world.add_namespace(OTHERS, "sessions")
    worker.newest.bindings.append({"type": "kv_namespace", "name": "SESSIONS", "namespace_id": OTHERS})
    with pytest.raises(PolicyError, match="it has FLAGS, SESSIONS"):
        await planned(flag, key=FLAG, value="off")

    by_name = await planned(flag, key=FLAG, value="off", namespace="FLAGS")
    by_id = await planned(flag, key=FLAG, value="off", namespace=FLAGS)

    assert by_name.settings["namespace"] == by_id.settings["namespace"] == FLAGS


async def test_a_store_that_the_worker_does_not_have_is_refused(flag: SetFlag) -> None:
    with pytest.raises(PolicyError, match="no KV namespace CACHE") as refused:
        await planned(flag, key=FLAG, value="off", namespace="CACHE")

    assert refused.value.rule == "not-bound"


@pytest.mark.parametrize("key", ["STRIPE_API_KEY", "session-token", "db:password", "config/DATABASE_URL"])
async def test_a_key_that_names_a_secret_is_no_flag(flag: SetFlag, line: Line, key: str) -> None:
    with pytest.raises(PolicyError, match="names a secret"):
        await planned(flag, key=key, value="x")

    assert line.writes == 0


@pytest.mark.parametrize("value", ["x" * 201, "one\ntwo"])
async def test_what_stands_and_is_no_flag_is_not_shown(
    world: CloudflareWorld, flag: SetFlag, value: str
) -> None:
    world.namespaces[FLAGS].hold(FLAG, value)

    with pytest.raises(PolicyError) as refused:
        await planned(flag, key=FLAG, value="off")

    assert (refused.value.rule, value in str(refused.value)) == ("not-a-flag", False)


async def test_an_empty_value_is_a_value(world: CloudflareWorld, flag: SetFlag) -> None:
    world.namespaces[FLAGS].hold(FLAG, "")

    change = await planned(flag, key=FLAG, value="on")

    assert change.units[0].was == ""


async def test_a_refused_read_of_a_value_is_not_taken_for_an_absent_one(
    sandbox: Sandbox, flag: SetFlag
) -> None:
    sandbox.order(Fault(status=400, path="/values/"))

    with pytest.raises(Rejected, match="400"):
        await planned(flag, key=FLAG, value="on")


async def test_a_page_of_somebody_in_between_is_no_value(sandbox: Sandbox, flag: SetFlag, line: Line) -> None:
    change = await planned(flag, key=FLAG, value="off")
    sandbox.order(Fault(trouble=Trouble.GARBAGE, path="/values/"))

    with pytest.raises(Unavailable, match="not JSON"):
        await carried_out(flag, change)

    assert line.writes == 0


async def test_what_a_person_types_keeps_what_stands_beside_the_value(
    world: CloudflareWorld, flag: SetFlag
) -> None:
    world.namespaces[FLAGS].hold(FLAG, "true", {"owner": "web"}, expiration=1_900_000_000)
    change = await planned(flag, key=FLAG, value="half off")
    absent = await planned(flag, key="new", value="on")

    (typed,) = flag.commands(change)

    assert f"kv key put {FLAG} 'half off' --namespace-id {FLAGS} --remote" in typed
    assert '--metadata \'{"owner":"web"}\' --expiration 1900000000' in typed
    assert "kv key delete new" in flag.commands(absent.undone())[0]


@pytest.mark.parametrize("wrong", [{"key": "a b"}, {"key": ""}, {"key": "k" * 513}, {"value": "x" * 201}])
def test_a_key_is_what_kv_takes_and_a_value_is_short(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SetFlagArguments(**{"key": "a", "value": "b", **wrong})


async def test_a_variable_is_set_and_everything_else_is_inherited(
    sandbox: Sandbox, worker: Worker, config: SetConfig
) -> None:
    before = {one["name"]: one for one in worker.newest.bindings}
    change = await planned(config, key="RATE_LIMIT", value=1000)

    await carried_out(config, change)

    after = {one["name"]: one for one in worker.newest.bindings}
    assert after == {**before, "RATE_LIMIT": text("RATE_LIMIT", "1000")}
    assert worker.live == {worker.newest.id: 100}
    assert worker.newest.annotations["workers/message"] == MARKER
    assert "ENVIRONMENT, SENDGRID_API_KEY, FLAGS, DB" in " ".join(change.effects)
    assert sandbox.ledger.effects()[0].marker == MARKER


async def test_a_variable_that_was_not_there_is_taken_away_again(worker: Worker, config: SetConfig) -> None:
    change = await planned(config, key="FEATURE_FLAG_LIVE", value=False)
    await carried_out(config, change)
    assert worker.newest.variables["FEATURE_FLAG_LIVE"] == "false"

    await carried_out(config, change.undone())

    assert "FEATURE_FLAG_LIVE" not in worker.newest.variables
    assert len(worker.newest.bindings) == 5


async def test_a_binding_that_came_since_planning_is_inherited_too(worker: Worker, config: SetConfig) -> None:
    change = await planned(config, key="RATE_LIMIT", value=1000)
    worker.newest.bindings.append(text("NEW_HERE", "yes"))

    await carried_out(config, change)

    assert worker.newest.variables["NEW_HERE"] == "yes"


async def test_a_binding_that_is_lost_all_the_same_is_said_loudly(
    worker: Worker, config: SetConfig, line: Line
) -> None:
    change = await planned(config, key="RATE_LIMIT", value=1000)
    keeps = worker.upload

    def loses(code: str, **facts: Any) -> Any:
        return keeps(code, **{**facts, "bindings": facts["bindings"][:-1]})

    line.before(1, lambda: setattr(worker, "upload", loses))

    with pytest.raises(Rejected, match="lost DB"):
        await carried_out(config, change)


@pytest.mark.parametrize("key", ["FLAGS", "DB", "SENDER"])
async def test_only_a_plain_variable_can_be_set(worker: Worker, config: SetConfig, key: str) -> None:
    worker.newest.bindings.append({"type": "secret_text", "name": "SENDER"})

    with pytest.raises(PolicyError) as refused:
        await planned(config, key=key, value="x")

    assert refused.value.rule == "not-a-variable"


async def test_a_variable_with_a_secrets_name_is_not_shown(config: SetConfig) -> None:
    with pytest.raises(PolicyError, match="holds-a-secret"):
        await planned(config, key="SENDGRID_API_KEY", value="x")


async def test_a_variable_is_not_set_while_a_deployment_is_gradual(
    world: CloudflareWorld, config: SetConfig
) -> None:
    world.deploy(WORKER, in_progress=True)

    with pytest.raises(PolicyError, match="newest-not-deployed"):
        await planned(config, key="RATE_LIMIT", value=1000)


async def test_a_variable_is_not_set_while_the_newest_version_waits(
    worker: Worker, config: SetConfig, line: Line
) -> None:
    change = await planned(config, key="RATE_LIMIT", value=1000)
    worker.upload("code-of-13")

    with pytest.raises(PolicyError, match="newest-not-deployed"):
        await carried_out(config, change)

    assert line.writes == 0


async def test_a_variable_is_not_set_after_a_rollback(cloudflare: Cloudflare, config: SetConfig) -> None:
    back = RollBack(cloudflare)
    await carried_out(back, await planned(back))

    with pytest.raises(PolicyError, match="the newest version of pitchey-production is version 12"):
        await planned(config, key="RATE_LIMIT", value=1000)


async def test_a_gradual_deployment_that_began_since_planning_is_somebody_elses(
    world: CloudflareWorld, config: SetConfig
) -> None:
    change = await planned(config, key="RATE_LIMIT", value=1000)
    world.deploy(WORKER, in_progress=True)

    with pytest.raises(Moved, match="gradual"):
        await carried_out(config, change)


async def test_our_version_that_is_made_and_not_deployed_yet_is_waited_for(
    worker: Worker, config: SetConfig, line: Line
) -> None:
    change = await planned(config, key="RATE_LIMIT", value=1000)
    before = worker.live
    await config.write(change, change.units[0])
    made = worker.deployments.pop(0)
    assert worker.live == before

    with pytest.raises(Still, match=r"version 13 .* is made and not deployed yet"):
        await converge(config, change, set())

    worker.deployments.insert(0, made)
    assert await carried_out(config, change) == set()
    assert line.writes == 1


async def test_our_version_that_somebody_went_back_from_is_not_waited_for(
    worker: Worker, config: SetConfig
) -> None:
    change = await planned(config, key="RATE_LIMIT", value=1000)
    await carried_out(config, change)
    worker.deploy({worker.versions[1].id: 100}, trigger="rollback")

    with pytest.raises(PolicyError, match="newest-not-deployed"):
        await carried_out(config, change)


async def test_after_a_variable_was_set_the_way_back_still_leads_to_other_code(
    cloudflare: Cloudflare, worker: Worker, config: SetConfig
) -> None:
    await carried_out(config, await planned(config, key="RATE_LIMIT", value=1000))

    change = await planned(RollBack(cloudflare))

    assert "version 11" in change.summary


async def test_what_a_person_types_inherits_every_other_binding_by_name(config: SetConfig) -> None:
    change = await planned(config, key="RATE_LIMIT", value="it's 1000")

    (typed,) = config.commands(change)

    for name in ("ENVIRONMENT", "SENDGRID_API_KEY", "FLAGS", "DB"):
        assert f'{{"type": "inherit", "name": "{name}"}}' in typed
    assert "$CLOUDFLARE_API_TOKEN" in typed
    assert ";type=application/json" in typed


@pytest.mark.parametrize("wrong", [{"key": "RATE LIMIT"}, {"key": "1ST"}, {"value": "x" * 201}])
def test_a_variable_is_a_name_of_javascript(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SetConfigArguments(**{"key": "A", "value": "b", **wrong})


async def test_connections_that_hang_are_new_after_a_redeployment(
    sandbox: Sandbox, worker: Worker, cloudflare: Cloudflare
) -> None:
    worker.newest.good = True
    worker.hang(hangs=True)
    assert sandbox.services["pitchey"].measure().error_rate == 1
    verb, live = Redeploy(cloudflare), worker.live

    await carried_out(verb, await planned(verb))

    assert (sandbox.services["pitchey"].measure().error_rate, worker.live) == (0, live)


async def test_a_gradual_deployment_is_deployed_again_with_the_same_shares(
    world: CloudflareWorld, worker: Worker, cloudflare: Cloudflare
) -> None:
    world.deploy(WORKER, in_progress=True)
    verb, split = Redeploy(cloudflare), worker.live

    await carried_out(verb, await planned(verb))

    assert (worker.deployments[0].split, len(split)) == (split, 2)


async def test_a_deployment_of_somebody_else_is_not_replaced_by_what_was_live_before(
    sandbox: Sandbox, world: CloudflareWorld, cloudflare: Cloudflare
) -> None:
    verb = Redeploy(cloudflare)
    change = await planned(verb)
    world.deploy(WORKER)

    with pytest.raises(Moved):
        await carried_out(verb, change)

    assert operations(sandbox) == []


async def test_what_was_deployed_again_stays_done_though_somebody_deployed_since(
    sandbox: Sandbox, world: CloudflareWorld, cloudflare: Cloudflare
) -> None:
    verb = Redeploy(cloudflare)
    change = await planned(verb)
    await carried_out(verb, change)
    world.deploy(WORKER)

    assert await carried_out(verb, change) == set()
    assert operations(sandbox) == ["deploy"]


async def test_a_higher_number_is_told_to_whoever_approves_it(world: CloudflareWorld, flag: SetFlag) -> None:
    world.namespaces[FLAGS].hold(FLAG, "10")

    change = await planned(flag, key=FLAG, value=25)

    assert change.summary.endswith(": from 10 to 25 (higher)")
