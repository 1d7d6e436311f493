"""Causes: each is cured by its right change, and by no other; every shipped world can be brought about."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from worlds import PlayedWorld, catalogue_of, played

from sandbox import Sandbox
from sandbox.causes import bring_about, cause_of
from sandbox.fly.world import FlyWorld
from sandbox.furnishing import Furnished, furnish
from sandbox.real_servers import NotInstalledError
from sandbox.sentry.world import SentryWorld
from sandbox.traffic import Gauge
from sandbox.uptimerobot.world import UptimeRobotWorld
from stanch.playbooks.load import library
from stanch.playbooks.worlds import worlds_of

FURNISHING = ("furnishing", "catalogues", "holding")
EVERY = [(team, name) for team in library() for name in worlds_of(team)]
SITE_DOWN = """
scenarios:
  site-down:
    opens_on: {alert: SiteDown, service: backend}
    severity: critical
    mode: auto
    look_at: [lines, metrics.error_rate]
    evidence:
      vendors: {uses: status.pages}
      health:  {uses: probe}
      release: {uses: fly.releases}
      lines:   {uses: logs, with: {count: {errors: ERROR}}}
    options:
      - {when: vendors.is_down, hold: it waits}
      - {when: release.is_suspect, uses: roll_back, approval: nobody}
      - {uses: restart, approval: nobody}
"""


def slurpy(*state: Any, since: timedelta = timedelta(minutes=6)) -> Furnished:
    furnished = furnish(Sandbox(), catalogue_of("slurpy"), "http://127.0.0.1:7999")
    bring_about(furnished, state, since)
    return furnished


def errors(world: Furnished, service: str = "backend") -> float:
    return world.sandbox.services[service].measure().error_rate


@pytest.mark.parametrize(("team", "name"), EVERY)
def test_every_shipped_world_can_be_brought_about(team: str, name: str) -> None:
    world = worlds_of(team)[name]
    furnished = furnish(Sandbox(), catalogue_of(team, world.catalogue), "http://x.example")

    try:
        bring_about(furnished, world.state, world.since)
    except NotInstalledError as missing:
        pytest.skip(str(missing))

    now = furnished.sandbox.clock.now()
    first = next(iter(furnished.sandbox.services))
    service = furnished.sandbox.services[(world.alert and world.alert.service) or first]
    assert service.history.between(now - world.since, now)


def test_a_release_that_fails_on_a_path_fails_nowhere_else_and_is_cured_by_the_one_before() -> None:
    world = slurpy({"release": {"of": "backend", "good": False, "paths": ["/chat"], "share": 0.3}})
    service, app = world.sandbox.services["backend"], world.sandbox.of(FlyWorld).apps["slurpy-backend"]
    statuses = [service.answer(path)[0] for path in ("chat/new", "health/healthz")]
    before = errors(world)

    app.deploy(app.releases[1].image_ref)

    assert statuses == [500, 200]
    assert (before, errors(world)) == (0.3, 0)


def test_what_is_broken_while_a_switch_is_off_is_cured_by_the_switch() -> None:
    off = {"switch": {"of": "backend", "name": "llm_fallback", "is": "off"}}
    ill = {"feature": {"of": "backend", "while": {"page": "openai"}, "unless": {"switch": "llm_fallback"}}}
    world = slurpy(off, {"page": {"name": "openai"}}, ill)
    before = errors(world)

    world.turn("backend", "llm_fallback", "on")

    assert (before, errors(world)) == (1, 0)


def test_a_secret_is_cured_by_the_right_value_and_by_no_other() -> None:
    world = slurpy({"secret": {"of": "backend", "key": "CLERK_SECRET_KEY"}})
    app, found = world.sandbox.of(FlyWorld).apps["slurpy-backend"], []

    for value in ("any other", "right value of CLERK_SECRET_KEY in the sandbox"):
        app.keep_secret("CLERK_SECRET_KEY", value)
        for machine in app.standing():
            app.hand_secrets_to(machine)
        found.append(errors(world))

    assert found == [1, 0]


def test_what_went_wrong_is_known_to_everybody_who_looks_and_the_days_before_were_quiet() -> None:
    world = slurpy({"release": {"of": "backend", "good": False}}, since=timedelta(minutes=6))
    now, history = world.sandbox.clock.now(), world.sandbox.services["backend"].history

    assert world.sandbox.of(UptimeRobotWorld).state()["slurpy-backend"] == "DOWN"
    assert sum(world.sandbox.of(SentryWorld).state()["backend"].values()) == 36
    assert history.measured(Gauge.ERROR_RATE, now - timedelta(minutes=5), now) == 1
    assert history.measured(Gauge.ERROR_RATE, now - timedelta(days=7), now - timedelta(days=1)) == 0


def test_a_way_that_is_broken_from_here_is_noticed_by_nobody_else() -> None:
    world = slurpy({"way": {"of": "backend"}})

    assert errors(world) == 0
    assert world.sandbox.of(UptimeRobotWorld).state()["slurpy-backend"] == "UP"


@pytest.mark.parametrize("written", [{"fire": {}}, {"release": {"off": "backend"}}])
def test_what_is_no_cause_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises((ValueError, ValidationError)):
        cause_of(written)


def test_no_code_of_the_sandbox_names_a_scenario_or_a_team_in_its_causes() -> None:
    here = Path("sandbox")
    modules = [*(here / "causes").glob("*.py"), *(here / f"{name}.py" for name in FURNISHING)]
    words = {word for path in modules for word in re.findall(r"[a-z]+", path.read_text().lower())}

    assert words.isdisjoint(library())


@pytest.fixture
def played_slurpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with played(catalogue_of("slurpy"), SITE_DOWN, tmp_path, monkeypatch) as world:
        yield world


def test_a_plan_in_a_world_sees_what_is_wrong_there(played_slurpy: PlayedWorld) -> None:
    bring_about(played_slurpy.furnished, [{"release": {"of": "backend", "good": False, "ago": "6m"}}])

    plan = played_slurpy.asked("plan", "SiteDown", "--service", "backend")

    assert plan["plan"]["option"] == "roll_back"
    assert played_slurpy.sandbox.ledger.unexpected == []
