"""Fly's own locks: leases, and the version that an update was made from."""

from datetime import timedelta

import pytest

from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.roll_back import RollBack
from sandbox.fly.application import FlyApp
from sandbox.fly.leases import lend
from sandbox.fly.machine import lend_to_someone_else
from sandbox.world import Sandbox
from stanch.errors import Conflict, Moved
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT, MARKER
from tests.activities.fly.flying import carried_out, deploy, operations, planned

UPDATE = r"/machines/\w+$"


@pytest.fixture
def verb(fly: Fly) -> RollBack:
    return RollBack(fly)


async def test_a_version_that_went_stale_in_between_is_looked_at_again(
    sandbox: Sandbox, app: FlyApp, line: Line, verb: RollBack
) -> None:
    change, machine = await planned(verb), app.standing()[0]
    line.before(2, lambda: machine.take_config({**machine.config, "env": {"A": "1"}}, "01NEWER"))
    with pytest.raises(Conflict, match="current_version"):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["update_machine"] * 2
    assert machine.config["env"] == {"A": "1"}


async def test_what_somebody_deploys_between_look_and_lease_is_left_alone(
    sandbox: Sandbox, app: FlyApp, line: Line, verb: RollBack
) -> None:
    change, machine = await planned(verb), app.standing()[0]
    theirs = app.image().ref
    line.before(1, lambda: deploy(machine, theirs))

    with pytest.raises(Moved, match=theirs):
        await converge(verb, change, set())

    assert (operations(sandbox), machine.config["image"]) == ([], theirs)


async def test_a_lease_that_we_left_behind_is_taken_up_again(
    sandbox: Sandbox, app: FlyApp, verb: RollBack
) -> None:
    change = await planned(verb)
    for machine in app.standing():
        lend(machine, 120, MARKER)

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["update_machine"] * 2
    assert [machine.lease for machine in app.standing()] == [None, None]
    assert sandbox.clock.now() < AT + timedelta(minutes=1)


async def test_somebody_elses_lease_is_waited_for(sandbox: Sandbox, app: FlyApp, verb: RollBack) -> None:
    change = await planned(verb)
    lend_to_someone_else(app.standing()[0], ttl=60)
    with pytest.raises(Conflict, match=r"ana@team\.example"):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)

    assert sandbox.clock.now() >= AT + timedelta(minutes=1)
    assert operations(sandbox) == ["update_machine"] * 2


async def test_a_lease_that_ran_out_while_we_wrote_is_no_trouble(
    sandbox: Sandbox, line: Line, verb: RollBack
) -> None:
    change = await planned(verb)
    line.before(3, lambda: sandbox.pass_time(timedelta(minutes=3)))

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["update_machine"] * 2
