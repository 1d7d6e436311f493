"""Load and memory of dynos, out of the log."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from activities.heroku.metrics import ReadMetrics
from activities.portable.measured import Measurement
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.log import RING
from sandbox.heroku.scenes import gitquest
from sandbox.service import Ailment
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.heroku.cases import APP, app_of
from tests.activities.heroku.herokuing import Team

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox(gitquest, SandboxClock(AT))
    app_of(made).logs_runtime_metrics = True
    made.catch_up()
    return made


@pytest.fixture
def app(sandbox: Sandbox) -> HerokuApp:
    return app_of(sandbox)


@pytest.fixture
def team(tmp_path: Path, sandbox: Sandbox) -> Team:
    return Team(tmp_path, sandbox)


async def read(team: Team, metric: str, minutes: float, **more: Any) -> Measurement:
    look = Look(target=APP, arguments={"metric": metric, **more}, as_of=AT + minutes * MINUTE)
    return await ReadMetrics(team.heroku()).read(look)


async def test_load_and_memory_are_shares_of_what_a_dyno_has(sandbox: Sandbox, team: Team) -> None:
    sandbox.pass_time(5 * MINUTE)

    cpu, memory = [await read(team, name, 5) for name in ("cpu", "memory")]

    assert (cpu.value, cpu.unit, cpu.samples, cpu.complete) == (0.4, "share", 2, True)
    assert memory.value == pytest.approx(180 / 512, rel=0.01)
    assert memory.line().startswith("memory 35.2 %, max of 2: web.")


async def test_the_load_of_a_large_dyno_is_that_of_each_of_its_processors(
    sandbox: Sandbox, app: HerokuApp, team: Team
) -> None:
    for dyno in app.dynos:
        dyno.size = "performance-l"
    line = "source=web.1 dyno=heroku.1.x sample#load_avg_1m=6.00 sample#load_avg_5m=1.00"
    app.say("heroku", "web.1", line, AT)

    assert (await read(team, "cpu", 0)).value == 0.75


async def test_a_slope_is_known_as_far_as_the_log_reaches_back(
    sandbox: Sandbox, app: HerokuApp, team: Team
) -> None:
    service = sandbox.services["gitquest"]
    service.ailments.add(Ailment.LEAK)
    service.leak.mb_per_hour = 128
    sandbox.pass_time(40 * MINUTE)

    quiet = await read(team, "memory", 40, also=["slope_per_hour"])
    for _ in range(RING):
        app.say("app", "web.1", "GET / 200", AT + 39 * MINUTE)
    busy = await read(team, "memory", 40, also=["slope_per_hour"])

    assert quiet.slope_per_hour == pytest.approx(128 / 512, rel=0.1)
    assert busy.slope_per_hour is None


async def test_a_log_without_such_lines_says_how_they_are_switched_on(
    sandbox: Sandbox, app: HerokuApp, team: Team
) -> None:
    app.logs_runtime_metrics = False
    sandbox.pass_time(5 * MINUTE)

    found = await read(team, "cpu", 5)

    assert (found.value, found.complete) == (None, False)
    assert "heroku labs:enable log-runtime-metrics" in found.line()


async def test_lines_that_are_late_tell_nothing_of_now(sandbox: Sandbox, team: Team) -> None:
    sandbox.pass_time(5 * MINUTE)
    sandbox.order(Fault(trouble=Trouble.LATE, seconds=120))

    found = await read(team, "memory", 5)

    assert (found.value, found.complete) == (None, False)


async def test_a_dyno_that_is_gone_is_no_news(sandbox: Sandbox, app: HerokuApp, team: Team) -> None:
    sandbox.pass_time(5 * MINUTE)
    app.say("heroku", "web.9", "source=web.9 dyno=heroku.1.x sample#load_avg_1m=9.00", AT + 5 * MINUTE)

    assert (await read(team, "cpu", 5)).value == 0.4


@pytest.mark.parametrize(
    "wrong", [{"metric": "p95"}, {"metric": "cpu", "also": ["usual"]}, {"metric": "cpu", "by": {"a": "host"}}]
)
async def test_what_the_log_does_not_tell_is_refused(team: Team, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        await read(team, **{"minutes": 0, **wrong})
