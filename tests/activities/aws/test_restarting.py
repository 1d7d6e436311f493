"""Tasks, databases and caches started anew, once each."""

from datetime import timedelta

import pytest

from activities.aws.client import Aws
from activities.aws.elasticache.restart import RestartCache
from activities.aws.rds.restart import RestartDatabase
from activities.aws.restart import Restart
from activities.contract import Verb
from activities.converging import converge
from activities.send_log import SendLog
from sandbox.aws.rollouts import EcsService
from sandbox.aws.world import AwsWorld
from sandbox.faults import Fault, Trouble
from sandbox.mischief import Breakage, Breaking, break_service
from sandbox.world import Sandbox
from stanch.errors import Moved, Rejected, Still, Unavailable
from stanch.model.change import Target, Trail
from stanch.model.verb import Approval
from tests.activities.aws.cases import CACHE, DATABASE
from tests.activities.aws.doing import carried_out, kept_at, operations, planned, refused


async def test_a_restart_cures_tasks_that_hang(sandbox: Sandbox, service: EcsService, aws: Aws) -> None:
    for definition in service.definitions.values():
        definition.good = True
    break_service(sandbox, Breaking(service="api", breakage=Breakage.STUCK))
    assert sandbox.services["api"].measure().error_rate == 1.0

    await carried_out(sandbox, Restart(aws), await planned(Restart(aws)))

    assert sandbox.services["api"].measure().error_rate == 0.0


async def test_a_restart_whose_answer_was_lost_is_found_by_its_newer_deployment(
    sandbox: Sandbox, aws: Aws
) -> None:
    change = await planned(Restart(aws))
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="UpdateService"))
    with pytest.raises(Unavailable):
        await converge(Restart(aws), change, set())

    await carried_out(sandbox, Restart(aws), change)

    assert operations(sandbox) == ["restart_service"]


async def test_a_restart_says_that_a_moved_tag_starts_other_code(aws: Aws) -> None:
    change = await planned(Restart(aws))

    assert "images are pulled again: a tag that moved, such as latest, starts other code" in change.effects


async def test_a_deployment_since_the_planning_is_somebody_elses(sandbox: Sandbox, aws: Aws) -> None:
    change = await planned(Restart(aws))
    sandbox.of(AwsWorld).deploy("api")

    with pytest.raises(Moved, match="api:43 was deployed"):
        await converge(Restart(aws), change, set())


async def test_nothing_is_restarted_while_somebody_deploys(sandbox: Sandbox, aws: Aws) -> None:
    sandbox.pace.rollout = 500
    sandbox.of(AwsWorld).deploy("api", in_progress=True)

    assert await refused(Restart(aws)) == "deployment-in-progress"


async def test_a_service_without_tasks_is_not_restarted(service: EcsService, aws: Aws) -> None:
    service.desired = 0

    assert await refused(Restart(aws)) == "nothing-to-restart"


async def test_a_restart_whose_tasks_do_not_come_up_is_said(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    service.breaker = True
    change = await planned(Restart(aws))
    service.definition.starts = False

    with pytest.raises(Rejected, match="restart failed"):
        await carried_out(sandbox, Restart(aws), change)


@pytest.mark.parametrize("verb", [RestartDatabase, RestartCache])
def test_what_drops_connections_to_data_needs_two(verb: type[Verb]) -> None:
    assert verb.spec.floor is Approval.TWO


async def test_a_database_that_restarted_last_week_is_restarted_once_more(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    last_week = sandbox.clock.now() - timedelta(days=7)
    world.databases["api-db"].told = [(last_week, "DB instance restarted")]
    verb = RestartDatabase(aws)

    change = await planned(verb, target=DATABASE)
    await carried_out(sandbox, verb, change)

    assert change.units[0].was == last_week.isoformat()
    assert operations(sandbox) == ["reboot_database"]


async def test_a_reboot_that_somebody_else_began_is_waited_for_and_counts(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    verb, found = RestartDatabase(aws), world.databases["api-db"]
    change = await planned(verb, target=DATABASE)
    found.status = "rebooting"
    found.timetable.set_out((60, "available"))

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == []


REBOOTS = pytest.mark.parametrize(
    ("kind", "arguments"),
    [(RestartDatabase, {"target": DATABASE}), (RestartCache, {"target": CACHE})],
)


@REBOOTS
async def test_a_reboot_that_no_event_ever_tells_of_is_done_when_it_is_back(
    sandbox: Sandbox, world: AwsWorld, aws: Aws, kind: type[Verb], arguments: dict[str, Target]
) -> None:
    world.late.events, world.late.begins = None, timedelta(seconds=28)
    verb, began = kind(aws), sandbox.clock.now()

    met = await kept_at(sandbox, verb, await planned(verb, **arguments))

    assert "no event tells of the restart" in str(met[0])
    assert sandbox.clock.now() - began < timedelta(minutes=3)
    assert len(operations(sandbox)) == 1


@REBOOTS
async def test_a_reboot_that_another_worker_has_seen_is_told_by_its_late_event(
    sandbox: Sandbox, world: AwsWorld, aws: Aws, kind: type[Verb], arguments: dict[str, Target]
) -> None:
    world.late.events = timedelta(minutes=4)
    change = await planned(kind(aws), **arguments)
    await kind(aws).write(change, change.units[0])
    for _ in range(3):
        await kind(aws).seen(change, frozenset())

    done = frozenset(unit.id for unit in change.units)
    (before,) = (await kind(aws).seen(change, done)).values()
    sandbox.pass_time(timedelta(minutes=5))
    (after,) = (await kind(aws).seen(change, done)).values()

    assert (before.settling != "", after.settling) == (True, "")


@REBOOTS
async def test_a_reboot_whose_answer_was_lost_is_not_made_twice_though_nothing_ever_tells_of_it(
    sandbox: Sandbox, world: AwsWorld, aws: Aws, kind: type[Verb], arguments: dict[str, Target]
) -> None:
    world.late.events, world.late.begins = None, timedelta(seconds=28)
    change = await planned(kind(aws), **arguments)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="Reboot"))

    await kept_at(sandbox, kind(aws), change)

    assert len(operations(sandbox)) == 1


@REBOOTS
async def test_a_reboot_that_only_its_late_event_tells_of_is_not_made_twice(
    sandbox: Sandbox, world: AwsWorld, aws: Aws, kind: type[Verb], arguments: dict[str, Target]
) -> None:
    world.late.events = timedelta(minutes=8)
    change = await planned(kind(aws), **arguments)
    await kind(aws).write(change, change.units[0])
    for _ in range(3):
        await kind(aws).seen(change, frozenset())
    sent = SendLog.of(Trail(sent={change.units[0].id: sandbox.clock.now()}), sandbox.clock.now())
    sandbox.pass_time(timedelta(minutes=7))

    with pytest.raises(Still, match="not answered, looked for until"):
        await converge(kind(aws), change, SendLog.of(sent.trail, sandbox.clock.now()))

    assert len(operations(sandbox)) == 1


async def test_a_database_that_is_busy_is_waited_for_before_it_is_rebooted(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    verb, found = RestartDatabase(aws), world.databases["api-db"]
    change = await planned(verb, target=DATABASE)
    found.status = "backing-up"
    found.timetable.set_out((60, "available"))

    with pytest.raises(Still, match="backing-up"):
        await converge(verb, change, set())

    assert operations(sandbox) == []


@pytest.mark.parametrize(
    "state",
    ["storage-full", "stopped", "deleting", "inaccessible-encryption-credentials", "incompatible-network"],
)
async def test_a_database_that_ended_is_said_and_not_waited_for(
    world: AwsWorld, aws: Aws, state: str
) -> None:
    verb = RestartDatabase(aws)
    change = await planned(verb, target=DATABASE)
    world.databases["api-db"].status = state

    with pytest.raises(Rejected, match=f"{state}: a person has to look"):
        await converge(verb, change, set())


async def test_a_cache_that_ended_is_said_and_not_waited_for(world: AwsWorld, aws: Aws) -> None:
    verb = RestartCache(aws)
    change = await planned(verb, target=CACHE)
    world.caches["sessions-001"].status = "incompatible-network"

    with pytest.raises(Rejected, match="incompatible-network: a person has to look"):
        await converge(verb, change, set())


async def test_a_failover_needs_a_standby(sandbox: Sandbox, world: AwsWorld, aws: Aws) -> None:
    verb = RestartDatabase(aws)
    assert await refused(verb, target=DATABASE, failover=True) == "no-standby"
    world.databases["api-db"].multi_az = True

    change = await planned(verb, target=DATABASE, failover=True)
    await carried_out(sandbox, verb, change)

    assert verb.commands(change) == [
        "aws rds reboot-db-instance --db-instance-identifier api-db --force-failover --region eu-west-1"
    ]


async def test_a_database_that_is_modified_is_not_rebooted(world: AwsWorld, aws: Aws) -> None:
    world.databases["api-db"].status = "modifying"

    assert await refused(RestartDatabase(aws), target=DATABASE) == "database-busy"


async def test_a_cache_in_cluster_mode_cannot_be_rebooted(world: AwsWorld, aws: Aws) -> None:
    world.caches["sessions-001"].cluster_mode = True

    assert await refused(RestartCache(aws), target=CACHE) == "cluster-mode"


async def test_all_nodes_of_a_cache_are_rebooted(sandbox: Sandbox, world: AwsWorld, aws: Aws) -> None:
    world.caches["sessions-001"].nodes = ("0001", "0002")
    verb = RestartCache(aws)

    change = await planned(verb, target=CACHE)
    await carried_out(sandbox, verb, change)

    assert change.settings["nodes"] == ["0001", "0002"]
    assert verb.commands(change)[0].endswith("--cache-node-ids-to-reboot 0001 0002")


async def test_a_cache_that_is_not_there_is_rejected(aws: Aws) -> None:
    with pytest.raises(Rejected, match="CacheClusterNotFound"):
        await planned(RestartCache(aws), target=CACHE.model_copy(update={"name": "other-001"}))
