"""How grave a scenario is, how far it goes by itself, and what comes before and after its options."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from stanch.errors import PlaybookError
from stanch.model.alert import Alert, Severity
from stanch.model.playbook import Back, Pinned, PinnedOption
from stanch.model.verb import Approval, AutomationMode
from stanch.playbooks.book import Book
from tests.playbooks.shop import TEAM


def test_the_gravest_severity_that_holds_is_first(load: Callable[..., Book]) -> None:
    found = load(
        """
        scenarios:
          down: {opens_on: Down, severity: {P0: metrics.error_rate > 0.1, P1: otherwise}}
        """
    ).scenarios[0]

    assert [(one.label, one.when) for one in found.severity_when] == [
        ("P0", "metrics.error_rate > 0.1"),
        ("P1", ""),
    ]
    assert (found.label, found.severity) == ("P1", Severity.HIGH)
    assert [(rung.label, rung.to) for rung in found.escalation] == [("P0", "on-call"), ("P0", "lead")]
    assert found.levels["P1"].tell == {"team": ""}


@pytest.mark.parametrize(
    ("severity", "words"),
    [
        ("{P1: 'true', P0: otherwise}", "severity.P0: P0 is graver than what stands before it"),
        ("{P0: 'true', P1: 'true'}", "severity.P1: the last one holds where none before it does"),
        ("{P2: otherwise}", "severity.P2: there is no severity P2"),
    ],
)
def test_a_severity_that_could_not_be_decided_is_refused(
    load: Callable[..., Book], severity: str, words: str
) -> None:
    with pytest.raises(PlaybookError) as refused:
        load(f"scenarios: {{down: {{opens_on: Down, severity: {severity}}}}}\n")

    assert words in str(refused.value)


def test_a_scenario_without_a_severity_is_as_grave_as_its_alert(
    load: Callable[..., Book], alert: Callable[..., Alert]
) -> None:
    book = load("scenarios: {down: {opens_on: Down}}\n")

    graded = [
        book.match(alert(name="Down", service="shop", severity_hint=hint)).severity
        for hint in ("critical", "P1", "", "odd")
    ]

    assert graded == [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.MEDIUM]


def test_an_alert_that_names_no_service_finds_the_only_one(
    load: Callable[..., Book], alert: Callable[..., Alert]
) -> None:
    book = load(
        """
        scenarios:
          down: {opens_on: Down}
          both: {opens_on: {alert: Both, service: [shop, site]}}
        """
    )

    assert book.match(alert(name="Down")).service.name == "shop"
    assert book.match(alert(name="Both")).scenario == "unmatched"
    assert book.match(alert(name="Down", service="nobody")).scenario == "unmatched"


def test_the_team_s_mode_is_the_most_that_is_done(option: Callable[..., PinnedOption]) -> None:
    modes = [
        option("{uses: restart, mode: auto}", TEAM.replace("mode: auto\n", line)).steps[0].mode
        for line in ("mode: auto\n", "mode: approve\n", "")
    ]

    assert modes == [AutomationMode.AUTO, AutomationMode.APPROVE, AutomationMode.SHADOW]


def test_a_containment_comes_first_and_goes_back(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        """
        contain:
          - {turn_off: checkout, approval: nobody}
          - {when: lines.share.failed > 0.5, turn_off: search, back: 24h}
        """
    )

    assert [one.back for one in found.contain] == [Back.ASK, timedelta(hours=24)]
    assert [one.steps[0].called for one in found.contain] == ["checkout off", "search off"]
    assert found.limits.keys() == {"shop"}


def test_what_follows_an_option_is_an_option_each(option: Callable[..., PinnedOption]) -> None:
    found = option(
        "{uses: roll_back, verify: {good_when: copies.count > 0},"
        ' then: [{uses: restart, approval: two}, {manual: {do: Mend it, type: "make ${release.commit}"}}]}'
    )

    assert [check.uses for check in found.checks] == ["cliff.status"]
    assert [(one.name, [step.asking.who for step in one.steps]) for one in found.then] == [
        ("restart", [Approval.TWO]),
        ("manual", []),
    ]
    assert found.then[1].manual[0].type == "make ${release.commit}"
