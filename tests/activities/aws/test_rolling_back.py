"""Going back to what was really deployed, and standing back where ECS or somebody else is at it."""

from datetime import timedelta

import pytest

from activities.aws.client import Aws
from activities.aws.roll_back import RollBack
from activities.converging import converge
from sandbox.aws.rollouts import EcsService
from sandbox.aws.world import AwsWorld
from sandbox.world import Sandbox
from stanch.errors import Rejected, Still
from stanch.model.change import Target
from tests.activities.aws.cases import API
from tests.activities.aws.doing import carried_out, operations, planned, refused, requests


def failing(service: EcsService, *, breaker: bool, failures: int) -> None:
    """A new task definition is being deployed, none of whose tasks comes up."""
    service.breaker = service.rolls_back = breaker
    service.begin(service.define(43, starts=False))
    service.sandbox.clock.advance(timedelta(seconds=service.sandbox.pace.rollout / 2 * failures))
    service.observe()


async def test_the_number_before_the_running_one_is_not_what_was_deployed_before_it(aws: Aws) -> None:
    change = await planned(RollBack(aws))

    assert [str(unit.to).rpartition("/")[2] for unit in change.units] == ["api:40"]
    assert change.summary == "roll api back from api:42 to api:40"


async def test_a_task_definition_that_somebody_left_by_going_back_is_passed_over(
    aws: Aws, service: EcsService
) -> None:
    good, bad, third = service.define(50), service.define(51), service.define(52)
    for minutes, definition in ((4, good), (3, bad), (2, good), (1, third)):
        service.deployed(definition, timedelta(minutes=minutes))

    change = await planned(RollBack(aws))

    assert [unit.to for unit in change.units] == [good.arn]
    assert bad.arn not in {unit.to for unit in change.units}


async def test_the_second_rollback_after_an_undo_goes_back_to_the_same_good_one(
    sandbox: Sandbox, aws: Aws
) -> None:
    verb = RollBack(aws)
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    sandbox.pass_time(timedelta(minutes=1))
    await carried_out(sandbox, verb, change.undone())

    again = await planned(verb)

    assert again.units == change.units


async def test_while_the_circuit_breaker_rolls_back_nothing_is_planned(aws: Aws, service: EcsService) -> None:
    failing(service, breaker=True, failures=3)

    rule = await refused(RollBack(aws))

    assert rule == "rolling-back"


async def test_where_the_circuit_breaker_is_about_to_act_it_is_left_to_it(
    aws: Aws, service: EcsService
) -> None:
    failing(service, breaker=True, failures=1)

    rule = await refused(RollBack(aws))

    assert rule == "circuit-breaker"


async def test_a_failing_deployment_that_no_breaker_would_stop_is_rolled_back(
    sandbox: Sandbox, aws: Aws, service: EcsService
) -> None:
    failing(service, breaker=False, failures=2)

    change = await planned(RollBack(aws), release="40")
    await carried_out(sandbox, RollBack(aws), change)

    assert (service.definition.named, operations(sandbox)) == ("api:40", ["deploy"])


async def test_a_deployment_that_goes_well_so_far_is_left_alone(
    sandbox: Sandbox, aws: Aws, service: EcsService
) -> None:
    sandbox.pace.rollout = 500
    sandbox.of(AwsWorld).deploy("api", in_progress=True)

    assert await refused(RollBack(aws)) == "deployment-in-progress"


async def test_while_ecs_goes_back_after_the_planning_acting_waits(
    sandbox: Sandbox, aws: Aws, service: EcsService
) -> None:
    change = await planned(RollBack(aws))
    service.deployments[0].status = "ROLLBACK_IN_PROGRESS"

    with pytest.raises(Still, match="rollback_in_progress"):
        await converge(RollBack(aws), change, set())

    assert operations(sandbox) == []


async def test_a_rollback_that_the_breaker_took_back_is_said_and_not_made_again(
    sandbox: Sandbox, aws: Aws, service: EcsService
) -> None:
    service.breaker = service.rolls_back = True
    change = await planned(RollBack(aws))
    next(one for one in service.definitions.values() if one.revision == 40).starts = False

    with pytest.raises(Rejected, match=r"api:40 ended rollback_successful: .*circuit breaker"):
        await carried_out(sandbox, RollBack(aws), change)

    assert (operations(sandbox), service.definition.named) == (["deploy"], "api:42")
    assert any("circuit breaker" in effect for effect in change.effects)


async def test_a_rollback_that_the_breaker_only_stopped_is_said(
    sandbox: Sandbox, aws: Aws, service: EcsService
) -> None:
    service.breaker = True
    change = await planned(RollBack(aws))
    next(one for one in service.definitions.values() if one.revision == 40).starts = False

    with pytest.raises(Rejected, match=r"api:40 ended stopped"):
        await carried_out(sandbox, RollBack(aws), change)

    assert operations(sandbox) == ["deploy"]


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
async def test_what_ecs_does_not_deploy_is_refused(aws: Aws, service: EcsService, controller: str) -> None:
    service.controller = controller

    assert await refused(RollBack(aws)) == "deployment-controller"


async def test_a_service_that_is_being_deleted_is_refused(aws: Aws, service: EcsService) -> None:
    service.status = "DRAINING"

    assert await refused(RollBack(aws)) == "not-active"


async def test_an_inactive_task_definition_cannot_be_gone_back_to(aws: Aws, service: EcsService) -> None:
    next(one for one in service.definitions.values() if one.revision == 40).status = "INACTIVE"

    assert await refused(RollBack(aws)) == "inactive-definition"


async def test_a_named_revision_is_gone_back_to(aws: Aws) -> None:
    change = await planned(RollBack(aws), release="39")

    assert [str(unit.to).rpartition("/")[2] for unit in change.units] == ["api:39"]


async def test_a_revision_of_another_family_is_no_release_of_this_service(aws: Aws) -> None:
    assert await refused(RollBack(aws), release="web:40") == "no-such-release"


async def test_a_revision_that_nobody_registered_is_rejected(aws: Aws) -> None:
    with pytest.raises(Rejected, match="Unable to describe task definition"):
        await planned(RollBack(aws), release="7")


async def test_the_first_deployment_has_nothing_before_it(aws: Aws, service: EcsService) -> None:
    del service.deployments[1:]

    assert await refused(RollBack(aws)) == "nothing-to-roll-back-to"


async def test_a_service_that_is_not_listed_is_rejected_by_name(aws: Aws) -> None:
    target = Target(provider="aws", name="apo", at={**API.at, "service": "apo"})

    with pytest.raises(Rejected, match="there is no service apo in cluster production: MISSING") as error:
        await planned(RollBack(aws), target=target)

    assert error.value.status == 404


async def test_a_long_history_is_read_page_after_page(
    aws: Aws, service: EcsService, sandbox: Sandbox
) -> None:
    bad = service.definition
    for minutes in range(50, 0, -1):
        service.deployed(bad, timedelta(minutes=minutes) / 10)

    change = await planned(RollBack(aws))

    assert [str(unit.to).rpartition("/")[2] for unit in change.units] == ["api:40"]
    assert requests(sandbox).count("ecs/ListServiceDeployments") == 3
    assert requests(sandbox).count("ecs/DescribeServiceRevisions") == 3


async def test_the_way_back_is_typed_with_cluster_and_region(aws: Aws) -> None:
    change = await planned(RollBack(aws))

    (command,) = RollBack.commands(change.undone())

    assert command == (
        "aws ecs update-service --cluster production --service api --task-definition"
        " arn:aws:ecs:eu-west-1:123456789012:task-definition/api:42 --region eu-west-1"
    )
