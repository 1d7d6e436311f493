"""What became of an app of late, and how far back Fly tells it."""

from datetime import timedelta
from typing import Any

from activities.fly.client import Fly
from activities.fly.history import Memory, ReadLogs, ReadMemory, ReadRecent
from activities.portable.log_lines import LogCount
from sandbox.fly.application import FlyApp
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from stanch.model.recent import Recent
from tests.activities.contract.case import AT
from tests.activities.fly.cases import BACKEND
from tests.activities.fly.flying import image_of


async def logs(fly: Fly, **arguments: Any) -> LogCount:
    return await ReadLogs(fly).read(Look(target=BACKEND, arguments=arguments, as_of=AT))


async def memory(fly: Fly, **arguments: Any) -> Memory:
    return await ReadMemory(fly).read(Look(target=BACKEND, arguments=arguments, as_of=AT))


async def recent(fly: Fly, **arguments: Any) -> Recent:
    return await ReadRecent(fly).read(Look(target=BACKEND, arguments=arguments, as_of=AT))


async def test_lines_are_counted_over_all_pages(app: FlyApp, fly: Fly) -> None:
    for number in range(250):
        app.say(f"took={number}ms")

    found = await logs(fly, matching=["took=", "ERROR"])

    assert found.by_pattern == {"took=": 250, "ERROR": 1}


async def test_a_count_of_lines_is_at_least_for_fly_keeps_few(fly: Fly) -> None:
    found = await logs(fly, matching=["ERROR"])

    assert found.at_least
    assert found.line() == ("at least 1 lines, last 03:00: ERROR unhandled exception path=/chat status=500")


async def test_only_exits_of_the_asked_for_time_count(sandbox: Sandbox, app: FlyApp, fly: Fly) -> None:
    machine = app.standing()[0]
    killed = {"exit_event": {"oom_killed": True}}
    machine.record("exit", "stopped", AT - timedelta(minutes=4), request=killed)
    machine.record("start", "started", AT - timedelta(minutes=3))
    machine.record("exit", "stopped", AT - timedelta(seconds=50), request={"exit_event": {"exit_code": 1}})

    found = await memory(fly, within="5m")
    shorter = await memory(fly, within="2m")

    assert (found.oom_killed, found.exits, found.restarts) == (1, 2, 1)
    assert (shorter.oom_killed, shorter.exits, shorter.restarts) == (0, 1, 0)
    assert found.last_oom_at == AT - timedelta(minutes=4)
    assert found.line() == "1 out-of-memory exits, 1 restarts, shared-cpu-1x 256 MB"


async def test_a_machine_that_tells_its_last_fifty_events_may_have_had_more(app: FlyApp, fly: Fly) -> None:
    machine = app.standing()[0]
    for second in range(60):
        machine.record("exit", "stopped", AT - timedelta(seconds=120 - second))

    found = await memory(fly)

    assert (found.exits, found.at_least) == (50, True)
    assert found.line().startswith("at least ")


async def test_an_app_without_machines_ran_out_of_nothing(app: FlyApp, fly: Fly) -> None:
    app.machines.clear()

    assert (await memory(fly)).machines == 0


async def test_what_changed_lately_is_told_with_its_author(app: FlyApp, fly: Fly) -> None:
    app.release(image_of(app, 42), timedelta(minutes=2), reason="SECRETS", email="li@team.example")
    app.release(app.image(), status="failed")

    found = await recent(fly)

    assert [(one.what, one.sort, one.by) for one in found.happenings] == [
        ("v44 failed", "deploy", "ana@team.example"),
        ("v43", "config", "li@team.example"),
        ("v42", "deploy", "ana@team.example"),
    ]
    assert found.is_complete


async def test_a_list_that_ends_before_the_asked_for_time_is_not_complete(app: FlyApp, fly: Fly) -> None:
    for _ in range(30):
        app.release(image_of(app, 42), timedelta(minutes=1))

    found = await recent(fly)

    assert (found.is_complete, len(found.happenings)) == (False, 25)
