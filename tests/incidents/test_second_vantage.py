"""A service that does not answer from here, and that a monitor elsewhere looks at."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from books import ROLL_BACK, only
from stage import DOOR, Stage, texts

from sandbox.uptimerobot.keys import UptimeRobotKey
from sandbox.uptimerobot.world import UptimeRobotWorld
from stanch.control import Accepted
from stanch.model.incident import Outcome, Phase
from stanch.secrets import Redactor
from workers.crew import working
from workers.wiring import Setting

FLY = "    runs_on: {{provider: fly, app: slurpy-backend}}\n"
ROBOT = "  uptimerobot: {{token: env:STANCH_TEST_UPTIMEROBOT, base_url: {url}/uptimerobot}}\n"
MONITORED = {
    "providers:\n": f"providers:\n{ROBOT}",
    FLY: f"{FLY}    also_on: [{{{{provider: uptimerobot, monitor: api}}}}]\n",
}
"""The backend, with a second vantage for its health."""


@pytest_asyncio.fixture(loop_scope="session")
async def monitored(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Somebody works for UptimeRobot too, and nobody reaches the backend from here."""
    monkeypatch.setenv("STANCH_TEST_UPTIMEROBOT", str(UptimeRobotKey.ALL))
    stage.playbook(only(ROLL_BACK), changed=MONITORED)
    world = stage.sandbox.of(UptimeRobotWorld)
    world.add("api").url = f"{stage.url}/service/backend/healthz"
    world.follow("api", "backend")
    stage.sandbox.services["backend"].is_out_of_reach = True
    assert stage.book is not None
    setting = Setting(stage.book.team, stage.folder, DOOR, Redactor(), stage.store)
    async with working(stage.client, setting, ["uptimerobot"]):
        yield stage


async def opened(stage: Stage) -> Accepted:
    """A monitor looks every five minutes: it has since it began."""
    return await stage.open(stage.alert(started_at=stage.began - timedelta(minutes=8)))


async def test_what_is_seen_up_elsewhere_is_not_confirmed_and_only_the_way_is_said_to_be_broken(
    monitored: Stage,
) -> None:
    monitored.nothing_is_wrong()
    incident = await opened(monitored)

    view = await monitored.until(incident, Phase.WATCH)

    (said,) = texts(view, "vantage")
    assert said.startswith(f"only the way from here is broken: {monitored.url}/service/backend/healthz")
    monitored.sandbox.services["backend"].is_out_of_reach = False
    view = await monitored.closed(incident, *view.state.alerts.values())
    assert view.state.outcome is Outcome.NOT_CONFIRMED
    assert monitored.effects() == []


async def test_what_is_seen_down_elsewhere_too_is_an_outage(monitored: Stage) -> None:
    monitored.sandbox.catch_up()

    incident = await opened(monitored)

    view = await monitored.where(incident, lambda view: view.state.applied)
    assert texts(view, "vantage") == []
    assert monitored.effects() == ["fly.update_machine"] * 2


async def test_what_was_seen_before_the_change_says_nothing_of_whether_it_helped(monitored: Stage) -> None:
    monitored.sandbox.catch_up()
    incident = await opened(monitored)

    view = await monitored.skip_until(incident, Phase.HANDED_OVER)

    assert view.state.applied, "from here it never answered again"
    assert not any(text.startswith("probe: good") for text in texts(view, "check"))
