from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.integration import Surroundings
from activities.uptimerobot import INTEGRATION, Monitors, ReadMonitors, UptimeRobot
from activities.uptimerobot.answers import Monitor
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.uptimerobot.keys import UptimeRobotKey
from sandbox.uptimerobot.scenes import BACKEND, FRONTEND, MCP, OLD, PASSWORD, REASON, slurpy
from sandbox.uptimerobot.world import UptimeRobotWorld
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.sighting import SeenUp
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT
from tests.activities.uptimerobot.cases import WATCHED

EVERY = [BACKEND, FRONTEND, MCP, OLD]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(slurpy, SandboxClock(AT))
    yield made
    assert made.ledger.unexpected == []


@pytest.fixture
def world(sandbox: Sandbox) -> UptimeRobotWorld:
    return sandbox.of(UptimeRobotWorld)


def connected(sandbox: Sandbox, folder: Path, key: str = UptimeRobotKey.READ_ONLY) -> UptimeRobot:
    (folder / "key").write_text(key)
    settings = Provider(token=f"file:{folder / 'key'}", base_url="http://sandbox.example/uptimerobot")
    made = UptimeRobot.connect(Surroundings(settings, Redactor()))
    made.api.connection.answered_by(httpx.ASGITransport(application(sandbox)))
    return made


@pytest.fixture
def uptimerobot(sandbox: Sandbox, tmp_path: Path) -> UptimeRobot:
    return connected(sandbox, tmp_path)


async def look(uptimerobot: UptimeRobot, **arguments: Any) -> Monitors:
    asked = arguments or {"monitors": EVERY}
    return await ReadMonitors(uptimerobot).read(Look(target=WATCHED, arguments=asked, as_of=AT))


async def test_the_monitor_of_the_service_is_looked_at_unless_others_are_named(
    uptimerobot: UptimeRobot, world: UptimeRobotWorld
) -> None:
    own = await ReadMonitors(uptimerobot).read(Look(target=WATCHED, as_of=AT))
    world.turn(BACKEND, "UP", ago=timedelta(minutes=2))
    up = await ReadMonitors(uptimerobot).read(Look(target=WATCHED, as_of=AT))

    assert (own.checked, own.is_down, own.up_since) == (1, True, None)
    assert (up.is_down, up.up_since, up.line()) == (
        False,
        AT - timedelta(minutes=2),
        "1 of 1 up since 2026-11-21 02:58 UTC",
    )
    (one,) = up.monitors
    assert (one.name, one.url, one.is_up) == (BACKEND, "https://backend-health.example/healthz", True)


async def test_what_is_down_is_named_with_its_cause_and_since_when(uptimerobot: UptimeRobot) -> None:
    found = await look(uptimerobot)

    assert found.line() == f"1 of 3 down since 02:54: {BACKEND} ({REASON})"
    assert (found.changed_at, found.looks_every) == (AT - timedelta(minutes=6), timedelta(minutes=5))


async def test_what_is_up_was_seen_up_an_interval_ago_at_least_or_when_it_came_up(
    uptimerobot: UptimeRobot, world: UptimeRobotWorld
) -> None:
    world.turn(MCP, "UP")

    found = await look(uptimerobot, monitors=[FRONTEND, MCP, BACKEND, OLD])

    ages = {seen.url: AT - seen.up_at for seen in found.seen_up}
    assert ages == {
        f"https://{FRONTEND.replace(' ', '-')}.example/healthz": timedelta(minutes=5),
        f"https://{MCP.replace(' ', '-')}.example/healthz": timedelta(),
    }


@pytest.mark.parametrize("url", [None, "192.0.2.7", "https://ana:pw@shop.example/", ""])
def test_what_is_no_open_web_address_is_not_handed_on(url: str | None) -> None:
    assert Monitor(id=1, status="UP", url=url).seen_up(AT) is None


def test_a_query_is_not_handed_on() -> None:
    seen = Monitor(id=1, status="UP", url="https://shop.example/healthz?key=of-the-monitor").seen_up(AT)

    assert seen == SeenUp(url="https://shop.example/healthz", up_at=AT)


async def test_monitors_are_chosen_by_name_in_any_case_or_by_number(uptimerobot: UptimeRobot) -> None:
    assert (await look(uptimerobot, monitors=[FRONTEND.upper(), MCP])).line().startswith("2 of 2 up since ")
    assert (await look(uptimerobot, monitors=["777000001"])).names_down == (BACKEND,)


async def test_monitors_are_chosen_by_any_of_several_tags(uptimerobot: UptimeRobot) -> None:
    assert (await look(uptimerobot, tags=["production", "other"])).checked == 2


async def test_a_name_that_there_is_not_is_refused_with_those_there_are(uptimerobot: UptimeRobot) -> None:
    with pytest.raises(Rejected, match=f"no monitor backnd; it has {BACKEND}, {FRONTEND}"):
        await look(uptimerobot, monitors=["backnd"])


async def test_what_is_paused_or_not_confirmed_is_not_up(
    uptimerobot: UptimeRobot, world: UptimeRobotWorld
) -> None:
    paused = await look(uptimerobot, monitors=[OLD])
    world.turn(BACKEND, "LOOKS_DOWN")
    world.turn(MCP, "STARTED")

    unsure = await look(uptimerobot)

    assert (paused.is_up, paused.checked, paused.line()) == (False, 0, "no monitor is looked at")
    assert (unsure.is_up, unsure.is_down, unsure.unsure) == (False, None, 2)
    assert unsure.line() == "1 of 3 up, 2 not sure"


async def test_a_status_that_nobody_knows_yet_is_not_sure(
    uptimerobot: UptimeRobot, world: UptimeRobotWorld
) -> None:
    world.turn(BACKEND, "DEGRADED")

    assert (await look(uptimerobot, monitors=[BACKEND])).unsure == 1


@pytest.mark.parametrize(("bad_for", "is_up"), [(4, None), (5, True)])
async def test_up_is_believed_when_it_was_looked_at_since_it_is_bad(
    uptimerobot: UptimeRobot, world: UptimeRobotWorld, bad_for: int, *, is_up: bool | None
) -> None:
    for one in world.monitors:
        one.status = "UP"
    asked = Look(target=WATCHED, as_of=AT, first_bad_at=AT - timedelta(minutes=bad_for))

    found = await ReadMonitors(uptimerobot).read(asked)

    assert found.is_up is is_up
    assert ("perhaps not looked at" in found.line()) is (is_up is None)


async def test_when_everything_is_up_it_is_since_the_last_that_came_back(
    uptimerobot: UptimeRobot, world: UptimeRobotWorld
) -> None:
    world.turn(BACKEND, "UP", ago=timedelta(minutes=1))

    found = await look(uptimerobot)

    assert (found.is_up, found.changed_at, found.down_since) == (True, AT - timedelta(minutes=1), None)


async def test_pages_are_followed_by_their_cursor_and_to_no_other_host(
    sandbox: Sandbox, uptimerobot: UptimeRobot, world: UptimeRobotWorld
) -> None:
    for number in range(450):
        world.add(f"m{number}", "many")

    found = await look(uptimerobot, tags=["many"])

    assert (found.checked, len(found.monitors), len(sandbox.ledger.requests)) == (450, 12, 3)


async def test_more_monitors_than_can_be_read_are_never_counted_in_part(
    uptimerobot: UptimeRobot, world: UptimeRobotWorld
) -> None:
    for number in range(2000):
        world.add(f"m{number}")

    with pytest.raises(Rejected, match="narrow them by tags"):
        await look(uptimerobot)


async def test_the_password_that_a_monitor_logs_in_with_leaves_the_answer_behind(
    uptimerobot: UptimeRobot,
) -> None:
    found = await look(uptimerobot)
    kept = await uptimerobot.monitors(())

    assert PASSWORD not in found.model_dump_json()
    assert not any(PASSWORD in repr(one) for one in kept)


async def test_a_limit_is_waited_for_until_it_is_lifted(sandbox: Sandbox, uptimerobot: UptimeRobot) -> None:
    sandbox.order(Fault(status=429))

    with pytest.raises(Unavailable) as refused:
        await look(uptimerobot)

    assert refused.value.retry_after == timedelta(seconds=21)


async def test_a_key_is_tried_on_its_account(
    sandbox: Sandbox, uptimerobot: UptimeRobot, tmp_path: Path
) -> None:
    assert INTEGRATION.credential

    assert (await INTEGRATION.credential.prove(uptimerobot, INTEGRATION.itself)).saw == "4 monitors seen"
    with pytest.raises(Unauthorized):
        await INTEGRATION.credential.prove(connected(sandbox, tmp_path, "nobody's key"), INTEGRATION.itself)
