"""A command in a task of its own: once, to its end, and by its exit code."""

import pytest

from activities.aws.client import Aws
from activities.aws.run import Run, started_by
from activities.converging import converge
from sandbox.aws.rollouts import EcsService
from sandbox.aws.world import AwsWorld
from sandbox.faults import Fault, Trouble
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unavailable
from stanch.model.verb import Approval
from tests.activities.aws.doing import carried_out, operations, planned, refused
from tests.activities.contract.case import MARKER

DOWN = "npm run migrate:down"


async def test_a_task_runs_with_the_running_release_and_its_network(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    change = await planned(Run(aws), command=DOWN)

    await carried_out(sandbox, Run(aws), change)

    (task,) = world.tasks
    assert (task.definition.named, task.started_by) == ("api:42", "INC-20261121-7K3QXM/1-1")
    assert task.overrides["containerOverrides"][0]["command"] == ["sh", "-c", DOWN]
    assert (task.mark, change.settings["placed"]["launchType"]) == (MARKER, "FARGATE")
    assert Run.spec.floor is Approval.TWO


async def test_an_exit_code_that_is_not_zero_is_a_failure(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    service.definition.exit_code = 1
    change = await planned(Run(aws), command=DOWN)

    with pytest.raises(Rejected, match="ended with 1: Essential container in task exited"):
        await carried_out(sandbox, Run(aws), change)

    assert operations(sandbox) == ["run_task"]


async def test_a_lost_answer_does_not_run_the_command_twice_even_where_no_list_shows_the_task(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    verb = Run(aws)
    change = await planned(verb, command=DOWN)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="RunTask"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, path="ListTasks", times=2))

    await carried_out(sandbox, verb, change)

    assert (operations(sandbox), len(world.tasks)) == (["run_task"], 1)


async def test_a_task_that_is_not_listed_yet_is_no_success(sandbox: Sandbox, aws: Aws) -> None:
    verb = Run(aws)
    change = await planned(verb, command=DOWN)
    await verb.write(change, change.units[0])
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, path="ListTasks", times=2))

    (place,) = (await verb.survey(change, frozenset({"task"}))).places

    assert place.settling == "ECS lists no such task"


async def test_where_no_capacity_is_left_it_is_tried_again(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    world.full = True
    change = await planned(Run(aws), command=DOWN)
    with pytest.raises(Unavailable, match="Capacity is unavailable"):
        await converge(Run(aws), change, set())

    world.full = False
    await carried_out(sandbox, Run(aws), change)

    assert operations(sandbox) == ["run_task"]


async def test_another_revision_can_be_chosen(world: AwsWorld, sandbox: Sandbox, aws: Aws) -> None:
    change = await planned(Run(aws), command=DOWN, release="api:41")

    await carried_out(sandbox, Run(aws), change)

    assert world.tasks[0].definition.named == "api:41"


async def test_among_several_containers_the_essential_one_runs_the_command(
    service: EcsService, aws: Aws
) -> None:
    service.definition.sidecar = "logger"

    change = await planned(Run(aws), command=DOWN)

    assert change.settings["container"] == "api"
    assert await refused(Run(aws), command=DOWN, container="worker") == "no-such-container"


async def test_an_inactive_revision_cannot_run(service: EcsService, aws: Aws) -> None:
    service.definition.status = "INACTIVE"

    assert await refused(Run(aws), command=DOWN) == "inactive-definition"


async def test_the_token_follows_from_what_would_be_done(sandbox: Sandbox, world: AwsWorld, aws: Aws) -> None:
    one, other = await planned(Run(aws), command=DOWN), await planned(Run(aws), command="true")
    await carried_out(sandbox, Run(aws), one)

    await Run(aws).write(other, other.units[0])

    first, second = (task.token for task in world.tasks)
    assert (len(first), first != second, started_by(one) == started_by(other)) == (64, True, True)
