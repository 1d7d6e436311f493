"""`stanch plan` of an alert that Stanch measures itself."""

from sandbox.faults import Fault
from sandbox.fly.keys import FlyKey
from tests.cli.test_check import PLAYBOOK, TEAM, Place
from tests.cli.test_plan import DOWN, place, planned, served

__all__ = ["place", "served"]

ANYWHERE = ("plan", "SiteDown")
EVIDENCE = "defaults: {evidence: {copies: {uses: fly.status}}}\n"
FIRING = "{when: copies.failing_copies > 0, service: backend, for: 2m}"
QUIET = "{when: copies.count > 9, service: backend, for: 2m}"
GRADED = "{service: backend, fires: {P1: copies.failing_copies > 9, P2: copies.failing_copies > 1}}"
LEVELS = "severities: {P1: high, P2: low}\n"
EVERYWHERE = "{when: copies.failing_copies > 0, service: [backend, mcp]}"
MCP = """  mcp:
    runs_on: {{provider: fly, app: slurpy-mcp}}
"""


def measured(alert: str, playbook: str = PLAYBOOK) -> str:
    return f"alerts: {{SiteDown: {alert}}}\n{EVIDENCE}{playbook}"


def said(place: Place, *words: str) -> str:
    return " ".join(place.run(*words).stdout.split())


def test_an_alert_that_holds_says_its_numbers_and_for_how_long_it_has_to(place: Place) -> None:
    place.write(playbook=measured(FIRING))

    text = said(place, *DOWN)

    assert "SiteDown of backend now: it would fire once it has held for 2 min copies 2 of 2 machines" in text
    assert "true copies.failing_copies > 0 (2)" in text
    assert "→ roll-back-suspect" in text
    assert "What follows" not in text


def test_an_alert_that_does_not_hold_is_planned_all_the_same(place: Place) -> None:
    place.write(playbook=measured(QUIET))

    text = said(place, *DOWN)

    assert "SiteDown of backend now: it would not fire" in text
    assert "false copies.count > 9 (2)" in text
    assert "What follows is what it would lead to if it fired. SiteDown opens site/site-down" in text
    assert "→ roll-back-suspect" in text


def test_what_cannot_be_read_is_neither(place: Place) -> None:
    place.write(playbook=measured(FIRING))
    place.sandbox.order(Fault(path="machines", status=503, times=9))

    document = planned(place)

    (one,) = document["measured"]
    assert one["fires"] == "undecidable"
    assert "copies.failing_copies is missing" in one["conditions"][0]["because"]
    assert not one["evidence"][0]["known"]


def test_it_is_raised_as_the_gravest_severity_that_holds(place: Place) -> None:
    place.write(playbook=LEVELS + measured(GRADED, PLAYBOOK.replace("    severity: critical\n", "")))

    document = planned(place)

    (one,) = document["measured"]
    assert (one["fires"], one["severity"]) == ("true", "P2")
    assert [judged["outcome"] for judged in one["conditions"]] == ["false", "true"]
    assert (document["severity"], document["alert"]["severity_hint"]) == ("low", "P2")
    assert planned(place, *DOWN, "--severity", "P1")["severity"] == "high"


def test_without_a_service_it_is_that_of_the_one_where_it_would_fire(place: Place) -> None:
    team = TEAM.replace("people:", f"{MCP}people:")
    place.write(team=team, playbook=measured(EVERYWHERE))

    document = planned(place, *ANYWHERE)

    assert {one["service"]: one["fires"] for one in document["measured"]} == {
        "backend": "true",
        "mcp": "undecidable",
    }
    assert document["service"] == "backend"
    assert document["outcome"] == "plan"


def test_an_alert_of_others_measures_nothing(place: Place) -> None:
    place.write(playbook=f"alerts: {{Other: {FIRING}}}\n{EVIDENCE}{PLAYBOOK}")

    assert planned(place)["measured"] == []


def test_no_secret_of_a_measurement_is_printed(place: Place) -> None:
    place.write(playbook=measured(FIRING))

    assert str(FlyKey.ALL) not in place.run(*DOWN, "--json").stdout
