"""Alerts that Stanch raises by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from stanch.errors import PlaybookError
from stanch.playbooks.book import Book

ALERTS = """
alerts:
  Down: {when: health.is_down, for: 2m, every: 30s}
  Errors: {for: 5m, fires: {P0: metrics.error_rate > 0.1 || lines.failed > 10, P1: metrics.error_rate > 0.05}}
  Silent: {when: metrics.starts.is_missing, service: shop}
"""


def test_what_is_measured_ends_when_no_condition_holds(load: Callable[..., Book]) -> None:
    book = load(ALERTS + "scenarios: {down: {opens_on: [Down, Errors], verify: {uses: probe}}}\n")
    (playbook,) = book.playbooks
    checks = book.scenarios[0].checks

    assert [(one.name, one.service, one.lasts) for one in playbook.alerts] == [
        ("Down", "shop", timedelta(minutes=2)),
        ("Errors", "shop", timedelta(minutes=5)),
        ("Silent", "shop", timedelta(0)),
    ]
    assert playbook.alerts[1].fires[1] == ("P1", "metrics.error_rate > 0.05")
    assert playbook.alerts[2].fires == (("", "!metrics.starts.known"),)
    assert [(check.alert, check.good_when) for check in checks] == [
        ("", "!it.failing"),
        ("Down", "!(health.is_down)"),
        ("Errors", "(!(metrics.error_rate > 0.1)) && (!(metrics.error_rate > 0.05))"),
        ("Errors", "!(lines.failed > 10)"),
    ]
    assert checks[1].every == timedelta(seconds=30)
    assert any("alerts.Silent: opens no scenario" in str(one) for one in book.remarks)


def test_an_alert_that_no_check_can_watch_is_said(load: Callable[..., Book]) -> None:
    book = load(
        """
        alerts: {Down: {when: copies.is_down && cache.is_down}}
        scenarios: {down: {opens_on: Down}}
        """
    )

    (remark,) = (str(one) for one in book.remarks if "alerts" in str(one))
    assert "alerts.Down: no check of shop can see that this is over: a check looks at one vendor" in remark
    assert remark.endswith("Measure what one vendor tells, and leave the rest to the when: of an option")


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ("{fires: {P7: health.is_down}}", "alerts.A.fires.P7: there is no severity P7"),
        ("{when: helth.is_down}", "alerts.A.when: line 1, column 1: helth.is_down is not known"),
        ("{when: health.is_down, service: shp}", "alerts.A.service: there is no service shp. Did you mean"),
        ("{service: shop}", "alerts.A: an alert has either when, or fires"),
    ],
)
def test_an_alert_that_cannot_be_measured_is_refused(
    load: Callable[..., Book], alert: str, words: str
) -> None:
    with pytest.raises(PlaybookError) as refused:
        load(f"alerts: {{A: {alert}}}\nscenarios: {{down: {{opens_on: A}}}}\n")

    assert words in str(refused.value)


def test_an_alert_may_read_something_of_its_own(load: Callable[..., Book]) -> None:
    book = load(
        """
        alerts: {Down: {uses: probe, with: {url: /x}, when: it.failing, for: 1m}}
        scenarios: {down: {opens_on: Down}}
        """
    )
    (alert,) = book.playbooks[0].alerts
    (check,) = (one for one in book.scenarios[0].checks if one.alert)

    assert [(one.name, one.uses) for one in alert.readings] == [("it", "probe")]
    assert (check.uses, check.good_when, check.alert) == ("probe", "!(it.failing)", "Down")
    assert check.arguments == {"url": "https://shop.example/x", "bearer": "admin"}
