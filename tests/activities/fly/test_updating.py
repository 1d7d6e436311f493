"""How machines are updated at Fly: whole, under a lease, from the version looked at, one at a time."""

import pytest

from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.roll_back import RollBack
from sandbox.faults import Fault, Trouble
from sandbox.fly.application import FlyApp
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Unavailable
from tests.activities.contract.case import MARKER
from tests.activities.fly.flying import (
    carried_out,
    deploy,
    image_of,
    images_of,
    one_more,
    operations,
    planned,
    still_at_it,
)

UPDATE = r"/machines/\w+$"


@pytest.fixture
def verb(fly: Fly) -> RollBack:
    return RollBack(fly)


async def test_everything_but_the_image_and_the_marks_of_its_release_stays(
    sandbox: Sandbox, app: FlyApp, verb: RollBack
) -> None:
    machine = app.standing()[0]
    machine.config = {
        **machine.config,
        "env": {"LOG_LEVEL": "debug"},
        "mounts": [],
        "stop_config": {"timeout": "30s"},
        "metadata": {**machine.config["metadata"], "team": "ours"},
    }
    was = machine.config

    await carried_out(sandbox, verb, await planned(verb))

    release = next(one for one in app.releases if one.version == 41)
    marks = {"fly_release_id": release.id, "fly_release_version": "41", "stanch_change": MARKER}
    assert machine.config == {**was, "image": release.image_ref, "metadata": {**was["metadata"], **marks}}


@pytest.mark.parametrize("marked", [True, False])
async def test_the_undo_gives_back_the_marks_of_the_release_before(
    sandbox: Sandbox, app: FlyApp, verb: RollBack, *, marked: bool
) -> None:
    app.deploy(image_of(app, 42), reason="SECRETS", description="Set secrets")
    if not marked:
        for machine in app.standing():
            machine.config = {**machine.config, "metadata": {"fly_process_group": "app"}}
    was = [machine.config for machine in app.standing()]
    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    mark = {"stanch_change": f"{MARKER}-undo"}
    assert [machine.config for machine in app.standing()] == [
        {**config, "metadata": {**config["metadata"], **mark}} for config in was
    ]


@pytest.mark.parametrize("state", ["stopped", "suspended"])
async def test_a_machine_that_stands_still_is_not_started(
    sandbox: Sandbox, app: FlyApp, verb: RollBack, state: str
) -> None:
    still, running = app.standing()
    still.state = state

    await carried_out(sandbox, verb, await planned(verb))

    assert set(images_of(app)) == {image_of(app, 41)}
    assert (still.state, running.state) == ("stopped", "started")
    assert [effect.detail["skip_launch"] for effect in sandbox.ledger.effects()] == [True, False]


async def test_the_next_machine_comes_only_when_the_one_before_is_healthy(
    sandbox: Sandbox, verb: RollBack
) -> None:
    sandbox.pace.machine_checks = 90
    change, done = await planned(verb), set[str]()

    await still_at_it(verb, change, done, attempts=4)

    assert operations(sandbox) == ["update_machine"]
    await carried_out(sandbox, verb, change, done)
    assert operations(sandbox) == ["update_machine"] * 2


async def test_a_machine_that_we_updated_is_known_as_ours_though_the_answer_was_lost(
    sandbox: Sandbox, verb: RollBack
) -> None:
    sandbox.pace.machine_checks = 90
    change = await planned(verb)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST", path=UPDATE))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())

    await still_at_it(verb, change, set(), attempts=4)

    assert operations(sandbox) == ["update_machine"]


async def test_a_machine_that_somebody_else_brought_there_only_has_to_stand(
    sandbox: Sandbox, app: FlyApp, verb: RollBack
) -> None:
    change = await planned(verb)
    theirs, ours = app.standing()
    deploy(theirs, image_of(app, 41))
    theirs.stuck = True

    done = await carried_out(sandbox, verb, change)

    assert done == {ours.id}


async def test_going_back_to_a_sick_image_only_has_to_stand(
    sandbox: Sandbox, app: FlyApp, verb: RollBack
) -> None:
    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    done = await carried_out(sandbox, verb, change.undone())

    assert len(done) == 2
    assert set(images_of(app)) == {image_of(app, 42)}


@pytest.mark.parametrize("state", ["failed", "launch_failed"])
async def test_a_machine_that_fails_on_the_image_stops_the_change_before_the_next(
    sandbox: Sandbox, app: FlyApp, verb: RollBack, state: str
) -> None:
    change, done = await planned(verb), set[str]()
    await still_at_it(verb, change, done, attempts=1)
    first, second = app.standing()
    first.state = state
    first.timetable.clear()

    with pytest.raises(Rejected, match=f"{first.id} is {state}"):
        await converge(verb, change, done)

    assert second.config["image"] == image_of(app, 42)


async def test_an_image_that_vanished_since_planning_touches_no_machine(
    sandbox: Sandbox, app: FlyApp, verb: RollBack
) -> None:
    change = await planned(verb)
    app.images[image_of(app, 41)].pruned = True

    with pytest.raises(Rejected, match="could not find image"):
        await converge(verb, change, set())

    assert operations(sandbox) == []
    assert [machine.lease for machine in app.standing()] == [None, None]


@pytest.mark.parametrize("newcomer", ["bad", "other"])
async def test_a_machine_that_appears_on_the_image_that_is_left_makes_the_plan_stale(
    sandbox: Sandbox, app: FlyApp, verb: RollBack, newcomer: str
) -> None:
    change = await planned(verb)
    one_more(app, image_of(app, 42) if newcomer == "bad" else app.image().ref)

    if newcomer == "other":
        await carried_out(sandbox, verb, change)
        return
    with pytest.raises(PolicyError) as refused:
        await converge(verb, change, set())

    assert (refused.value.rule, operations(sandbox)) == ("target-grew", [])


async def test_a_machine_that_was_there_already_does_not_stand_in_the_way_of_the_undo(
    sandbox: Sandbox, app: FlyApp, verb: RollBack
) -> None:
    there = app.standing()[0]
    one_more(app, image_of(app, 42))
    deploy(there, image_of(app, 41))
    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert there.id not in {unit.id for unit in change.units}
    assert images_of(app) == [image_of(app, 41), image_of(app, 42), image_of(app, 42)]
