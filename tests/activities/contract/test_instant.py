"""Who says that everybody has a change within a minute says nothing else beside it."""

import re
from datetime import timedelta

import pytest

from activities.registry import catalogue
from stanch.model.verb import VerbSpec

_STARTS = re.compile(
    r"\b(restarts|rebuilds|redeploys|starts anew|makes a (new version|release)|new (build|revision))\b"
)
VERBS = catalogue().verbs
instant = pytest.mark.parametrize(
    "spec", [one for one in VERBS.values() if one.instant], ids=lambda it: it.name
)


def starts_something(spec: VerbSpec) -> bool:
    said = (spec.says, *spec.effects, spec.course.visitors if spec.course else "")
    without = (text.replace("without a new build", "").replace("without a build", "") for text in said)
    return spec.awaits_health or any(_STARTS.search(text) for text in without)


@instant
def test_nothing_is_built_or_started_by_what_is_instant(spec: VerbSpec) -> None:
    assert not starts_something(spec)


@instant
def test_visitors_have_it_within_a_minute_and_that_is_said(spec: VerbSpec) -> None:
    assert spec.course is not None
    assert spec.course.visitors or spec.course.visitors_after
    assert (spec.course.visitors_after or timedelta(0)) <= timedelta(minutes=1)


def test_a_variable_that_is_read_at_start_and_a_flag_that_is_fetched_later_are_not_instant() -> None:
    later = [name for name in VERBS if name.endswith(".set_config")]

    assert not any(VERBS[name].instant for name in (*later, "firebase.set_flag", "aws.set_parameter"))


def test_switches_that_are_read_at_run_time_are_instant() -> None:
    switches = (
        "vercel.set_edge_config",
        "vercel.set_instant_flag",
        "cloudflare.set_flag",
        "firestore.set_flag",
    )

    assert all(VERBS[name].instant for name in switches)


def test_who_restarts_is_found_by_what_it_says() -> None:
    assert starts_something(VERBS["heroku.set_config"])
    assert starts_something(VERBS["cloudflare.set_config"])
    assert starts_something(VERBS["vercel.set_config"])
