from datetime import timedelta

from stanch.model.freeze import Freeze
from stanch.model.service import Limits, RunsOn, Service
from stanch.model.team import Team
from stanch.policy.limits import in_force, stricter
from tests.policy.making import AT, MINUTE, ask

HOLIDAY = Freeze(starts=AT, ends=AT + MINUTE, why="holiday")


def team(**limits: object) -> Team:
    service = Service(runs_on=RunsOn(provider="fly"), limits=Limits.model_validate(limits))
    return Team(services={"backend": service}, freezes=(HOLIDAY,))


def test_what_both_allow_is_allowed_whichever_comes_first() -> None:
    mild = Limits(max_count=8, changes_per_hour=9, cool_down=MINUTE, largest_size="big")
    hard = Limits(max_count=2, changes_per_hour=1, cool_down=9 * MINUTE)

    assert stricter(mild, hard) == stricter(hard, mild) == hard.model_copy(update={"largest_size": "big"})


def test_limits_that_became_stricter_hold_for_what_was_pinned_before() -> None:
    (rules,) = in_force(ask(), team(changes_per_hour=0, cool_down="2h")).rules

    assert (rules.limits.changes_per_hour, rules.limits.cool_down) == (0, timedelta(hours=2))


def test_limits_that_became_milder_do_not() -> None:
    asked = ask(changes_per_hour=1, cool_down=30 * MINUTE)

    assert in_force(asked, team(changes_per_hour=9, cool_down="1m")).rules == asked.rules


def test_a_service_that_is_no_longer_in_the_teams_file_keeps_its_pinned_limits() -> None:
    assert in_force(ask(), Team()) == ask()


def test_a_freeze_that_was_added_since_holds_and_none_counts_twice() -> None:
    assert in_force(ask(), team()).freezes == (HOLIDAY,)
    assert in_force(ask(freezes=(HOLIDAY,)), team()).freezes == (HOLIDAY,)
