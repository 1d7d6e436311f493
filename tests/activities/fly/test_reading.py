"""What Fly can be asked: which release runs and whether it is suspect, and how its machines are."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from activities.fly.client import Fly
from activities.fly.readings import Machines, ReadMachines, ReadReleases
from activities.fly.roll_back import RollBack
from activities.portable.releases import Releases
from sandbox.fly.application import FlyApp
from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breakage, Breaking, break_service
from sandbox.world import Sandbox
from stanch.errors import Rejected
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.fly.cases import BACKEND
from tests.activities.fly.flying import carried_out, fly_of, image_of, one_more, planned

BAD_SINCE = AT - timedelta(minutes=5)


async def releases(fly: Fly, **facts: Any) -> Releases:
    return await ReadReleases(fly).read(
        Look(target=BACKEND, as_of=AT, **{"first_bad_at": BAD_SINCE, **facts})
    )


async def machines(fly: Fly, since: datetime | None = None, **arguments: Any) -> Machines:
    return await ReadMachines(fly).read(Look(target=BACKEND, as_of=AT, since=since, arguments=arguments))


async def test_a_release_that_finished_just_before_things_went_bad_is_suspect(app: FlyApp, fly: Fly) -> None:
    found = await releases(fly)

    assert (found.name, found.by, found.previous) == ("v42", "ana@team.example", "v41")
    assert (found.is_newest, found.newest, found.newest_failed) == (True, "v42", False)
    assert (found.finished_at, found.is_suspect) == (AT - timedelta(minutes=6), True)
    assert found.line() == "v42 by ana@team.example, suspect; before it v41"


@pytest.mark.parametrize("minutes", [-36, 7], ids=["bad before it", "bad long after it"])
async def test_a_release_is_not_suspect_when_things_went_bad_at_another_time(fly: Fly, minutes: int) -> None:
    found = await releases(fly, first_bad_at=AT - timedelta(minutes=minutes))

    assert not found.is_suspect


async def test_a_release_is_not_suspect_while_nobody_knows_since_when_things_are_bad(fly: Fly) -> None:
    found = await releases(fly, first_bad_at=None)

    assert not found.is_suspect


async def test_a_secret_that_was_set_since_clouds_the_suspicion(app: FlyApp, fly: Fly) -> None:
    app.release(image_of(app, 42), reason="SECRETS")

    found = await releases(fly)

    assert (found.name, found.is_suspect) == ("v42", False)


async def test_nothing_is_suspect_while_the_next_is_being_deployed(sandbox: Sandbox, fly: Fly) -> None:
    sandbox.of(FlyWorld).deploy("slurpy-backend", in_progress=True)

    found = await releases(fly)

    assert (found.name, found.deploying, found.is_suspect) == ("v42", True, False)


async def test_the_first_release_has_nothing_before_it_and_is_not_suspect(app: FlyApp, fly: Fly) -> None:
    del app.releases[1:]

    found = await releases(fly)

    assert (found.previous, found.is_suspect) == (None, False)
    assert found.line().endswith("nothing before it")


async def test_what_we_went_back_from_ourselves_is_not_what_was_before(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    verb = RollBack(fly)
    await carried_out(sandbox, verb, await planned(verb))
    app.deploy(app.image(good=False))

    found = await releases(fly)

    assert (found.name, found.previous) == ("v43", "v41")


async def test_a_release_that_failed_is_not_what_runs(app: FlyApp, fly: Fly) -> None:
    app.release(app.image(), timedelta(minutes=2), status="failed")

    found = await releases(fly)

    assert (found.name, found.newest, found.newest_failed, found.is_newest) == ("v42", "v43", True, False)
    assert found.newest_at == AT - timedelta(minutes=2)
    assert found.line().endswith("; v43 failed")


async def test_a_secret_that_was_set_since_makes_no_newer_release(app: FlyApp, fly: Fly) -> None:
    app.release(image_of(app, 42), reason="SECRETS")

    found = await releases(fly)

    assert (found.newest, found.is_newest, found.newest_failed) == ("v42", True, False)


async def test_an_app_without_a_release_is_said(app: FlyApp, fly: Fly) -> None:
    app.releases.clear()

    with pytest.raises(Rejected, match="slurpy-backend has no release"):
        await releases(fly)


async def test_machines_are_counted_by_what_their_checks_say(app: FlyApp, fly: Fly) -> None:
    one_more(app, image_of(app, 41))
    one_more(app, image_of(app, 41)).state = "stopped"

    found = await machines(fly)

    assert (found.count, found.wanted, found.running, found.failing_copies) == (4, 3, 3, 2)
    assert (found.size, found.memory_mb, found.host_trouble) == ("shared-cpu-1x", 256, False)
    assert found.restarted_at is not None
    assert AT - found.restarted_at == pytest.approx(timedelta(minutes=6), abs=timedelta(seconds=1))
    assert found.line() == "3 of 3 machines run, 2 failing, shared-cpu-1x 256 MB"


async def test_machines_that_ran_out_of_memory_are_told(sandbox: Sandbox, fly: Fly) -> None:
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.MEMORY))

    found = await machines(fly)

    assert (found.memory_kills, found.restarts, found.is_cut) == (2, 2, False)
    assert "2 killed for memory, 2 restarts" in found.line()


async def test_machines_on_their_way_are_settling(app: FlyApp, fly: Fly) -> None:
    for machine in app.standing():
        machine.head_for("started", "replacing")

    found = await machines(fly)

    assert (found.running, found.is_down, found.settling) == (0, True, True)


async def test_an_app_without_machines_is_none_of_anything(app: FlyApp, fly: Fly) -> None:
    app.machines.clear()

    found = await machines(fly)

    assert (found.count, found.is_down, found.size, found.restarted_at) == (0, True, None, None)


async def test_machines_are_counted_page_by_page(sandbox: Sandbox, app: FlyApp) -> None:
    for _ in range(3):
        one_more(app, image_of(app, 41))

    assert (await machines(fly_of(sandbox, limit="2"))).count == 5


async def test_a_failed_attempt_since_clouds_the_suspicion_of_what_runs(app: FlyApp, fly: Fly) -> None:
    app.release("registry.fly.io/slurpy-backend:never-ran").status = "failed"

    found = await releases(fly)

    assert (found.name, found.is_suspect) == ("v42", False)


KILLED = {"exit_event": {"oom_killed": True, "exit_code": 137, "requested_stop": False}}


async def test_only_what_ended_in_the_asked_for_time_is_counted(app: FlyApp, fly: Fly) -> None:
    machine = app.standing()[0]
    machine.record("exit", "stopped", AT - timedelta(minutes=4), request=KILLED)
    machine.record("start", "started", AT - timedelta(minutes=3))
    machine.record("exit", "stopped", AT - timedelta(seconds=50), request={"exit_event": {"exit_code": 1}})

    found, shorter = await machines(fly, within="5m"), await machines(fly, within="2m")

    assert (found.memory_kills, found.restarts) == (1, 1)
    assert (shorter.memory_kills, shorter.restarts) == (0, 0)


async def test_what_ended_before_the_last_change_is_not_counted(app: FlyApp, fly: Fly) -> None:
    app.standing()[0].record("exit", "stopped", AT - timedelta(minutes=4), request=KILLED)

    found = await machines(fly, since=AT - timedelta(minutes=3), within="1h")

    assert found.memory_kills == 0


async def test_a_start_after_a_stop_that_somebody_asked_for_is_no_restart(app: FlyApp, fly: Fly) -> None:
    machine = app.standing()[0]
    machine.record("exit", "stopped", AT, request={"exit_event": {"requested_stop": True}})
    machine.record("start", "started", AT)

    assert (await machines(fly)).restarts == 0


async def test_a_machine_that_tells_its_last_fifty_events_may_have_had_more(app: FlyApp, fly: Fly) -> None:
    machine = app.standing()[0]
    for second in range(60):
        machine.record("exit", "stopped", AT - timedelta(seconds=120 - second), request=KILLED)

    found = await machines(fly)

    assert (found.memory_kills, found.is_cut) == (50, True)
    assert "at least 50 killed for memory" in found.line()
