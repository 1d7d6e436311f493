"""The healthy world of a team's catalogue: everything that it names is there, and nothing is wrong."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from worlds import PlayedWorld, catalogue_of, played

from sandbox import Sandbox
from sandbox.catalogues import ready, secret_of, services_of
from sandbox.furnishing import furnish
from sandbox.github.world import GitHubWorld
from sandbox.service import FakeService
from stanch.playbooks.load import library, shipped

SLURPY = """
scenarios:
  site-down:
    opens_on: {alert: SiteDown, service: [frontend, backend, mcp]}
    severity: critical
    mode: auto
    look_at: [elsewhere, recent, keys, metrics.cpu]
    evidence:
      vendors:   {uses: status.pages}
      health:    {uses: probe}
      elsewhere: {uses: uptimerobot.monitors}
      release:   {uses: fly.releases}
      copies:    {uses: fly.status}
      recent:    {uses: fly.recent, with: {within: 2h}}
      keys:      {uses: fly.secrets}
    options:
      - {when: vendors.is_down, hold: "${vendors.said}"}
      - {when: release.is_suspect, uses: roll_back, approval: nobody}
      - {when: copies.count < 2, uses: scale, with: {count: 2}, approval: nobody}
      - {uses: restart, approval: nobody}
"""

DOWN = """
scenarios:
  down:
    opens_on: {{alert: Down, service: {service}}}
    severity: critical
    mode: auto
    evidence:
      vendors: {{uses: status.pages}}
      health:  {{uses: probe}}
    options:
      - {{when: vendors.is_down, hold: it waits}}
      - {{uses: roll_back, approval: nobody}}
"""
CATALOGUES = [path for team in library() for path in sorted(shipped(team).glob("*stanch.yaml"))]


@pytest.fixture
def slurpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with played(catalogue_of("slurpy"), SLURPY, tmp_path, monkeypatch) as world:
        yield world


def test_a_world_is_played_at_any_hour_whatever_its_team_freezes() -> None:
    written = catalogue_of("slurpy")
    frozen = {
        "freezes": [{"starts": "2026-01-01T00:00:00Z", "ends": "2099-01-01T00:00:00Z", "why": "for good"}],
        "weekly_freezes": [{"starts": "Mon 00:00", "ends": "Sun 23:59", "time_zone": "UTC", "why": "always"}],
    }

    made = ready(written | frozen, "http://127.0.0.1:7999").catalogue

    assert not made.keys() & frozen.keys()
    assert made["mode"] == "auto"


def test_every_address_and_secret_of_a_ready_catalogue_is_the_sandbox_s() -> None:
    written = catalogue_of("slurpy")

    made = ready(written, "http://127.0.0.1:7999")

    assert made.catalogue["services"]["backend"]["base"] == "http://127.0.0.1:7999/service/backend"
    assert made.catalogue["providers"]["fly"]["base_url"] == "http://127.0.0.1:7999/fly"
    assert made.secrets["FLY_API_TOKEN"] == "fly-sandbox-key"
    assert made.secrets["STORE_CLERK_KEY"] == secret_of("CLERK_SECRET_KEY", written)
    assert written == catalogue_of("slurpy")


def test_a_host_belongs_to_the_service_that_names_it_first() -> None:
    assert services_of(catalogue_of("slurpy")) == {
        "api.slurpy.example": "backend",
        "slurpy.example": "frontend",
        "mcp.slurpy.example": "mcp",
    }


def test_a_check_finds_everything_of_a_healthy_world(slurpy: PlayedWorld) -> None:
    found = slurpy.asked("check")

    failed = [row["what"] for row in found["checks"] if row["grade"] == "failed"]
    assert failed == ["sources.uptimerobot"]
    assert slurpy.sandbox.ledger.unexpected == []


def test_nothing_is_changed_in_a_healthy_world_whatever_an_alert_says(slurpy: PlayedWorld) -> None:
    plan = slurpy.asked("plan", "SiteDown", "--service", "backend")

    assert "every check is good" in str(plan)
    assert slurpy.sandbox.ledger.unexpected == []


def test_code_host_and_platform_know_the_same_past(slurpy: PlayedWorld) -> None:
    repository = slurpy.sandbox.of(GitHubWorld).repositories["slurpy/slurpy"]

    assert len(repository.deployments) == 3
    assert {one.by for one in repository.commits.values()} == {"ana", "li", "kim"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_shipped_catalogue_has_a_world_in_which_nothing_is_wrong(path: Path) -> None:
    sandbox = Sandbox()

    furnished = furnish(sandbox, catalogue_of(path.parent.name, path.name), "http://127.0.0.1:7999")
    sandbox.pass_time(timedelta(minutes=2))

    assert {service.measure().error_rate for service in sandbox.services.values()} == {0}
    assert all(len(releases(service)) == 1 for service in sandbox.services.values())
    for (service, _), seen in furnished.seen.items():
        assert seen(sandbox.services[service].host.instances()[0]) is not None
    assert sandbox.likeness().services.keys() == sandbox.services.keys()


def releases(service: FakeService) -> set[str]:
    return {one.release for one in service.host.instances()}


@pytest.mark.parametrize("team", ["pack", "pitchey"])
def test_a_world_is_found_by_those_who_ask_its_vendors(
    team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = next(iter(catalogue_of(team)["services"]))

    with played(catalogue_of(team), DOWN.format(service=service), tmp_path, monkeypatch) as world:
        found, plan = world.asked("check"), world.asked("plan", "Down", "--service", service)

    failed = [row["what"] for row in found["checks"] if row["grade"] == "failed"]
    assert [what for what in failed if not what.startswith("postgres")] == []
    assert "every check is good" in str(plan)
    assert world.sandbox.ledger.unexpected == []


def test_a_part_that_is_an_app_itself_stands_while_a_copy_of_it_answers() -> None:
    written = {
        "services": {
            "api": {"runs_on": {"provider": "fly", "app": "shop-api"}, "parts": {"database": "db"}},
            "db": {"runs_on": {"provider": "fly", "app": "shop-db"}},
        }
    }
    sandbox = Sandbox()
    furnish(sandbox, written, "http://127.0.0.1:7999")
    service = sandbox.services["api"]

    sandbox.services["db"].host.hang(hangs=True)
    away = (service.parts_say(), service.answer())
    sandbox.services["db"].host.hang(hangs=False)

    assert away[0] == {"database": "disconnected"}
    assert away[1][:2] == (503, "503: no connection to the database")
    assert (service.parts_say(), service.answer()[0]) == ({"database": "connected"}, 200)
