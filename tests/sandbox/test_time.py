"""One clock drives everything: states, lines and numbers follow from it, however often anybody looks."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.requests import ClientDisconnect

from sandbox import Sandbox
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.datadog.world import DatadogWorld
from sandbox.faults import Fault, Trouble
from sandbox.fly.keys import FlyKey
from sandbox.fly.world import FlyWorld
from sandbox.logfile.world import LogfileWorld
from sandbox.newrelic.world import NewRelicWorld
from sandbox.prometheus.world import PrometheusWorld
from sandbox.sentry.world import SentryWorld
from sandbox.timetable import Timetable
from sandbox.traffic import Gauge, Window
from sandbox.uptimerobot.world import UptimeRobotWorld

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
APP = "slurpy-backend"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.slurpy(SandboxClock(AT))


def fly(sandbox: Sandbox) -> httpx.AsyncClient:
    """A client of Fly's Machines API, in this process."""
    headers = {"Authorization": f"Bearer {FlyKey.ALL}"}
    transport = httpx.ASGITransport(application(sandbox))
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox.example/fly/v1", headers=headers)


def cure(sandbox: Sandbox) -> None:
    """The bad image is good from now on: whatever is deployed does no harm."""
    for image in sandbox.of(FlyWorld).apps[APP].images.values():
        image.good = True


async def roll_back(sandbox: Sandbox, to: str = "deployment-01KA7RN3W8D9E0F1G2H3J4K5M6") -> None:
    """Every machine gets that image, by Fly's API."""
    async with fly(sandbox) as client:
        for machine in (await client.get(f"/apps/{APP}/machines")).json():
            config = {**machine["config"], "image": f"registry.fly.io/{APP}:{to}"}
            answer = await client.post(f"/apps/{APP}/machines/{machine['id']}", json={"config": config})
            assert answer.status_code == 200


def test_a_course_is_where_the_clock_has_brought_it_and_looking_moves_nothing() -> None:
    clock = SandboxClock(AT)
    timetable = Timetable(clock)
    timetable.set_out((30, "building"), (30, "ready"))
    assert [list(timetable.arrived()) for _ in range(5)] == [[]] * 5
    clock.advance(timedelta(seconds=31))
    assert list(timetable.arrived()) == ["building"]
    clock.advance(timedelta(hours=1))
    at = [(state, clock.now()) for state in timetable.arrived()]
    assert at == [("ready", AT + timedelta(seconds=60))]
    assert not timetable


async def test_a_machine_is_started_when_its_time_has_come_and_not_by_being_looked_at(
    sandbox: Sandbox,
) -> None:
    sandbox.pace.machine_state = 30
    await roll_back(sandbox)
    async with fly(sandbox) as client:
        for _ in range(20):
            states = {one["state"] for one in (await client.get(f"/apps/{APP}/machines")).json()}
        assert states == {"replacing"}
        sandbox.pass_time(timedelta(seconds=31))
        assert {one["state"] for one in (await client.get(f"/apps/{APP}/machines")).json()} == {"started"}


@dataclass
class Witnesses:
    """Everybody who shows something of the backend, each in their own way."""

    sandbox: Sandbox

    def __post_init__(self) -> None:
        of = self.sandbox.of
        of(PrometheusWorld).follow("errors", "backend", Gauge.ERROR_RATE, timedelta(minutes=5))
        of(DatadogWorld).follow("errors", "backend", Gauge.ERRORS)
        of(NewRelicWorld).follow("SELECT x", "backend", Gauge.ERROR_RATE, "share")
        of(SentryWorld).add("backend", "team")
        of(SentryWorld).follow("backend", "backend", "boom")
        of(UptimeRobotWorld).add("site")
        of(UptimeRobotWorld).follow("site", "backend")
        of(LogfileWorld).add("app.log")
        of(LogfileWorld).follow("app.log", "backend")

    def see_trouble(self, since: datetime) -> dict[str, bool]:
        """Who says that something went wrong since then."""
        of, now = self.sandbox.of, self.sandbox.clock.now()
        issues = of(SentryWorld).projects["backend"].issues
        written = of(LogfileWorld).files["app.log"].text.splitlines()
        said = [
            one["attributes"] for one in of(FlyWorld).apps[APP].logs if one["attributes"]["level"] == "error"
        ]
        return {
            "prometheus": of(PrometheusWorld).found("errors", now)[0][1] > 0,
            "datadog": any(value for _, value in of(DatadogWorld).found("errors", since, now)[""]),
            "newrelic": of(NewRelicWorld).found("SELECT x", since, now)[0]["share"] > 0,
            "sentry": any(event.at > since for issue in issues for event in issue.events),
            "uptimerobot": of(UptimeRobotWorld).monitors[0].status == "DOWN",
            "file": any(
                "ERROR" in line and datetime.fromisoformat(line.split()[0]) > since for line in written
            ),
            "fly": any(datetime.fromisoformat(one["timestamp"]) > since for one in said),
        }


async def test_a_right_cure_shows_everywhere_and_late_and_a_wrong_one_nowhere(sandbox: Sandbox) -> None:
    witnesses = Witnesses(sandbox)
    sandbox.pass_time(10 * MINUTE)
    assert set(witnesses.see_trouble(AT).values()) == {True}

    await roll_back(sandbox, "deployment-01KA6SP4X9E0F1G2H3J4K5M6N7")  # another bad one
    sandbox.pass_time(10 * MINUTE)
    assert set(witnesses.see_trouble(sandbox.clock.now() - 5 * MINUTE).values()) == {True}

    await roll_back(sandbox)
    cured = sandbox.clock.now() + timedelta(seconds=sandbox.pace.machine_state)
    sandbox.pass_time(2 * MINUTE)
    assert witnesses.see_trouble(cured)["prometheus"], "the mean of five minutes still holds three bad ones"
    sandbox.pass_time(8 * MINUTE)
    assert set(witnesses.see_trouble(cured + MINUTE).values()) == {False}


def test_numbers_are_late_fragments_and_sparse_only_as_ordered(sandbox: Sandbox) -> None:
    world = sandbox.of(PrometheusWorld)
    cure(sandbox)
    sandbox.pass_time(10 * MINUTE + timedelta(seconds=30))
    now = sandbox.clock.now()

    def requests(gauge: Gauge = Gauge.REQUESTS) -> list[tuple[int, float]]:
        found = world.points("backend", gauge, Window(now - 3 * MINUTE, now, MINUTE, world.horizon))
        return [(at.minute, value) for at, value in found]

    whole = sandbox.services["backend"].measure().requests
    assert requests() == [(7, whole), (8, whole), (9, whole)]
    sandbox.order(Fault(trouble=Trouble.LATE, vendor="prometheus", seconds=120))
    assert requests() == [(7, whole)]
    sandbox.order(Fault(trouble=Trouble.FRAGMENT, vendor="prometheus"))
    assert requests() == [(7, whole), (8, whole / 2)]
    assert requests(Gauge.ERRORS) == [(7, 0), (8, 0)]
    sandbox.order(Fault(trouble=Trouble.SPARSE, vendor="prometheus"))
    assert requests(Gauge.ERRORS) == []


async def test_late_lines_cannot_be_read_before_they_have_arrived(sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.LATE, vendor="fly", seconds=90))
    sandbox.pass_time(MINUTE)
    async with fly(sandbox) as client:
        assert [one["attributes"]["level"] for one in await lines(client)] == []
        sandbox.pass_time(MINUTE)
        assert {one["attributes"]["level"] for one in await lines(client)} == {"error"}


async def lines(client: httpx.AsyncClient) -> list[dict[str, dict[str, str]]]:
    """What the app's log gives."""
    found: list[dict[str, dict[str, str]]] = (
        await client.get(f"http://sandbox.example/fly/api/v1/apps/{APP}/logs")
    ).json()["data"]
    return found


async def images(client: httpx.AsyncClient) -> set[str]:
    """The images that machines run."""
    return {one["config"]["image"][-4:] for one in (await client.get(f"/apps/{APP}/machines")).json()}


@pytest.mark.parametrize("trouble", [Trouble.IGNORE, Trouble.REVERT])
async def test_a_write_that_is_ignored_or_put_back_was_answered_as_ever(
    sandbox: Sandbox, trouble: Trouble
) -> None:
    sandbox.order(Fault(trouble=trouble, vendor="fly", method="POST", times=None, seconds=60))
    await roll_back(sandbox)
    async with fly(sandbox) as client:
        assert await images(client) == ({"K5M6"} if trouble is Trouble.REVERT else {"9B8A"})
        sandbox.pass_time(2 * MINUTE)
        assert await images(client) == {"9B8A"}
    assert sandbox.services["backend"].measure().error_rate == 1


async def test_what_is_stuck_never_ends(sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.STUCK, vendor="fly", method="POST", times=None))
    await roll_back(sandbox)
    sandbox.pass_time(timedelta(days=1))
    async with fly(sandbox) as client:
        assert {one["state"] for one in (await client.get(f"/apps/{APP}/machines")).json()} == {"replacing"}


async def test_a_stale_read_shows_the_world_of_some_time_ago(sandbox: Sandbox) -> None:
    stale = Fault(trouble=Trouble.STALE, vendor="fly", method="GET", seconds=60, times=None, after=1)
    sandbox.order(stale)
    await roll_back(sandbox)
    async with fly(sandbox) as client:
        assert await images(client) == {"9B8A"}
        sandbox.pass_time(2 * MINUTE)
        sandbox.faults.clear()
        assert await images(client) == {"K5M6"}


async def test_a_list_that_is_cut_short_does_not_say_so(sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.PARTIAL, vendor="fly", method="GET"))
    async with fly(sandbox) as client:
        assert [len((await client.get(f"/apps/{APP}/machines")).json()) for _ in range(2)] == [1, 2]


async def test_a_refusal_is_given_again_under_its_key_for_a_day(sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.REPLAY, vendor="fly", method="GET", status=500))
    async with fly(sandbox) as client:
        path, key = f"/apps/{APP}/machines", {"Idempotency-Key": "k1"}
        answers = [(await client.get(path, headers=key)).status_code for _ in range(2)]
        other = (await client.get(path, headers={"Idempotency-Key": "k2"})).status_code
        sandbox.pass_time(timedelta(hours=25))
        later = (await client.get(path, headers=key)).status_code
    assert (answers, other, later) == ([500, 500], 200, 200)


async def test_a_trouble_can_be_ordered_by_its_name(sandbox: Sandbox) -> None:
    async with fly(sandbox) as client:
        ordered = {"name": "half_down", "vendor": "fly", "method": "POST"}
        names = (await client.post("http://sandbox.example/sandbox/troubles", json=ordered)).json()["names"]
        unknown = await client.post("http://sandbox.example/sandbox/troubles", json={"name": "tired"})
        read = await client.get(f"/apps/{APP}/machines")
        written = await client.post(f"/apps/{APP}/machines", json={})

    assert (read.status_code, written.status_code) == (200, 503)
    assert unknown.status_code == 404
    assert set(names) >= {
        *(
            "late",
            "stale",
            "fragment",
            "sparse",
            "partial",
            "replay",
            "revert",
            "ignore",
            "stuck",
            "no_starts",
        ),
        *("half_down", "never_healthy", "not_yet_404", "wrong_status", "lock_release_fails"),
    }


async def test_a_client_that_goes_away_in_the_middle_of_its_words_is_no_surprise(sandbox: Sandbox) -> None:
    path = f"/fly/v1/apps/{APP}/machines"
    said = [
        {"type": "http.request", "body": b'{"config": {"ima', "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {FlyKey.ALL}".encode())],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("sandbox.example", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }

    async def receive() -> dict[str, object]:
        return said.pop(0)

    async def send(_: object) -> None:
        pass

    with contextlib.suppress(ClientDisconnect):
        await application(sandbox)(scope, receive, send)

    assert (sandbox.ledger.unexpected, sandbox.ledger.effects()) == ([], [])
