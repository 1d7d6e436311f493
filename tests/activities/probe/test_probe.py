import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.integration import Surroundings
from activities.probes import (
    INTEGRATION,
    Expected,
    ProbeArguments,
    Prober,
    ProbeResult,
    ReadProbe,
    Sample,
    summed_up,
)
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.fly.world import FlyWorld
from sandbox.server import serving
from sandbox.service import Ailment
from sandbox.world import Sandbox
from stanch.errors import ConfigError
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
HEALTH = "http://sandbox.example/service/backend/healthz"
Scope = dict[str, Any]


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox.slurpy()
    for machine in made.of(FlyWorld).apps["slurpy-backend"].machines.values():
        machine.config["image"] = made.of(FlyWorld).apps["slurpy-backend"].releases[-1].image_ref
    return made


def outside_of(app: Any) -> Prober:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    return Prober(client, Redactor(["hunter2hunter2"]))


async def probe(outside: Prober, *urls: str, **arguments: Any) -> ProbeResult:
    look = Look(arguments={"urls": list(urls or (HEALTH,)), **arguments}, as_of=AT)
    return await ReadProbe(outside).read(look)


def answering(
    status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> Callable[[Scope, Any, Any], Awaitable[None]]:
    async def app(scope: Scope, receive: Any, send: Any) -> None:
        said = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        await send({"type": "http.response.start", "status": status, "headers": said})
        await send({"type": "http.response.body", "body": body})

    return app


async def test_a_service_that_answers_is_ok_over_a_real_socket(sandbox: Sandbox) -> None:
    outside = INTEGRATION.connect(Surroundings(Provider(), Redactor()))
    async with serving(sandbox) as base:
        result = await probe(outside, f"{base}/service/backend/healthz", samples=4)

    assert (result.ok, result.checked, result.failing, result.statuses) == (True, 4, 0, (200,))
    assert timedelta() < result.p95 <= result.slowest
    assert result.line().startswith("all 4 requests good, slowest 0.")


async def test_one_copy_of_two_that_fails_shows_as_a_share_of_errors(sandbox: Sandbox) -> None:
    next(iter(sandbox.of(FlyWorld).apps["slurpy-backend"].machines.values())).stuck = True

    result = await probe(outside_of(application(sandbox)), samples=4)

    assert (result.ok, result.error_rate, result.statuses) == (False, 0.5, (200, 503))
    assert (result.failing_url, result.why) == (HEALTH, "answered 503")


async def test_a_service_that_is_down_fails_every_sample(sandbox: Sandbox) -> None:
    sandbox.services["backend"].ailments.add(Ailment.DOWN)

    result = await probe(outside_of(application(sandbox)))

    assert (result.ok, result.error_rate) == (False, 1.0)
    assert result.line().startswith("3 of 3 requests failed")


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (Trouble.RESET, "cannot be reached: ReadError"),
        (Trouble.TIMEOUT, "did not answer within 5 s"),
    ],
)
async def test_a_service_that_cannot_be_reached_is_a_failing_sample_and_not_missing_evidence(
    sandbox: Sandbox, trouble: Trouble, why: str
) -> None:
    sandbox.order(Fault(trouble=trouble, path="healthz", times=None))

    result = await probe(outside_of(application(sandbox)))

    assert (result.failing, result.statuses, result.why) == (3, (), why)


async def test_a_host_where_nobody_listens_is_a_failing_sample() -> None:
    outside = INTEGRATION.connect(Surroundings(Provider(), Redactor()))

    result = await probe(outside, "http://127.0.0.1:9/healthz", samples=1)

    assert result.why == "cannot be reached: ConnectError"


async def test_a_reset_on_a_real_socket_is_a_failing_sample(sandbox: Sandbox) -> None:
    outside = INTEGRATION.connect(Surroundings(Provider(), Redactor()))
    sandbox.order(Fault(trouble=Trouble.RESET, path="healthz"))
    async with serving(sandbox) as base:
        result = await probe(outside, f"{base}/service/backend/healthz")

    assert (result.failing, result.statuses) == (1, (200,))


async def test_the_text_that_a_page_must_show_is_looked_for() -> None:
    outside = outside_of(answering(200, b"<h1>Shop</h1>"))

    assert (await probe(outside, expect="Shop")).ok
    missing = await probe(outside, expect={"text": "Checkout"})
    assert missing.why == "answered 200 without the text 'Checkout'"


async def test_fields_of_the_answer_are_compared() -> None:
    outside = outside_of(answering(200, json.dumps({"db": {"ok": False}}).encode()))

    assert (await probe(outside, expect={"json": {"db.ok": False}})).ok
    assert (await probe(outside, expect={"json": {"db.ok": True}})).why == "answered db.ok other than true"
    assert not (await probe(outside, expect={"json": {"db.ok.deeper": True}})).ok


@pytest.mark.parametrize("body", [b"", b'<html>{"oops": ', b"[" * 100_000])
async def test_garbage_where_json_is_expected_fails_the_sample(body: bytes) -> None:
    result = await probe(outside_of(answering(200, body)), expect={"json": {"ok": True}})

    assert result.why == "answered something that is not JSON"


async def test_a_large_page_is_read_only_so_far() -> None:
    outside = outside_of(answering(200, b"x" * 300_000 + b"the end"))

    assert (await probe(outside)).ok
    assert not (await probe(outside, expect="the end")).ok


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    outside = outside_of(answering(302, headers={"location": "https://parked.example/?key=1"}))

    result = await probe(outside)

    assert result.why == "redirects to https://parked.example"


async def test_a_redirect_on_the_same_host_is_followed_only_so_often() -> None:
    async def app(scope: Scope, receive: Any, send: Any) -> None:
        at_home = scope["path"] == "/home"
        moved = answering(302, headers={"location": "/home"})
        await (answering(200) if at_home else moved)(scope, receive, send)

    assert (await probe(outside_of(app), "http://shop.example/")).ok
    endless = await probe(outside_of(answering(302, headers={"location": "/"})))
    assert endless.why == "redirects more than 3 times"


async def test_a_redirect_that_cannot_be_understood_is_a_failing_sample() -> None:
    result = await probe(outside_of(answering(302, headers={"location": "https://["})))

    assert (result.ok, result.failing) == (False, 3)


async def test_what_a_service_says_of_a_secret_is_blanked_out() -> None:
    outside = outside_of(answering(200, b"hunter2hunter2"))

    result = await probe(outside, "https://shop.example/a?deep=hunter2hunter2", expect="hunter2hunter2x")

    assert "hunter2" not in result.model_dump_json()
    assert result.failing_url == "https://shop.example/a"


async def test_a_probe_without_an_address_says_what_to_write() -> None:
    with pytest.raises(ConfigError, match="health:"):
        await ReadProbe(outside_of(answering(200))).read(Look(as_of=AT))


@pytest.mark.parametrize(
    "url", ["ftp://a.example", "shop.example", "https://ana:pw@shop.example", "https://a:b:c"]
)
def test_an_address_is_http_without_a_password(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ProbeArguments(urls=(url,))

    assert "pw" not in str(refused.value.errors(include_input=False))


def test_one_slow_request_is_chance_and_half_of_them_are_slow() -> None:
    def took(*seconds: float) -> list[Sample]:
        return [Sample("https://a.example", 200, timedelta(seconds=each)) for each in seconds]

    assert summed_up(took(0.1, 0.1, 9), timedelta(seconds=2)).ok
    slow = summed_up(took(0.1, 9, 9), timedelta(seconds=2))
    assert (slow.ok, slow.is_slow, slow.failing) == (False, True, 0)
    assert slow.p95 == timedelta(seconds=9)


def test_one_slow_address_among_fast_ones_is_slow() -> None:
    samples = [Sample("https://a.example", 200, timedelta(seconds=0.1))] * 3
    samples += [Sample("https://b.example", 200, timedelta(seconds=3))] * 2

    assert summed_up(samples, timedelta(seconds=2)).is_slow


def test_what_is_expected_can_be_written_short() -> None:
    assert ProbeArguments.model_validate({"expect": "ok", "slow_after": "800ms"}).expect == Expected(
        text="ok"
    )
