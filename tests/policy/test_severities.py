from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.model.alert import Alert, Severity
from stanch.policy.outbreaks import severity_of
from tests.policy.making import AT, pinned

LABELS = {"P0": Severity.CRITICAL, "P1": Severity.HIGH, "P2": Severity.MEDIUM, "P3": Severity.LOW}
SCENARIO = pinned(severity=Severity.HIGH, severities=LABELS)


def alert(hint: str, **facts: Any) -> Alert:
    usual = {"source": "grafana", "fingerprint": "f", "name": "SiteDown", "firing": True, "started_at": AT}
    return Alert.model_validate({**usual, "severity_hint": hint, **facts})


def test_without_a_word_from_its_alerts_it_is_as_grave_as_the_scenario_says() -> None:
    assert severity_of(SCENARIO, []) is Severity.HIGH


@pytest.mark.parametrize("hint", ["P0", "p0"])
def test_an_alert_that_says_more_raises_it(hint: str) -> None:
    assert severity_of(SCENARIO, [alert("P2"), alert(hint)]) is Severity.CRITICAL


@pytest.mark.parametrize("hint", ["critical", "Critical"])
def test_our_own_ranks_count_beside_the_labels_of_the_team(hint: str) -> None:
    assert severity_of(SCENARIO, [alert(hint)]) is Severity.CRITICAL


def test_a_team_that_means_something_else_by_a_rank_is_believed() -> None:
    theirs = pinned(severity=Severity.LOW, severities={"critical": Severity.MEDIUM})

    assert severity_of(theirs, [alert("critical")]) is Severity.MEDIUM


@pytest.mark.parametrize("hint", ["P2", "P3", "", "warning"])
def test_an_alert_that_says_less_or_a_word_that_the_team_does_not_use_lowers_nothing(hint: str) -> None:
    assert severity_of(SCENARIO, [alert(hint)]) is Severity.HIGH


def test_an_alert_that_is_resolved_says_nothing() -> None:
    assert severity_of(SCENARIO, [alert("P0", firing=False)]) is Severity.HIGH


@given(st.sampled_from(list(Severity)), st.lists(st.sampled_from([*LABELS, "page"])))
def test_it_is_never_less_grave_than_the_scenario_or_any_firing_alert(
    scenario: Severity, hints: list[str]
) -> None:
    found = severity_of(pinned(severity=scenario, severities=LABELS), [alert(hint) for hint in hints])

    said = [scenario, *(LABELS[hint] for hint in hints if hint in LABELS)]
    assert not any(other.graver_than(found) for other in said)
    assert found in said
