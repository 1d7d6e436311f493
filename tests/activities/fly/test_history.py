"""What became of an app of late, and how far back Fly tells it."""

from datetime import timedelta
from typing import Any

from activities.fly.client import Fly
from activities.fly.history import ReadLogs, ReadRecent
from activities.portable.log_lines import LogCount
from sandbox.fly.application import FlyApp
from stanch.model.evidence import Look
from stanch.model.recent import Recent
from tests.activities.contract.case import AT
from tests.activities.fly.cases import BACKEND
from tests.activities.fly.flying import image_of


async def logs(fly: Fly, **arguments: Any) -> LogCount:
    return await ReadLogs(fly).read(Look(target=BACKEND, arguments=arguments, as_of=AT))


async def recent(fly: Fly, **arguments: Any) -> Recent:
    return await ReadRecent(fly).read(Look(target=BACKEND, arguments=arguments, as_of=AT))


async def test_lines_are_counted_over_all_pages(app: FlyApp, fly: Fly) -> None:
    for number in range(250):
        app.say(f"took={number}ms")

    found = await logs(fly, count={"took": "took=", "errors": "ERROR"})

    assert found.counts == {"took": 250, "errors": 1}


async def test_a_count_of_lines_is_at_least_for_fly_keeps_few(fly: Fly) -> None:
    found = await logs(fly, matching=["ERROR"])

    assert found.is_cut
    said = "at least 1 line in 15 min; last 03:00: ERROR unhandled exception path=/chat status=500"
    assert found.line() == said


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
