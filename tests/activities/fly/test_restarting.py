"""Restarts at Fly: each machine once, one after the other; a newer start proves it."""

import contextlib

import pytest

from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.restart import Restart
from sandbox.faults import Fault, Trouble
from sandbox.fly.application import FlyApp
from sandbox.fly.machine import lend_to_someone_else
from sandbox.mischief import Breakage, Breaking, break_service
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still, Unavailable
from stanch.model.change import Kind, UndoKind
from tests.activities.contract.bench import Line
from tests.activities.fly.flying import carried_out, image_of, one_more, operations, planned, still_at_it


@pytest.fixture
def verb(fly: Fly, app: FlyApp, sandbox: Sandbox) -> Restart:
    for image in app.images.values():
        image.good = True
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.STUCK))
    return Restart(fly)


async def test_every_machine_that_runs_is_restarted_once(
    sandbox: Sandbox, app: FlyApp, verb: Restart
) -> None:
    still = one_more(app, image_of(app, 42))
    still.state = "stopped"

    change = await planned(verb)
    done = await carried_out(sandbox, verb, change)

    assert done == {machine.id for machine in app.standing() if machine is not still}
    assert operations(sandbox) == ["restart_machine"] * 2
    assert (change.kind, change.undo.kind, still.state) == (Kind.ACT, UndoKind.NONE, "stopped")


async def test_the_second_comes_only_when_the_first_is_healthy(
    sandbox: Sandbox, app: FlyApp, verb: Restart
) -> None:
    sandbox.pace.machine_checks = 90
    change, done = await planned(verb), set[str]()

    await still_at_it(verb, change, done, attempts=4)

    assert [machine.stuck for machine in app.standing()] == [False, True]
    await carried_out(sandbox, verb, change, done)
    assert [machine.stuck for machine in app.standing()] == [False, False]


async def test_where_nothing_runs_there_is_nothing_to_restart(app: FlyApp, verb: Restart) -> None:
    for machine in app.standing():
        machine.state = "stopped"

    with pytest.raises(PolicyError) as refused:
        await planned(verb)

    assert refused.value.rule == "nothing-to-restart"


async def test_nothing_is_restarted_while_somebody_deploys(app: FlyApp, verb: Restart) -> None:
    lend_to_someone_else(app.standing()[0])

    with pytest.raises(PolicyError) as refused:
        await planned(verb)

    assert refused.value.rule == "deployment-in-progress"


async def test_a_machine_that_started_since_planning_is_not_restarted_again(
    sandbox: Sandbox, app: FlyApp, verb: Restart
) -> None:
    change = await planned(verb)
    first, second = app.standing()
    first.stuck = False
    first.record("start", "started")

    assert await carried_out(sandbox, verb, change) == {second.id}


async def test_a_machine_that_starts_between_look_and_lease_is_not_restarted(
    sandbox: Sandbox, app: FlyApp, line: Line, verb: Restart
) -> None:
    change = await planned(verb)
    first = app.standing()[0]
    line.before(1, lambda: first.record("start", "started"))

    with contextlib.suppress(Still):
        await converge(verb, change, set())

    assert operations(sandbox) == []


async def test_a_restart_under_way_whose_answer_was_lost_is_not_asked_for_again(
    sandbox: Sandbox, verb: Restart
) -> None:
    sandbox.pace.machine_state = 20
    change = await planned(verb)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="/restart$"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["restart_machine"] * 2


async def test_a_start_that_is_no_longer_listed_is_not_taken_for_a_restart(
    sandbox: Sandbox, app: FlyApp, verb: Restart
) -> None:
    change = await planned(verb)
    first = app.standing()[0]
    for _ in range(10):
        first.record("cordon", "cordoned")

    done = await carried_out(sandbox, verb, change)

    assert done == {machine.id for machine in app.standing()}


async def test_a_machine_that_fails_stops_the_restarts_before_the_next(
    sandbox: Sandbox, app: FlyApp, verb: Restart
) -> None:
    change, done = await planned(verb), set[str]()
    await still_at_it(verb, change, done, attempts=1)
    first = app.standing()[0]
    first.state = "failed"
    first.timetable.clear()

    with pytest.raises(Rejected, match=f"{first.id} is failed"):
        await converge(verb, change, done)

    assert operations(sandbox) == ["restart_machine"]


async def test_a_machine_that_is_gone_makes_the_plan_stale(
    sandbox: Sandbox, app: FlyApp, verb: Restart
) -> None:
    change = await planned(verb)
    app.standing()[1].state = "destroyed"

    with pytest.raises(Moved, match="no longer exists"):
        await converge(verb, change, set())

    assert operations(sandbox) == []
