"""Invocations of a Worker, as GraphQL Analytics counts them."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.cloudflare.client import Cloudflare
from activities.cloudflare.metrics import UNITS, ReadMetrics
from activities.portable.measured import Measurement
from sandbox.clock import SandboxClock
from sandbox.cloudflare.keys import CloudflareKey
from sandbox.cloudflare.scenes import pitchey
from sandbox.faults import Fault, Trouble
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from tests.activities.cloudflare.cases import PITCHEY
from tests.activities.cloudflare.working import cloudflare_of, saying
from tests.activities.contract.case import AT

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox(pitchey, SandboxClock(AT))
    made.catch_up()
    made.pass_time(10 * MINUTE)
    return made


async def read(cloudflare: Cloudflare, metric: str = "requests", **more: Any) -> Measurement:
    """As of ten minutes after the scene began."""
    arguments = {"metric": metric, **more}
    return await ReadMetrics(cloudflare).read(
        Look(target=PITCHEY, arguments=arguments, as_of=AT + 10 * MINUTE)
    )


async def test_every_metric_is_measured_in_the_unit_that_it_says(sandbox: Sandbox) -> None:
    found = {name: await read(cloudflare_of(sandbox), name) for name in UNITS}

    assert {name: one.value for name, one in found.items()} == {
        "requests": 12000,
        "error_rate": 1.0,
        "p95": 2.4,
    }
    assert [one.line() for one in found.values()] == ["requests 12000", "error_rate 100 %", "p95 2.4 s"]


async def test_what_it_was_before_the_bad_version_is_known(sandbox: Sandbox) -> None:
    found = await read(cloudflare_of(sandbox), "p95", also=["usual", "before", "slope_per_hour"])

    assert (found.value, found.usual, found.before) == (2.4, 0.3, 0.3)
    assert found.slope_per_hour is not None
    assert found.slope_per_hour > 1


async def test_a_surge_is_seen_against_what_is_usual(sandbox: Sandbox) -> None:
    for service in sandbox.services.values():
        service.load *= 3
    sandbox.pass_time(10 * MINUTE)

    look = Look(target=PITCHEY, arguments={"metric": "requests", "also": ["usual"]}, as_of=AT + 20 * MINUTE)
    found = await ReadMetrics(cloudflare_of(sandbox)).read(look)

    assert (found.value, found.usual) == (36000, 12000)


async def test_numbers_that_are_late_are_unknown(sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.LATE, seconds=360))

    found = await read(cloudflare_of(sandbox))

    assert not found.complete
    assert "no request is in since" in found.line()


async def test_a_worker_that_nobody_called_is_unknown_and_never_well() -> None:
    quiet = Sandbox(pitchey, SandboxClock(AT))

    found = await read(cloudflare_of(quiet), "error_rate")

    assert (found.value, found.complete) == (None, False)


async def test_minutes_that_do_not_add_up_are_not_the_whole() -> None:
    total = {"sum": {"requests": 100, "errors": 1}, "quantiles": {"wallTimeP95": 5}}
    minute = {**total, "dimensions": {"datetimeMinute": "2026-11-21T03:06:00Z"}, "sum": {"requests": 9}}
    body = {"data": {"viewer": {"accounts": [{"total": [total], "minutes": [minute]}]}}, "errors": None}

    found = await read(saying(200, body))

    assert not found.complete
    assert "a part of the numbers is missing" in found.line()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("not authorized for that account", Unauthorized),
        ("account does not have access to the path", Unauthorized),
        ("rate limit exceeded, please try again", Unavailable),
        ("query timed out", Unavailable),
        ("internal server error", Unavailable),
        ("unknown field wallTimeP95", Rejected),
    ],
)
async def test_refusals_come_with_a_good_status(message: str, kind: type[Exception]) -> None:
    body = {"data": None, "errors": [{"message": message, "path": ["viewer"], "extensions": {"code": "x"}}]}

    with pytest.raises(kind, match=message):
        await read(saying(200, body))


@pytest.mark.parametrize("body", [[], {}, {"success": True}, "text"])
async def test_what_is_no_answer_of_graphql_is_none(body: Any) -> None:
    with pytest.raises(Unavailable):
        await read(saying(200, body))


async def test_an_account_that_it_does_not_know_is_said() -> None:
    with pytest.raises(Rejected, match="knows no such account"):
        await read(saying(200, {"data": {"viewer": {"accounts": []}}}))


async def test_a_token_without_the_permission_is_told_which(sandbox: Sandbox) -> None:
    with pytest.raises(Unauthorized, match="Account Analytics:Read"):
        await read(cloudflare_of(sandbox, CloudflareKey.ELSEWHERE))


@pytest.mark.parametrize("wrong", [{"metric": "cpu"}, {"by": {"a": "b"}}, {"in": "ms"}])
async def test_what_it_does_not_measure_is_refused(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        await read(cloudflare_of(sandbox), **{"metric": "requests", **wrong})
