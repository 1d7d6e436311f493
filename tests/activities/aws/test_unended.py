"""Deployments that do not end: whose they are, how one goes back from them, and what is said of them."""

from datetime import timedelta

import pytest

from activities.aws.client import Aws
from activities.aws.readings import ReadReleases
from activities.aws.restart import Restart
from activities.aws.roll_back import RollBack
from activities.aws.scale import Scale
from activities.aws.status import ReadStatus
from activities.contract import Verb
from activities.converging import converge
from sandbox.aws.rollouts import EcsService
from sandbox.aws.world import AwsWorld
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Still
from stanch.model.change import Change
from tests.activities.aws.doing import carried_out, kept_at, operations, planned, refused, seen
from tests.activities.contract.case import AT

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def crashing(service: EcsService, ago: timedelta) -> None:
    """A release whose tasks start and end within the minute is being deployed since then."""
    service.begin(service.define(43, crashes=True, good=False), ago)


def failing(service: EcsService, ago: timedelta, failed: int, desired: int = 2) -> None:
    """A release none of whose tasks starts, and a circuit breaker that would go back from it."""
    service.breaker = service.rolls_back = True
    service.desired = desired
    begun = service.begin(service.define(43, starts=False), ago)
    begun.failed = failed - 1
    begun.timetable.set_out((0, "failed"))


def baking(service: EcsService, ago: timedelta = MINUTE) -> None:
    """Visitors got the next release, and the one before still stands by."""
    service.bake = 30 * MINUTE
    service.begin(service.define(43, good=False), 5 * MINUTE)
    service.rolling[0].shifted_at = AT - ago
    service.rolling[0].running = service.desired


def goals(change: Change) -> list[str]:
    return [str(unit.to).rpartition("/")[2] for unit in change.units]


@pytest.mark.parametrize("verb", [RollBack, Restart])
async def test_a_release_that_crashes_without_a_counted_failure_is_no_colleagues_work(
    service: EcsService, aws: Aws, verb: type[Verb]
) -> None:
    crashing(service, 3 * MINUTE)

    change = await planned(verb(aws))

    assert (service.rolling[0].failed, len(change.units)) == (0, 1)


async def test_a_release_that_crashes_is_gone_back_from(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    crashing(service, 3 * MINUTE)

    change = await planned(RollBack(aws), release="40")
    await carried_out(sandbox, RollBack(aws), change)

    assert (service.definition.named, operations(sandbox)) == ("api:40", ["deploy"])
    assert "ends the deployment of api:43 that began at 02:57 UTC and has not ended" in change.effects


async def test_a_single_task_that_ended_is_no_failing_deployment(service: EcsService, aws: Aws) -> None:
    service.desired = 1
    crashing(service, MINUTE)

    with pytest.raises(PolicyError, match=r"deployed to api since 02:59 UTC \(to end it: aws ecs stop-serv"):
        await planned(RollBack(aws))


@pytest.mark.parametrize(("ago", "rule"), [(59 * MINUTE, "deployment-in-progress"), (HOUR, "")])
async def test_a_deployment_that_hangs_for_an_hour_is_nobodys_work(
    service: EcsService, aws: Aws, ago: timedelta, rule: str
) -> None:
    service.starved = True
    service.begin(service.define(43), ago)

    if rule:
        assert await refused(RollBack(aws)) == rule
    else:
        assert goals(await planned(RollBack(aws))) == ["api:42"]


@pytest.mark.parametrize(
    ("ago", "failed", "desired", "acts_soon"),
    [
        (2 * MINUTE, 1, 2, True),
        (10 * MINUTE, 2, 2, True),
        (3 * HOUR, 2, 200, False),
        (5 * MINUTE, 10, 200, False),
        (HOUR, 99, 200, True),
    ],
)
async def test_the_circuit_breaker_is_left_to_it_only_where_it_acts_soon(
    service: EcsService, aws: Aws, *, ago: timedelta, failed: int, desired: int, acts_soon: bool
) -> None:
    failing(service, ago, failed, desired)

    if acts_soon:
        assert await refused(RollBack(aws)) == "circuit-breaker"
    else:
        assert goals(await planned(RollBack(aws))) == ["api:42"]


async def test_a_way_back_of_ecs_that_hangs_for_an_hour_holds_up_nobody(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    failing(service, 5 * MINUTE, 3)
    service.observe()
    service.starved = True
    assert await refused(RollBack(aws), release="40") == "rolling-back"

    service.deployments[0].back_since = AT - HOUR

    assert goals(await planned(RollBack(aws), release="40")) == ["api:40"]


async def test_what_bakes_is_stopped_and_visitors_get_the_old_tasks_at_once(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    next(one for one in service.definitions.values() if one.revision == 42).good = True
    baking(service)
    assert sandbox.services["api"].measure().error_rate == 1.0
    change = await planned(RollBack(aws))

    with pytest.raises(Still, match="ECS is at it: rollback_in_progress"):
        await converge(RollBack(aws), change, set())
    cured_at_once = sandbox.services["api"].measure().error_rate
    await carried_out(sandbox, RollBack(aws), change)

    assert (goals(change), cured_at_once) == (["api:42"], 0.0)
    assert operations(sandbox) == ["stop_service_deployment"]
    assert service.deployments[0].status == "ROLLBACK_SUCCESSFUL"
    assert "stop-service-deployment" in RollBack.commands(change)[0]
    assert "at once" in change.effects[0]


async def test_what_has_baked_by_the_time_is_gone_back_from_by_a_deployment(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    baking(service)
    change = await planned(RollBack(aws))
    sandbox.pass_time(HOUR)
    service.observe()
    service.bake = None

    await carried_out(sandbox, RollBack(aws), change)

    assert (service.definition.named, operations(sandbox)) == ("api:42", ["deploy"])


async def test_another_version_than_the_one_that_stands_by_is_deployed(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    baking(service)

    change = await planned(RollBack(aws), release="40")
    service.bake = None
    await carried_out(sandbox, RollBack(aws), change)

    assert operations(sandbox) == ["deploy"]
    assert any("api:43" in effect for effect in change.effects)


async def test_a_bake_that_was_stopped_is_undone_by_a_deployment(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    baking(service)
    change = await planned(RollBack(aws))
    await carried_out(sandbox, RollBack(aws), change)
    service.bake = None

    await carried_out(sandbox, RollBack(aws), change.undone())

    assert (service.definition.named, operations(sandbox)[-1]) == ("api:43", "deploy")


async def test_a_restart_leaves_a_bake_alone(service: EcsService, aws: Aws) -> None:
    baking(service)

    with pytest.raises(PolicyError, match="a restart would end the time to go back"):
        await planned(Restart(aws))


async def test_blue_and_green_before_visitors_got_it_is_at_work(service: EcsService, aws: Aws) -> None:
    baking(service)
    service.rolling[0].shifted_at = None

    assert await refused(RollBack(aws)) == "deployment-in-progress"


@pytest.mark.parametrize("how", ["baking", "failing", "without end"])
async def test_a_release_that_has_not_ended_and_is_with_visitors_is_suspect(
    service: EcsService, aws: Aws, how: str
) -> None:
    if how == "baking":
        baking(service)
    elif how == "failing":
        crashing(service, 3 * MINUTE)
    else:
        service.starved = True
        service.begin(service.define(43), HOUR)
        service.deployments[1].finished_at = AT - 3 * HOUR
    begun = service.deployments[0].created_at

    found = await seen(ReadReleases(aws), first_bad_at=begun + MINUTE)

    assert (found.unended, found.deploying, found.is_suspect) == (how, False, True)
    assert found.line().startswith(f"api:43, suspect, {how}; before it api:42")


async def test_tasks_that_crash_are_counted(service: EcsService, aws: Aws) -> None:
    crashing(service, 3 * MINUTE)

    found = await seen(ReadStatus(aws))

    assert (found.failing_copies, found.restarts) == (0, 6)
    assert "6 restarts" in found.line()


async def test_where_no_task_can_be_placed_the_wait_says_why(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    change = await planned(RollBack(aws))
    service.starved = True

    known: set[str] = set()
    with pytest.raises(Still):
        await converge(RollBack(aws), change, known)
    sandbox.pass_time(MINUTE)

    with pytest.raises(Still, match=r"0 of 2 new tasks run; .*was unable to place a task because"):
        await converge(RollBack(aws), change, known)


@pytest.mark.parametrize("verb", [RollBack, Restart])
async def test_a_service_that_is_described_late_is_changed_once(
    sandbox: Sandbox, world: AwsWorld, service: EcsService, aws: Aws, verb: type[Verb]
) -> None:
    world.late.services = timedelta(minutes=4)
    change = await planned(verb(aws))

    await kept_at(sandbox, verb(aws), change)

    assert len(operations(sandbox)) == 1


async def test_a_service_that_somebody_set_to_none_is_not_started(service: EcsService, aws: Aws) -> None:
    service.desired, service.bounds = 0, {"min": 0, "max": 4}

    assert await refused(Scale(aws), count=3) == "nothing-to-scale"
