import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.integration import Surroundings
from activities.portable.measured import Measurement
from activities.prometheus import INTEGRATION, Prometheus, ReadQuery
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.fly.scenes import slurpy
from sandbox.prometheus.scenes import ERRORS, POOL, servio
from sandbox.prometheus.world import PrometheusWorld
from sandbox.traffic import Gauge
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT

MINUTE = timedelta(minutes=1)
BASE = "http://sandbox.example/prometheus"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(servio, SandboxClock(AT))


@pytest.fixture
def world(sandbox: Sandbox) -> PrometheusWorld:
    return sandbox.of(PrometheusWorld)


def connected(transport: httpx.AsyncBaseTransport, **settings: Any) -> Prometheus:
    made = Prometheus.connect(
        Surroundings(Provider.model_validate({"base_url": BASE, **settings}), Redactor())
    )
    made.api.connection.answered_by(transport)
    return made


async def ask(outside: Prometheus, query: str = ERRORS, **arguments: Any) -> Measurement:
    return await ReadQuery(outside).read(Look(arguments={"query": query, **arguments}, as_of=AT))


async def asked(sandbox: Sandbox, query: str = ERRORS, **arguments: Any) -> Measurement:
    return await ask(connected(httpx.ASGITransport(application(sandbox))), query, **arguments)


def saying(body: Any, status: int = 200) -> Prometheus:
    return connected(httpx.MockTransport(lambda _: httpx.Response(status, json=body)))


async def test_the_highest_of_several_series_is_the_number_unless_asked_otherwise(sandbox: Sandbox) -> None:
    highest, lowest = await asked(sandbox), await asked(sandbox, across="min")

    assert (highest.value, highest.where) == (0.125, "route=/checkout")
    assert (lowest.value, lowest.where) == (0.002, "route=/bookings")
    assert highest.line() == "0.125, max of 2: route=/checkout"


async def test_a_series_that_divides_by_nought_is_left_out_and_a_query_without_series_is_unknown(
    sandbox: Sandbox,
) -> None:
    assert (await asked(sandbox)).samples == 2
    assert (await asked(sandbox, "no_such_metric")).value is None


async def test_a_scalar_is_a_number_and_a_range_is_refused_with_the_way_out(
    sandbox: Sandbox, world: PrometheusWorld
) -> None:
    world.scalars["scalar(up)"] = 1
    world.matrices.add("up[5m]")

    assert (await asked(sandbox, "scalar(up)")).value == 1
    with pytest.raises(Rejected, match="gives a matrix and no number: wrap it"):
        await asked(sandbox, "up[5m]")


async def test_it_is_asked_for_the_instant_of_the_look() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.url.params))
        return httpx.Response(
            200, json={"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}}
        )

    await ask(connected(httpx.MockTransport(answer)), POOL)

    assert seen == [{"query": POOL, "time": f"{AT.timestamp():.3f}", "timeout": "8s"}]


@pytest.mark.parametrize("up", [None, 0, math.nan, 3])
async def test_no_errors_are_believed_only_while_something_is_scraped(
    sandbox: Sandbox, world: PrometheusWorld, up: float | None
) -> None:
    world.say("sum(rate(errors[5m]))", 0)
    if up is not None:
        world.say("sum(up)", up)

    found = await asked(sandbox, "sum(rate(errors[5m]))", proof="sum(up)")

    assert (found.value, found.complete) == (0, up == 3)
    assert ("nothing came in" in found.line()) is (up != 3)


async def test_warnings_of_the_server_make_the_number_incomplete(
    sandbox: Sandbox, world: PrometheusWorld
) -> None:
    world.warnings.append("one store could not be reached")

    found = await asked(sandbox, POOL)

    assert (found.value, found.complete) == (97, False)
    assert found.line() == "97 (warning: one store could not be reached)"


async def test_a_refused_query_is_its_authors_and_says_what_prometheus_says_of_it(
    sandbox: Sandbox, world: PrometheusWorld
) -> None:
    world.impossible["a / b"] = "many-to-many matching not allowed"

    with pytest.raises(Rejected, match=r"answered 400: invalid parameter .query.: 1:1: parse error"):
        await asked(sandbox, "up{")
    with pytest.raises(Rejected, match=r"answered 422: many-to-many matching not allowed"):
        await asked(sandbox, "a / b")


async def test_a_query_that_takes_too_long_may_yet_be_answered(
    sandbox: Sandbox, world: PrometheusWorld
) -> None:
    world.too_slow.add(POOL)

    with pytest.raises(Unavailable, match="timed out"):
        await asked(sandbox, POOL)


async def test_a_histogram_has_no_one_number() -> None:
    histogram = {"metric": {}, "histogram": [0, {"count": "1", "sum": "2"}]}
    body = {"status": "success", "data": {"resultType": "vector", "result": [histogram]}}

    assert (await ask(saying(body))).value is None


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"status": "success"},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1]}]}},
    ],
)
async def test_what_does_not_answer_as_prometheus_is_refused_by_name(body: Any) -> None:
    with pytest.raises(Rejected, match="prometheus"):
        await ask(saying(body))


async def test_a_login_page_is_no_answer(sandbox: Sandbox) -> None:
    page = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>Log in</html>"))

    with pytest.raises(Unavailable, match="not JSON"):
        await ask(connected(page))


async def test_a_proxy_is_given_the_token_or_the_user_and_password(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-of-the-proxy")
    (tmp_path / "password").write_text("a-long-password")
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization", ""))
        return httpx.Response(401, text=f"not {seen[-1]}")

    said = []
    for settings in (
        {"token": f"file:{tmp_path / 'token'}"},
        {"username": "stanch", "password": f"file:{tmp_path / 'password'}"},
        {},
    ):
        with pytest.raises(Unauthorized) as refused:
            await ask(connected(httpx.MockTransport(answer), **settings))
        said.append(str(refused.value))

    assert seen == ["Bearer a-token-of-the-proxy", "Basic c3RhbmNoOmEtbG9uZy1wYXNzd29yZA==", ""]
    assert not any("a-token" in text or "c3Rhbm" in text for text in said)


async def test_a_wrong_credential_is_said_once_and_loudly(sandbox: Sandbox, world: PrometheusWorld) -> None:
    world.asks_for_a_credential = True

    with pytest.raises(Unauthorized):
        await asked(sandbox)


async def test_without_an_address_it_says_what_to_write() -> None:
    outside = INTEGRATION.connect(Surroundings(Provider(), Redactor()))

    with pytest.raises(ConfigError, match=r"providers\.prometheus\.base_url is missing"):
        await ask(outside)


async def test_a_waiting_time_is_passed_on(sandbox: Sandbox) -> None:
    sandbox.order(Fault(status=429, headers={"Retry-After": "7"}))

    with pytest.raises(Unavailable) as refused:
        await asked(sandbox)

    assert refused.value.retry_after == timedelta(seconds=7)


async def test_labels_are_told_apart_and_named_as_the_team_names_them(sandbox: Sandbox) -> None:
    found = await asked(sandbox, by={"endpoint": "route"})

    assert (found.by["endpoint"].top, found.by["endpoint"].top_value) == ("/checkout", 0.125)
    assert found.by["endpoint"].list == ("/checkout", "/bookings")
    assert found.line() == "0.125, max of 2: route=/checkout; endpoint /checkout 0.125, of 2"


RATE = "rate(checkout_seconds[$within])"


@pytest.fixture
def followed() -> Sandbox:
    """A backend that has been ill for ten minutes."""
    made = Sandbox(slurpy, SandboxClock(AT - 10 * MINUTE))
    made.of(PrometheusWorld).follow("rate(checkout_seconds[])", "backend", Gauge.P95_SECONDS)
    made.catch_up()
    made.pass_time(10 * MINUTE)
    return made


async def test_a_number_is_held_against_other_days_and_its_own_course(followed: Sandbox) -> None:
    also = ["usual", "before", "slope_per_hour"]

    found = await asked(followed, RATE, also=also, **{"in": "s"})

    assert (found.value, found.usual, found.before) == (2.4, 0.5, 0.5)
    assert found.slope_per_hour is not None
    assert found.slope_per_hour > 1
    assert found.line().startswith("2.4 s, usually 0.5 s, an hour ago 0.5 s, +")


async def test_the_window_of_an_expression_ends_at_the_last_change(followed: Sandbox) -> None:
    look = {"query": RATE, "within": "20m"}
    prometheus = connected(httpx.ASGITransport(application(followed)))

    whole = await ReadQuery(prometheus).read(Look(arguments=look, as_of=AT))
    since = await ReadQuery(prometheus).read(Look(arguments=look, as_of=AT, since=AT - 5 * MINUTE))

    assert (whole.value, since.value) == (1.45, 2.4)


async def test_a_server_that_warns_tells_no_course(followed: Sandbox) -> None:
    followed.of(PrometheusWorld).warnings.append("one store could not be reached")

    found = await asked(followed, RATE, also=["usual", "slope_per_hour"])

    assert (found.complete, found.usual, found.slope_per_hour) == (False, None, None)
