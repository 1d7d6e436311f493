"""A new revision of what a service runs: one variable, or a larger size, and nothing else."""

import pytest

from activities.aws import fargate
from activities.aws.client import Aws
from activities.aws.fargate import Size
from activities.aws.scale import Scale
from activities.aws.set_config import SetConfig
from activities.converging import converge
from sandbox.aws.rollouts import EcsService
from sandbox.aws.world import AwsWorld
from sandbox.faults import Fault, Trouble
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Unavailable
from tests.activities.aws.doing import carried_out, planned, refused

KEY = "DB_POOL_MAX"


async def test_one_variable_changes_and_everything_else_of_the_task_definition_stays(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    service.definition.environment = {KEY: "10", "LOG": "info"}
    service.definition.secrets = {"TOKEN": "/api/token"}
    before = service.definition.body()

    await carried_out(sandbox, SetConfig(aws), await planned(SetConfig(aws), key=KEY, value=20))

    after = service.definition.body()
    (was,), (now,) = before["containerDefinitions"], after["containerDefinitions"]
    assert service.definition.environment == {KEY: "20", "LOG": "info"}
    assert {**now, "environment": was["environment"]} == was
    assert {name for name in after if after[name] != before[name]} == {
        "taskDefinitionArn", "revision", "containerDefinitions",
    }  # fmt: skip


async def test_a_revision_whose_answer_was_lost_is_found_by_its_tag(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    change = await planned(SetConfig(aws), key=KEY, value=20)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="RegisterTaskDefinition"))
    with pytest.raises(Unavailable):
        await converge(SetConfig(aws), change, set())

    await carried_out(sandbox, SetConfig(aws), change)

    assert [one.revision for one in service.definitions.values()] == [39, 40, 41, 42, 43]


async def test_a_revision_that_ecs_gave_up_is_not_deployed_again(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    service.breaker = service.rolls_back = True
    change = await planned(SetConfig(aws), key=KEY, value=20)
    service.definition.starts = False

    with pytest.raises(Rejected, match="the deployment of api:43 ended"):
        await carried_out(sandbox, SetConfig(aws), change)


async def test_what_comes_from_a_store_of_secrets_is_no_variable(service: EcsService, aws: Aws) -> None:
    service.definition.secrets = {"FLAVOUR": "/api/flavour"}

    assert await refused(SetConfig(aws), key="FLAVOUR", value="x") == "holds-a-secret"
    assert await refused(SetConfig(aws), key="API_TOKEN", value="x") == "holds-a-secret"


async def test_nothing_is_revised_while_somebody_deploys(sandbox: Sandbox, world: AwsWorld, aws: Aws) -> None:
    sandbox.pace.rollout = 500
    world.deploy("api", in_progress=True)

    assert await refused(SetConfig(aws), key=KEY, value="x") == "deployment-in-progress"
    assert await refused(Scale(aws), size="+1") == "deployment-in-progress"


@pytest.mark.parametrize(
    ("size", "allowed", "goal"),
    [
        ("+1", "", "1024/2048"),
        ("512/3072", "", "512/3072"),
        ("256/2048", "", "512/2048"),
        ("2048/8192", "1024/2048", "1024/2048"),
        ("512/1024", "", None),
        ("+1", "512/1024", None),
    ],
)
async def test_tasks_are_made_at_least_so_large_within_the_limit(
    aws: Aws, size: str, allowed: str, goal: str | None
) -> None:
    change = await planned(Scale(aws), size=size, largest_size=allowed)

    assert [(unit.was, unit.to) for unit in change.units] == ([("512/1024", goal)] if goal else [])
    assert change.units or change.nothing_to_do


async def test_one_task_more_is_one_more_than_are_wanted(service: EcsService, aws: Aws) -> None:
    service.desired = 3

    change = await planned(Scale(aws), count="+1")

    assert [(unit.was, unit.to) for unit in change.units] == [(3, 4)]


@pytest.mark.parametrize(
    ("size", "after"),
    [
        ((256, 512), (512, 1024)),
        ((512, 4096), (1024, 8192)),
        ((4096, 9216), (8192, 20480)),
        ((256, 2048), (512, 4096)),
        ((16384, 32768), (16384, 40960)),
    ],
)
def test_the_next_size_has_the_next_step_of_cpu(size: tuple[int, int], after: tuple[int, int]) -> None:
    assert fargate.after(Size(*size)) == after


@pytest.mark.parametrize("text", ["1024", "512/512", "large", "300/1024"])
def test_what_fargate_has_not_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="no size of Fargate's"):
        fargate.read(text)


def test_beyond_the_largest_there_is_nothing() -> None:
    assert fargate.after(Size(16384, 122880)) is None
