"""A command in a machine of its own."""

from datetime import timedelta

import pytest

from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.run import Run
from sandbox.faults import Fault, Trouble
from sandbox.fly.application import FlyApp
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Still, Unavailable
from stanch.model.verb import Approval
from tests.activities.contract.case import MARKER
from tests.activities.fly.flying import carried_out, planned

BACK = "bin/rails db:rollback"


async def test_a_command_is_done_when_its_machine_exited_with_0_and_is_gone(
    sandbox: Sandbox, fly: Fly, app: FlyApp
) -> None:
    verb, model = Run(fly), app.standing()[0]
    change = await planned(verb, command=BACK)

    with pytest.raises(Still, match=r"is (creat|start)"):
        await converge(verb, change, set())
    await carried_out(sandbox, verb, change)

    made = list(app.machines.values())[-1]
    assert (made.state, made.group, made.config["image"]) == (
        "destroyed",
        "fly_app_console",
        model.config["image"],
    )
    assert made.config["init"] == {"cmd": ["sh", "-c", BACK]}
    assert (made.config["restart"], made.config["auto_destroy"]) == ({"policy": "no"}, True)
    assert made.config["env"]["PORT"] == model.config["env"]["PORT"]
    assert made.config["env"]["STANCH_CHANGE"] == MARKER
    assert made.secrets == model.secrets
    assert not {"services", "checks", "mounts"} & made.config.keys()
    assert Run.spec.floor is Approval.TWO


async def test_a_command_that_ended_badly_says_its_code_and_where_its_output_is(
    sandbox: Sandbox, fly: Fly, app: FlyApp
) -> None:
    app.commands_end_with = 3
    change = await planned(Run(fly), command=BACK)

    with pytest.raises(Rejected, match=r"ended with 3; its output: fly logs --machine \w+ --app slurpy-back"):
        await carried_out(sandbox, Run(fly), change)


async def test_an_end_that_fly_does_not_tell_is_no_success_and_is_not_repeated(
    sandbox: Sandbox, fly: Fly, app: FlyApp
) -> None:
    change = await planned(Run(fly), command=BACK)
    await Run(fly).write(change, change.units[0])
    made = list(app.machines.values())[-1]
    made.timetable.clear()
    made.state = "destroyed"

    with pytest.raises(Rejected, match="is destroyed, and Fly does not say how it ended"):
        await converge(Run(fly), change, set())

    assert [effect.operation for effect in sandbox.ledger.effects()] == ["fly.create_machine"]


async def test_a_lost_answer_is_found_by_its_mark_also_when_the_machine_is_gone(
    sandbox: Sandbox, fly: Fly
) -> None:
    change = await planned(Run(fly), command=BACK)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST", path="/machines$"))
    with pytest.raises(Unavailable):
        await converge(Run(fly), change, set())
    sandbox.pass_time(timedelta(minutes=5))

    await carried_out(sandbox, Run(fly), change)

    assert [effect.operation for effect in sandbox.ledger.effects()] == ["fly.create_machine"]


async def test_an_earlier_release_s_image_runs_it_where_that_is_asked_for(fly: Fly, app: FlyApp) -> None:
    change = await planned(Run(fly), command=BACK, release="41")

    earlier = next(one for one in app.releases if one.version == 41)
    assert change.settings["image"] == earlier.image_ref
    assert change.summary.endswith("with the image of v41")


async def test_during_a_deployment_no_command_is_begun(fly: Fly, app: FlyApp) -> None:
    app.release(app.image(), status="running")

    with pytest.raises(PolicyError) as refused:
        await planned(Run(fly), command=BACK)

    assert refused.value.rule == "deployment-in-progress"


async def test_its_machine_is_none_of_the_app_s(sandbox: Sandbox, fly: Fly, app: FlyApp) -> None:
    change = await planned(Run(fly), command=BACK)
    await Run(fly).write(change, change.units[0])

    listed = await fly.machines(change.target)

    assert {one.id for one in listed} == {one.id for one in app.standing()}
