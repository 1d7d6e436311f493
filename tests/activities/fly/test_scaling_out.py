"""More machines at Fly: at least so many, within the cap, each a copy of a peer."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.scale import Scale, ScaleArguments
from sandbox.faults import Fault
from sandbox.fly.application import FlyApp
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Still
from stanch.model.change import Target
from tests.activities.contract.case import MARKER
from tests.activities.fly.flying import carried_out, image_of, one_more, operations, planned, still_at_it


@pytest.fixture
def verb(fly: Fly, app: FlyApp) -> Scale:
    for image in app.images.values():
        image.good = True
    return Scale(fly)


def names(app: FlyApp) -> list[str]:
    return [machine.name for machine in app.standing()]


@pytest.mark.parametrize("count", [3, {"at_least": 3}])
async def test_a_number_means_at_least_so_many(verb: Scale, count: Any) -> None:
    change = await planned(verb, count=count)

    assert len(change.units) == 1
    assert change.summary == "scale slurpy-backend from 2 to 3 machines"
    assert (change.settings["count"], change.limits) == (2, {"max_count": 4})


@pytest.mark.parametrize("count", [1, 2])
async def test_where_there_are_more_already_nothing_is_to_do_and_nobody_is_told_of_fewer(
    verb: Scale, count: int
) -> None:
    change = await planned(verb, count=count)

    assert (change.units, change.nothing_to_do) == ((), f"2 machines run, {count} wanted")
    assert change.summary == "scale slurpy-backend from 2 to 2 machines"


async def test_the_limit_caps_what_is_wanted(verb: Scale) -> None:
    change = await planned(verb, count=9, max_count=3)

    assert len(change.units) == 1
    assert change.because == "2 machines run; 9 wanted, at most 3 allowed"


@pytest.mark.parametrize("cap", [1, 2])
async def test_at_the_limit_nothing_is_to_do_and_it_says_why(verb: Scale, cap: int) -> None:
    change = await planned(verb, count=9, max_count=cap)

    assert change.units == ()
    assert change.nothing_to_do == f"2 machines run and the limit is {cap}: cap reached"


async def test_what_is_wanted_may_follow_from_what_is_there(verb: Scale) -> None:
    change = await planned(verb, templates={"count": "${was.count + 1}"})

    assert len(change.units) == 1


async def test_without_a_machine_there_is_nothing_to_copy(app: FlyApp, verb: Scale) -> None:
    app.machines.clear()

    with pytest.raises(PolicyError) as refused:
        await planned(verb, count=3)

    assert refused.value.rule == "nothing-to-scale"


async def test_a_new_machine_is_a_copy_of_one_that_runs(sandbox: Sandbox, app: FlyApp, verb: Scale) -> None:
    still, peer = app.standing()
    still.state, peer.region = "stopped", "fra"
    peer.config = {**peer.config, "env": {"LOG_LEVEL": "debug"}}
    change = await planned(verb, count=3)

    await carried_out(sandbox, verb, change)

    made = app.standing()[-1]
    assert made.config == {
        **peer.config,
        "metadata": {**peer.config["metadata"], "stanch_change": MARKER},
    }
    assert (made.group, made.region, made.state) == ("app", "fra", "started")


async def test_new_machines_are_named_after_their_incident_in_words_that_a_host_may_have(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    change = await planned(verb, count=4)

    await carried_out(sandbox, verb, change)

    assert names(app)[2:] == ["inc-20261121-7k3qxm-1-1-1", "inc-20261121-7k3qxm-1-1-2"]
    assert all(re.fullmatch(r"[a-z0-9-]{1,63}", name) for name in names(app))


async def test_machines_with_a_volume_each_are_not_copied(app: FlyApp, verb: Scale) -> None:
    app.volumes.append({"id": "vol_1", "name": "data"})
    for machine in app.standing():
        machine.config = {**machine.config, "mounts": [{"volume": "vol_1", "path": "/data"}]}

    with pytest.raises(PolicyError) as refused:
        await planned(verb, count=3)

    assert refused.value.rule == "needs-volume"
    assert (await planned(verb, count=2)).nothing_to_do


async def test_only_the_machines_of_the_process_group_count(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    one_more(app, image_of(app, 42), "worker")
    target = Target(provider="fly", name="slurpy-backend", at={"process_group": "worker"})

    change = await planned(verb, target, count=2)
    await carried_out(sandbox, verb, change)

    assert len(change.units) == 1
    assert [machine.group for machine in app.standing()] == ["app", "app", "worker", "worker"]


async def test_the_next_machine_comes_only_when_the_one_before_is_healthy(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    sandbox.pace.machine_checks = 90
    change, done = await planned(verb, count=4), set[str]()

    await still_at_it(verb, change, done, attempts=4)

    assert operations(sandbox) == ["create_machine"]
    assert await carried_out(sandbox, verb, change, done) == {unit.id for unit in change.units}


async def test_a_machine_that_is_created_and_not_started_yet_is_waited_for(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    change = await planned(verb, count=3)
    await converge_to_still(verb, change)
    made = app.standing()[-1]
    made.state = "created"
    made.timetable.set_out((60, "started"))

    await still_at_it(verb, change, set(), attempts=1)

    await carried_out(sandbox, verb, change)
    assert made.state == "started"


async def converge_to_still(verb: Scale, change: Any) -> None:
    with pytest.raises(Still):
        await converge(verb, change, set())


async def test_a_machine_that_does_not_come_up_stops_the_change_before_the_next(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    change = await planned(verb, count=4)
    await converge_to_still(verb, change)
    made = app.standing()[-1]
    made.state = "failed"
    made.timetable.clear()

    with pytest.raises(Rejected, match=f"{made.id} is failed"):
        await converge(verb, change, set())

    assert operations(sandbox) == ["create_machine"]


@pytest.mark.parametrize("status", [409, 422])
async def test_a_name_that_is_taken_means_that_it_was_made_just_now(
    sandbox: Sandbox, verb: Scale, status: int
) -> None:
    change = await planned(verb, count=3)
    body = {"error": "name_taken: name has already been taken"}
    sandbox.order(Fault(status=status, method="POST", path="/machines$", body=body))

    done = await carried_out(sandbox, verb, change)

    assert done == {unit.id for unit in change.units}
    assert operations(sandbox) == ["create_machine"]


async def test_without_room_for_another_machine_it_is_said(sandbox: Sandbox, verb: Scale) -> None:
    change = await planned(verb, count=3)
    body = {"error": "insufficient resources to create a new machine"}
    sandbox.order(Fault(status=422, method="POST", path="/machines$", body=body))

    with pytest.raises(Rejected, match="insufficient resources"):
        await converge(verb, change, set())


async def test_the_undo_removes_exactly_our_machines(sandbox: Sandbox, app: FlyApp, verb: Scale) -> None:
    before = names(app)
    change = await planned(verb, count=4)
    await carried_out(sandbox, verb, change)
    theirs = one_more(app, image_of(app, 42))

    await carried_out(sandbox, verb, change.undone())

    assert names(app) == [*before, theirs.name]


async def test_a_machine_is_out_of_traffic_before_it_goes(sandbox: Sandbox, verb: Scale) -> None:
    change = await planned(verb, count=3)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert operations(sandbox)[1:] == ["cordon_machine", "stop_machine", "delete_machine"]


async def test_an_undo_finds_a_machine_that_somebody_took_away_already(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    change = await planned(verb, count=3)
    await carried_out(sandbox, verb, change)
    app.standing()[-1].state = "destroyed"

    assert await carried_out(sandbox, verb, change.undone()) == set()


@pytest.mark.parametrize(
    "written", [{}, {"count": 2, "size": "shared-cpu-2x"}, {"count": 0}, {"size": "huge"}]
)
def test_exactly_one_of_count_and_size_is_given(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ScaleArguments.model_validate(written)
