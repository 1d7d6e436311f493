"""Which scenario an alert opens, and which incident it belongs to."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.model.alert import Alert, Severity
from stanch.playbooks.book import Book

BOOK = """
severities: {P0: critical, P1: high, P2: medium, Page: critical}
scenarios:
  anything: {opens_on: {alert: "*"}, severity: P2}
  site-down: {opens_on: {alert: [SiteDown, "Health*Failing"], service: [backend, frontend]}, severity: P0}
  site-down-again: {opens_on: {alert: SiteDown, service: backend}, severity: P0}
  site-down-in-europe:
    opens_on: {alert: SiteDown, service: backend, labels: {region: eu, tier: web}}
    severity: P1
    group_by: [alert.labels.region, alert.fingerprint]
  errors: {opens_on: {alert: "[Errors]", service: worker}, severity: P1, group_by: [alert.name]}
"""
Fire = Callable[..., Alert]


@pytest.fixture
def book(book_of: Callable[..., Book]) -> Book:
    return book_of(BOOK)


@pytest.mark.parametrize(
    ("fields", "scenario", "service"),
    [
        ({"service": "backend"}, "site-down", "backend"),
        ({"service": "frontend"}, "site-down", "frontend"),
        ({"service": "worker"}, "anything", "worker"),
        ({"service": "api"}, "site-down", "backend"),
        ({"service": "API"}, "site-down", "backend"),
        ({"labels": {"service": "backend"}}, "site-down", "backend"),
        ({"labels": {"app": "api"}}, "site-down", "backend"),
        ({"labels": {"job": "frontend"}}, "site-down", "frontend"),
        ({"service": "nonsense", "labels": {"job": "frontend"}}, "site-down", "frontend"),
        ({"service": "backend", "labels": {"app": "frontend"}}, "site-down", "backend"),
        ({"service": "backend", "name": "HealthCheckFailing"}, "site-down", "backend"),
        ({"service": "backend", "name": "HealthCheckFailingNot"}, "anything", "backend"),
        ({"service": "backend", "name": "sitedown"}, "anything", "backend"),
        ({"service": "backend", "name": "Site\nDown"}, "anything", "backend"),
        ({"service": "backend", "labels": {"region": "eu"}}, "site-down", "backend"),
        (
            {"service": "backend", "labels": {"region": "eu", "tier": "web", "x": "y"}},
            "site-down-in-europe",
            "backend",
        ),
        ({"service": "worker", "name": "[Errors]"}, "errors", "worker"),
        ({"service": "worker", "name": "E"}, "anything", "worker"),
        ({"service": "nonsense"}, "unmatched", "nonsense"),
        ({}, "unmatched", "unknown"),
    ],
)
def test_an_alert_opens_the_scenario_that_says_most_about_it(
    book: Book, alert: Fire, fields: dict[str, object], scenario: str, service: str
) -> None:
    found = book.match(alert(**fields))

    assert (found.scenario, found.service.name) == (scenario, service)


def test_what_no_scenario_opens_on_is_handed_over_with_nothing_changed(
    book_of: Callable[..., Book], alert: Fire, usual: str
) -> None:
    found = book_of(usual).match(alert(name="Strange", service="backend"))

    assert (found.scenario, found.options, found.severity) == ("unmatched", (), Severity.MEDIUM)
    assert found.service.owners == ("ana",)
    assert found.otherwise.say[0].text == "no scenario opens on Strange of backend"
    assert [check.uses for check in found.checks] == ["probe"]
    assert [rung.to for rung in found.escalation] == ["tech-lead"]
    assert found.tell == ("chat",)
    assert len(found.hash) == 12


@pytest.mark.parametrize(
    ("hint", "severity"),
    [
        ("page", Severity.CRITICAL),
        ("P1", Severity.HIGH),
        ("warning", Severity.MEDIUM),
        ("low", Severity.LOW),
        ("?", Severity.MEDIUM),
    ],
)
def test_what_no_scenario_opens_on_is_as_grave_as_its_alert_says(
    book: Book, alert: Fire, hint: str, severity: Severity
) -> None:
    assert book.match(alert(service="nobody's", severity_hint=hint)).severity is severity


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"service": "api"}, "incident-backend"),
        ({"service": "backend", "fingerprint": "other"}, "incident-backend"),
        ({"service": "Shop / EU"}, "incident-Shop-EU-79bafa02b806"),
        ({}, "incident-unknown"),
    ],
)
def test_alerts_of_one_service_belong_to_one_incident(
    book: Book, alert: Fire, fields: dict[str, object], key: str
) -> None:
    fired = alert(**fields)

    assert book.group_key(fired, book.match(fired)) == key


def test_grouping_by_something_tells_incidents_apart_by_it(book: Book, alert: Fire) -> None:
    fired = [
        alert(service="backend", fingerprint=fingerprint, labels={"region": "eu", "tier": "web"})
        for fingerprint in ("a b", "a-b", "a b")
    ]

    keys = [book.group_key(one, book.match(one)) for one in fired]

    assert keys[0] == keys[2] != keys[1]
    assert all(key.startswith("incident-backend-eu-a-b-") for key in keys)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    service=st.text(max_size=300) | st.sampled_from(["backend", "worker"]),
    name=st.text(max_size=3000) | st.just("[Errors]"),
)
def test_every_alert_opens_something_under_a_key_that_temporal_takes(
    book: Book, alert: Fire, service: str, name: str
) -> None:
    fired = alert(service=service, name=name)

    found = book.match(fired)
    key = book.group_key(fired, found)

    assert len(key) <= 200
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert len(found.model_dump_json()) < 16_000 + len(service)


def test_an_alert_that_nearly_opens_something_is_told_of_it(
    scenario: Callable[..., Book], alert: Callable[..., Alert]
) -> None:
    found = scenario("options: []").match(alert(name="SiteDwn", service="backend"))

    assert found.otherwise.say[0].text == (
        "no scenario opens on SiteDwn of backend; nearest: SiteDown. Add it to opens_on"
    )


def test_an_alert_of_a_service_that_nobody_knows_is_told_of_those_that_are_known(
    scenario: Callable[..., Book], alert: Callable[..., Alert]
) -> None:
    book = scenario("options: []")

    found = book.match(alert(name="SiteDown", service="billing"))

    known = ", ".join(book.team.services)
    assert found.otherwise.say[0].text == f"stanch.yaml has no service billing (known: {known})"
