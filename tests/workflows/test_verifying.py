"""From when on a check may say whether a change helped."""

from datetime import timedelta

from stanch.model.course import Course, WaitsFor
from stanch.model.plan import Applied
from tests.policy.making import AT, change, planned
from tests.workflows.beside import incident
from workflows.phases import verify

SPREADS = Course(waits_for=WaitsFor.DONE, visitors_after=timedelta(seconds=60))
UNKNOWN = Course(waits_for=WaitsFor.DONE)


def made(course: Course | None, ago: timedelta) -> Applied:
    return Applied(planned=planned(made=change(course=course)), at=AT - timedelta(hours=1), wrote_at=AT - ago)


def test_a_verdict_waits_until_visitors_have_what_was_written_last() -> None:
    memory = incident(applied=(made(SPREADS, timedelta(seconds=20)), made(SPREADS, timedelta(seconds=50))))

    assert verify.until_seen(memory) == timedelta(seconds=40)


def test_a_verdict_waits_for_nothing_where_nobody_says_how_long_or_it_is_over() -> None:
    long_ago = made(SPREADS, timedelta(minutes=5))
    for applied in ((), (long_ago,), (made(UNKNOWN, timedelta(0)), made(None, timedelta(0)), long_ago)):
        assert verify.until_seen(incident(applied=applied)) == timedelta(0)
