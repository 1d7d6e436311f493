"""What Fly can be asked: which release runs and whether it is suspect, and how its machines are."""

from datetime import timedelta
from typing import Any

import pytest

from activities.fly.client import Fly
from activities.fly.readings import Machines, ReadMachines, ReadReleases, Releases
from activities.fly.roll_back import RollBack
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


async def machines(fly: Fly) -> Machines:
    return await ReadMachines(fly).read(Look(target=BACKEND, as_of=AT))


async def test_a_release_that_finished_just_before_things_went_bad_is_suspect(app: FlyApp, fly: Fly) -> None:
    found = await releases(fly)

    assert (found.version, found.image, found.by) == (42, image_of(app, 42), "ana@team.example")
    assert (found.previous_version, found.previous_image) == (41, image_of(app, 41))
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

    assert (found.version, found.is_suspect) == (42, False)


async def test_nothing_is_suspect_while_the_next_is_being_deployed(sandbox: Sandbox, fly: Fly) -> None:
    sandbox.of(FlyWorld).deploy("slurpy-backend", in_progress=True)

    found = await releases(fly)

    assert (found.version, found.deploying, found.is_suspect) == (42, True, False)


async def test_the_first_release_has_nothing_before_it_and_is_not_suspect(app: FlyApp, fly: Fly) -> None:
    del app.releases[1:]

    found = await releases(fly)

    assert (found.previous_version, found.is_suspect) == (None, False)
    assert found.line().endswith("nothing before it")


async def test_what_we_went_back_from_ourselves_is_not_what_was_before(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    verb = RollBack(fly)
    await carried_out(sandbox, verb, await planned(verb))
    app.deploy(app.image(good=False))

    found = await releases(fly)

    assert (found.version, found.previous_version) == (43, 41)


async def test_a_release_that_failed_is_not_what_runs(app: FlyApp, fly: Fly) -> None:
    app.release(app.image(), status="failed")

    assert (await releases(fly)).version == 42


async def test_an_app_without_a_release_is_said(app: FlyApp, fly: Fly) -> None:
    app.releases.clear()

    with pytest.raises(Rejected, match="slurpy-backend has no release"):
        await releases(fly)


async def test_machines_are_counted_by_what_their_checks_say(app: FlyApp, fly: Fly) -> None:
    one_more(app, image_of(app, 41))
    one_more(app, image_of(app, 41)).state = "stopped"

    found = await machines(fly)

    assert (found.count, found.started, found.healthy, found.failing) == (4, 3, 1, 2)
    assert (found.size, found.memory_mb, found.host_trouble) == ("shared-cpu-1x", 256, False)
    assert found.last_started_at is not None
    assert AT - found.last_started_at == pytest.approx(timedelta(minutes=6), abs=timedelta(seconds=1))
    assert found.line() == "4 machines, 1 healthy, shared-cpu-1x 256 MB"


async def test_machines_that_ran_out_of_memory_are_told(sandbox: Sandbox, fly: Fly) -> None:
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.MEMORY))

    found = await machines(fly)

    assert found.oom_killed == 2
    assert found.line().endswith(", 2 out of memory")


async def test_machines_on_their_way_are_settling(app: FlyApp, fly: Fly) -> None:
    for machine in app.standing():
        machine.head_for("started", "replacing")

    found = await machines(fly)

    assert (found.started, found.settling) == (0, True)


async def test_an_app_without_machines_is_none_of_anything(app: FlyApp, fly: Fly) -> None:
    app.machines.clear()

    found = await machines(fly)

    assert (found.count, found.size, found.last_started_at) == (0, "", None)


async def test_machines_are_counted_page_by_page(sandbox: Sandbox, app: FlyApp) -> None:
    for _ in range(3):
        one_more(app, image_of(app, 41))

    assert (await machines(fly_of(sandbox, limit="2"))).count == 5


async def test_a_failed_attempt_since_clouds_the_suspicion_of_what_runs(app: FlyApp, fly: Fly) -> None:
    app.release("registry.fly.io/slurpy-backend:never-ran").status = "failed"

    found = await releases(fly)

    assert (found.version, found.is_suspect) == (42, False)


async def test_memory_that_ran_out_days_ago_is_not_counted(app: FlyApp, fly: Fly) -> None:
    killed = {"exit_event": {"oom_killed": True}}
    app.standing()[0].events.clear()
    for ago in (timedelta(hours=2), timedelta(minutes=30)):
        app.standing()[0].record("exit", "stopped", AT - ago, request=killed)

    found = await machines(fly)

    assert found.oom_killed == 1
