"""The same lines, asked of every provider that has logs, say the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.portable.log_lines import LogCount
from activities.registry import catalogue
from sandbox.app import application
from sandbox.aws.scenes import GROUP
from sandbox.aws.world import REGION, AwsWorld
from sandbox.clock import SandboxClock, milliseconds
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.datadog.world import DatadogWorld
from sandbox.firebase.world import FirebaseWorld
from sandbox.fly.world import FlyWorld
from sandbox.heroku.world import HerokuWorld
from sandbox.logfile.scenes import APP
from sandbox.logfile.world import LogfileWorld
from sandbox.netlify.world import NetlifyWorld
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from tests.activities.contract.bench import Connections, Line
from tests.activities.contract.case import AT, SOURCES, ReadingCase
from tests.activities.contract.cases import READINGS

Said = list[tuple[datetime, str]]
SAID: Said = [
    (AT - timedelta(seconds=50), "GET /a needed 900 ms for token=zzzzzzzzzzzzzzzzzzzz"),
    (AT - timedelta(seconds=40), "GET /b needed 20 ms"),
    (AT - timedelta(seconds=30), "GET /a needed 30 ms"),
    (AT - timedelta(seconds=20), "GET /a needed 30 ms"),
]
ASKED = {
    "matching": "needed",
    "count": {"slow": r"needed \d{3,}", "fast": r"needed \d\d ms"},
    "by": {"path": r"GET (\S+)"},
    "number": r"needed (\d+)",
}


def _firebase(sandbox: Sandbox, said: Said) -> None:
    project = next(iter(sandbox.of(FirebaseWorld).projects.values()))
    service = project.function("purchasePack").service
    assert service
    for at, text in said:
        service.journal.say(text, service.id, "r", ago=AT - at)


def _aws(sandbox: Sandbox, said: Said) -> None:
    lines = [{"timestamp": milliseconds(at), "message": text} for at, text in said]
    sandbox.of(AwsWorld).borrowed.put(lambda moto: moto.lines(GROUP, "api/api/1", lines, REGION))


def each(of: Callable[[Sandbox, datetime, str], object]) -> Callable[[Sandbox, Said], None]:
    def say(sandbox: Sandbox, said: Said) -> None:
        for at, text in said:
            of(sandbox, at, text)

    return say


SAYS: dict[str, Callable[[Sandbox, Said], None]] = {
    "aws.logs": _aws,
    "firebase.logs": _firebase,
    "fly.logs": each(lambda box, at, text: box.of(FlyWorld).apps["slurpy-backend"].say(text, at=at)),
    "heroku.logs": each(
        lambda box, at, text: next(iter(box.of(HerokuWorld).apps.values())).say("app", "web.1", text, at)
    ),
    "vercel.logs": each(lambda box, at, text: box.of(VercelWorld).projects["my-shop"].say(text, ago=AT - at)),
    "netlify.logs": each(
        lambda box, at, text: box.of(NetlifyWorld).sites["gitquest"].say("search", text, AT - at)
    ),
    "cloudflare.logs": each(
        lambda box, at, text: next(iter(box.of(CloudflareWorld).workers.values())).say(text, ago=AT - at)
    ),
    "datadog.logs": each(lambda box, at, text: box.of(DatadogWorld).say(text, AT - at)),
    "logfile.logs": each(lambda box, at, text: box.of(LogfileWorld).say(APP, text, AT - at)),
}
NEVER_WHOLE = {"fly.logs", "vercel.logs", "netlify.logs"}
CASES = [replace(case, arguments={}) for case in READINGS if case.name in SAYS]


@pytest.fixture
def connections(tmp_path: Path) -> Connections:
    return Connections(tmp_path)


@pytest.fixture
def sandbox(case: ReadingCase) -> Iterator[Sandbox]:
    made = Sandbox(case.scene, SandboxClock(AT))
    SAYS[case.name](made, SAID)
    yield made
    assert made.ledger.unexpected == []


async def asked(case: ReadingCase, outside: Any, sandbox: Sandbox, **arguments: Any) -> LogCount:
    case.attach(outside, Line(application(sandbox)))
    since = arguments.pop("since", None)
    look = Look(target=case.target, arguments=arguments, as_of=AT, since=since)
    found = await SOURCES[case.reading][1](outside).read(look)
    assert isinstance(found, LogCount)
    return found


def test_every_provider_that_has_logs_is_asked() -> None:
    assert {name for name in catalogue().readings if name.endswith(".logs")} == set(SAYS)
    assert {case.name for case in CASES} == set(SAYS)


every = pytest.mark.parametrize("case", CASES, ids=str)


@every
async def test_what_lines_hold_is_told_alike_everywhere(
    case: ReadingCase, connections: Connections, sandbox: Sandbox
) -> None:
    found = await asked(case, connections.to(case), sandbox, **ASKED)

    assert (found.count, found.counts, found.shares) == (
        4, {"slow": 1, "fast": 3}, {"slow": 0.25, "fast": 0.75},
    )  # fmt: skip
    assert (found.by["path"].top, found.by["path"].top_share, found.by["path"].different) == ("/a", 0.75, 2)
    assert found.number
    assert (found.number.p50, found.number.p95, found.number.max) == (30, 900, 900)
    assert found.is_cut is found.is_partial is (case.name in NEVER_WHOLE)
    assert found.last
    assert found.last.endswith("GET /a needed 30 ms")


@every
async def test_lines_of_before_the_last_change_are_not_looked_at(
    case: ReadingCase, connections: Connections, sandbox: Sandbox
) -> None:
    since = AT - timedelta(seconds=45)

    found = await asked(case, connections.to(case), sandbox, since=since, **ASKED)

    assert found.counts == {"slow": 0, "fast": 3}
    assert found.is_cut


@every
async def test_without_any_argument_every_line_counts(
    case: ReadingCase, connections: Connections, sandbox: Sandbox
) -> None:
    outside = connections.to(case)

    every_line = await asked(case, outside, sandbox)
    counted = await asked(case, outside, sandbox, count={"needed": "needed"})

    assert every_line.count >= 4
    assert counted.counts == {"needed": 4}
    assert counted.count == every_line.count or counted.is_cut
