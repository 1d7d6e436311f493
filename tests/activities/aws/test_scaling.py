"""More tasks, and auto scaling that leaves them there."""

from datetime import timedelta
from typing import Any

import pytest

from activities.aws.client import Aws
from activities.aws.scale import Scale, ScaleArguments
from sandbox.aws.rollouts import EcsService
from sandbox.world import Sandbox
from stanch.model.change import UndoKind
from tests.activities.aws.doing import carried_out, operations, planned, refused


def quick(sandbox: Sandbox, service: EcsService, **bounds: int) -> None:
    """Auto scaling would rather have two tasks, and acts at once."""
    sandbox.pace.rescale = 1
    service.bounds, service.wanted_by_alarms = bounds, 2


async def test_without_its_minimum_auto_scaling_would_take_the_tasks_away_again(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    quick(sandbox, service, min=1, max=10)
    service.desired = 4
    service.observe()
    sandbox.pass_time(timedelta(seconds=5))
    service.observe()
    assert service.desired == 2

    change = await planned(Scale(aws), count=4)
    await carried_out(sandbox, Scale(aws), change)
    service.observe()
    sandbox.pass_time(timedelta(minutes=5))
    service.observe()

    assert (service.desired, service.bounds) == (4, {"min": 4, "max": 10})
    assert any("minimum of auto scaling" in effect for effect in change.effects)


async def test_a_maximum_below_the_wish_is_raised_and_put_back(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    quick(sandbox, service, min=1, max=3)
    change = await planned(Scale(aws), count=4)
    await carried_out(sandbox, Scale(aws), change)
    assert service.bounds == {"min": 4, "max": 4}

    await carried_out(sandbox, Scale(aws), change.undone())

    assert (service.desired, service.bounds) == (2, {"min": 1, "max": 3})
    assert change.undo.kind is UndoKind.RESTORES


async def test_a_service_without_auto_scaling_only_gets_its_count(
    sandbox: Sandbox, service: EcsService, aws: Aws
) -> None:
    change = await planned(Scale(aws), count={"at_least": 3})

    await carried_out(sandbox, Scale(aws), change)

    assert (service.desired, operations(sandbox)) == (3, ["set_desired_count"])


async def test_more_than_the_limit_is_capped(service: EcsService, aws: Aws) -> None:
    change = await planned(Scale(aws), count=40, max_count=5)

    assert [(unit.was, unit.to) for unit in change.units] == [(2, 5)]
    assert change.limits == {"max_count": 5}


async def test_at_the_limit_there_is_nothing_to_do(service: EcsService, aws: Aws) -> None:
    service.desired = 4

    change = await planned(Scale(aws), count=9, max_count=4)

    assert (change.units, "cap reached" in change.nothing_to_do) == ((), True)


async def test_never_fewer(service: EcsService, aws: Aws) -> None:
    service.desired = 6

    change = await planned(Scale(aws), count=3)

    assert change.units == ()


async def test_a_count_that_auto_scaling_may_take_back_gets_its_minimum(
    service: EcsService, aws: Aws
) -> None:
    service.desired, service.bounds = 6, {"min": 1, "max": 10}

    change = await planned(Scale(aws), count=3)

    assert [(unit.id, unit.to) for unit in change.units] == [("autoscaling", {"min": 3, "max": 10})]


async def test_more_than_wished_is_success(sandbox: Sandbox, service: EcsService, aws: Aws) -> None:
    change = await planned(Scale(aws), count=3)
    service.desired = 7

    await carried_out(sandbox, Scale(aws), change)

    assert (service.desired, operations(sandbox)) == (7, [])


async def test_a_daemon_has_no_count(service: EcsService, aws: Aws) -> None:
    service.strategy = "DAEMON"

    assert await refused(Scale(aws), count=3) == "daemon"


@pytest.mark.parametrize("count", [0, 1001, {"at_most": 3}])
def test_a_count_is_between_one_and_a_thousand(count: Any) -> None:
    with pytest.raises(ValueError, match="count"):
        ScaleArguments(count=count)
