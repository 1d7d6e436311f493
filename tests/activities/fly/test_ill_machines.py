"""Machines that crash, are away or nobody's to touch, and an API that is ill in parts."""

from datetime import timedelta
from typing import Any

import pytest

from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.restart import Restart
from activities.fly.roll_back import RollBack
from activities.fly.scale import Scale
from activities.fly.set_config import SetConfig
from sandbox.faults import Fault
from sandbox.fly.application import FlyApp
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Still, Unavailable
from tests.activities.fly.cases import BACKEND
from tests.activities.fly.flying import carried_out, image_of, images_of, one_more, operations, planned

GRAPHQL = "/fly/graphql"
ONE = r"/machines/\w+$"
LEASE = "/lease$"


def ill(*, code: str = "") -> Fault:
    """GraphQL refuses in the body of a good answer."""
    error = {"message": "Something went wrong", "extensions": {"code": code} if code else {}}
    return Fault(status=200, path=GRAPHQL, times=None, body={"errors": [error]})


def well(app: FlyApp) -> None:
    """Whatever runs, runs well."""
    for image in app.images.values():
        image.good = True


def states(app: FlyApp) -> list[str]:
    return [machine.state for machine in app.standing()]


# A crash is not a wish


@pytest.mark.parametrize("again", [True, False])
async def test_a_machine_that_crashed_is_started_on_the_good_image(
    sandbox: Sandbox, app: FlyApp, fly: Fly, *, again: bool
) -> None:
    for machine in app.standing():
        machine.crash(again=again)
    verb = RollBack(fly)

    await carried_out(sandbox, verb, await planned(verb))

    assert set(images_of(app)) == {image_of(app, 41)}
    assert states(app) == ["started", "started"]
    assert [effect.detail["skip_launch"] for effect in sandbox.ledger.effects()] == [False, False]


async def test_a_machine_that_crashes_on_the_image_gone_back_to_is_the_last_that_is_taken(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    app.images[image_of(app, 41)].crashes = True
    verb = RollBack(fly)

    with pytest.raises(Rejected, match=r"has crashed on .* and does not start again"):
        await carried_out(sandbox, verb, await planned(verb))

    assert operations(sandbox) == ["update_machine"]
    assert states(app) == ["stopped", "started"]


async def test_a_way_back_to_an_image_that_crashes_only_has_to_stand(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    app.images[image_of(app, 42)].crashes = True

    await carried_out(sandbox, verb, change.undone())

    assert set(images_of(app)) == {image_of(app, 42)}


async def test_a_machine_between_two_of_its_crashes_has_not_settled(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    done: set[str] = set()
    first = app.standing()[0]
    while first.config["image"] != image_of(app, 41):
        with pytest.raises(Still):
            await converge(verb, change, done)
    sandbox.pass_time(timedelta(seconds=sandbox.pace.machine_state))
    first.observe()

    first.crash(again=True)
    first.timetable.clear()

    with pytest.raises(Still, match="it crashed and starts again"):
        await converge(verb, change, done)
    assert operations(sandbox) == ["update_machine"]


async def test_what_crashed_is_started_by_a_restart_and_what_is_to_stand_still_is_not(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    well(app)
    crashed, still = app.standing()
    crashed.crash()
    still.state = "stopped"
    verb = Restart(fly)

    await carried_out(sandbox, verb, await planned(verb))

    assert operations(sandbox) == ["start_machine"]
    assert states(app) == ["started", "stopped"]


async def test_a_restart_that_ends_in_a_crash_stops_before_the_next(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    for machine in app.standing():
        machine.crashes = True
    verb = Restart(fly)

    with pytest.raises(Rejected, match="has crashed"):
        await carried_out(sandbox, verb, await planned(verb))

    assert operations(sandbox) == ["restart_machine"]


async def test_a_new_machine_that_crashes_is_not_there(sandbox: Sandbox, app: FlyApp, fly: Fly) -> None:
    app.images[image_of(app, 42)].crashes = True
    verb = Scale(fly)

    with pytest.raises(Rejected, match="has crashed"):
        await carried_out(sandbox, verb, await planned(verb, count=3))


# A host that does not answer


async def test_a_machine_whose_host_is_away_holds_up_no_other_and_is_named(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    away, here = app.standing()
    away.host_answers = False
    verb = RollBack(fly)

    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    assert [unit.id for unit in change.units] == [here.id]
    assert f"machine {away.id} stays as it is: its host does not answer" in change.effects
    assert images_of(app) == [image_of(app, 42), image_of(app, 41)]


async def test_a_machine_that_comes_back_with_the_old_image_is_no_newcomer(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    away = app.standing()[0]
    away.host_answers = False
    verb = RollBack(fly)
    change = await planned(verb)

    away.host_answers = True

    await carried_out(sandbox, verb, change)
    assert images_of(app) == [image_of(app, 42), image_of(app, 41)]


async def test_a_machine_whose_host_is_away_keeps_its_process_group(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    worker = one_more(app, image_of(app, 42), group="worker")
    worker.host_answers = False
    target = BACKEND.model_copy(update={"at": {**BACKEND.at, "process_group": "worker"}})

    with pytest.raises(PolicyError, match="on a host that answers"):
        await planned(RollBack(fly), target)


@pytest.mark.parametrize("arguments", [{"count": 3}, {"size": "shared-cpu-2x"}], ids=str)
async def test_what_its_host_does_not_tell_whole_is_neither_copied_nor_resized(
    sandbox: Sandbox, app: FlyApp, fly: Fly, arguments: dict[str, Any]
) -> None:
    well(app)
    away, here = app.standing()
    away.host_answers = False
    verb = Scale(fly)

    change = await planned(verb, largest_size="shared-cpu-2x", **arguments)
    await carried_out(sandbox, verb, change)

    assert any("its host does not answer" in effect for effect in change.effects)
    assert {unit.to.get("copy_of", unit.id) for unit in change.units if isinstance(unit.to, dict)} == {
        here.id
    }


async def test_only_what_can_be_reached_is_restarted(sandbox: Sandbox, app: FlyApp, fly: Fly) -> None:
    away, here = app.standing()
    away.host_answers = False
    verb = Restart(fly)

    change = await planned(verb)

    assert [unit.id for unit in change.units] == [here.id]
    assert any(f"machine {away.id} stays" in effect for effect in change.effects)


async def test_a_variable_is_set_on_the_machines_that_can_be_reached(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    well(app)
    away, here = app.standing()
    away.host_answers = False
    verb = SetConfig(fly)

    change = await planned(verb, key="LIMIT", value=1000)
    await carried_out(sandbox, verb, change)

    assert [machine.config["env"].get("LIMIT") for machine in (away, here)] == [None, "1000"]
    assert any(f"machine {away.id} stays" in effect for effect in change.effects)


async def test_a_machine_of_which_nothing_is_known_is_named_all_the_same(app: FlyApp, fly: Fly) -> None:
    away, here = app.standing()
    away.host_answers = away.is_remembered = False

    change = await planned(RollBack(fly))

    assert [unit.id for unit in change.units] == [here.id]
    assert any(f"machine {away.id} stays" in effect for effect in change.effects)


async def test_a_host_that_goes_away_meanwhile_is_nobodys_change(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    well(app)
    verb = SetConfig(fly)
    change = await planned(verb, key="LIMIT", value=1000)
    app.standing()[0].host_answers = app.standing()[0].is_remembered = False

    with pytest.raises(Still, match="its host does not answer"):
        await converge(verb, change, set())


# Machines that are nobody's to touch


async def test_what_somebody_runs_by_hand_beside_the_app_is_left_alone(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    deployed = [machine.id for machine in app.standing()]
    by_hand = one_more(app, "docker-hub-mirror.fly.io/library/redis:7", metadata={})

    plans = [await planned(RollBack(fly)), await planned(Restart(fly)), await planned(Scale(fly), count=3)]

    assert [[unit.id for unit in change.units] for change in plans[:2]] == [deployed] * 2
    assert "from 2 to 3 machines" in plans[2].summary
    assert by_hand.id not in str(plans)


async def test_what_runs_by_a_schedule_is_left_to_its_schedule(app: FlyApp, fly: Fly) -> None:
    nightly = one_more(app, image_of(app, 42), schedule="daily")

    change = await planned(Restart(fly))

    assert nightly.id not in {unit.id for unit in change.units}


async def test_an_app_that_flyctl_never_deployed_is_all_its_machines(app: FlyApp, fly: Fly) -> None:
    for machine in app.standing():
        machine.config = {**machine.config, "metadata": {}}

    change = await planned(Restart(fly))

    assert [unit.id for unit in change.units] == [machine.id for machine in app.standing()]


async def test_a_console_beside_machines_that_flyctl_never_deployed_hides_none_of_them(
    app: FlyApp, fly: Fly
) -> None:
    deployed = app.standing()
    for machine in deployed:
        machine.config = {**machine.config, "metadata": {}}
    one_more(app, image_of(app, 42), group="fly_app_console")

    change = await planned(Restart(fly))

    assert [unit.id for unit in change.units] == [machine.id for machine in deployed]


async def test_of_several_process_groups_one_has_to_be_named_for_more_machines(app: FlyApp, fly: Fly) -> None:
    one_more(app, image_of(app, 42), group="worker")

    with pytest.raises(PolicyError, match="process groups app, worker: name one") as refused:
        await planned(Scale(fly), count=4)

    assert refused.value.rule == "ambiguous"


async def test_a_machine_that_nobody_has_started_is_updated_and_stays_so(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    made = app.standing()[0]
    made.state = "created"
    verb = RollBack(fly)

    await carried_out(sandbox, verb, await planned(verb))

    assert states(app) == ["stopped", "started"]


async def test_a_machine_that_was_stopped_since_planning_is_not_started_by_a_restart(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    well(app)
    verb = Restart(fly)
    change = await planned(verb)
    app.standing()[0].state = "stopped"

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["restart_machine"]
    assert states(app) == ["stopped", "started"]


# An API that is ill in parts


async def test_a_lease_that_cannot_be_given_back_undoes_nothing_that_was_done(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    refused = {"error": "invalid machine ID"}
    sandbox.order(Fault(status=400, method="DELETE", path=LEASE, times=None, body=refused))
    verb = RollBack(fly)

    await carried_out(sandbox, verb, await planned(verb))

    assert set(images_of(app)) == {image_of(app, 41)}


async def test_a_machine_that_is_listed_and_not_found_is_asked_for_again(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    sandbox.order(Fault(status=404, method="GET", path=ONE, body={"error": "machine not found"}))
    done: set[str] = set()

    with pytest.raises(Unavailable, match="is listed and not found"):
        await converge(verb, change, done)

    await carried_out(sandbox, verb, change, done)
    assert set(images_of(app)) == {image_of(app, 41)}


NO_ROOM = {"error": "could not reserve resource for your machine: insufficient memory available"}
QUOTA = {"error": "You are over the allowed quota of machines"}


@pytest.mark.parametrize(("status", "body"), [(409, NO_ROOM), (412, NO_ROOM), (403, QUOTA)], ids=str)
async def test_want_of_room_and_of_quota_is_final_and_no_matter_of_the_credential(
    sandbox: Sandbox, app: FlyApp, fly: Fly, status: int, body: dict[str, str]
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    sandbox.order(Fault(status=status, method="POST", path=ONE, times=None, body=body))

    with pytest.raises(Rejected, match=body["error"]) as refused:
        await carried_out(sandbox, verb, change)

    assert type(refused.value) is Rejected


@pytest.mark.parametrize(
    "said", ["machine getting replaced, refusing to start", "machine still attempting to start"]
)
async def test_what_is_busy_for_a_moment_is_asked_again(
    sandbox: Sandbox, app: FlyApp, fly: Fly, said: str
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    sandbox.order(Fault(status=412, method="POST", path=ONE, body={"error": said}))

    await carried_out(sandbox, verb, change)

    assert set(images_of(app)) == {image_of(app, 41)}


async def test_a_restart_goes_without_graphql(sandbox: Sandbox, app: FlyApp, fly: Fly) -> None:
    well(app)
    sandbox.order(Fault(status=503, path=GRAPHQL, times=None))
    verb = Restart(fly)

    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    assert any("releases cannot be read now" in effect for effect in change.effects)
    assert operations(sandbox) == ["restart_machine"] * len(app.standing())


@pytest.mark.parametrize("code", ["", "INTERNAL_SERVER_ERROR"])
async def test_an_error_of_graphql_that_says_nothing_of_the_question_may_pass(
    sandbox: Sandbox, fly: Fly, code: str
) -> None:
    sandbox.order(ill(code=code))

    with pytest.raises(Unavailable, match="Something went wrong"):
        await planned(RollBack(fly))


async def test_an_error_of_graphql_about_the_question_is_final(sandbox: Sandbox, fly: Fly) -> None:
    sandbox.order(ill(code="NOT_FOUND"))

    with pytest.raises(Rejected):
        await planned(RollBack(fly))
