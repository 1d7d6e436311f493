"""Fly's own Prometheus, asked for an app."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.fly.client import Fly
from activities.fly.metrics import UNITS, ReadMetrics
from activities.portable.measured import Measurement
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.fly.keys import FlyKey
from sandbox.service import Ailment
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unauthorized
from stanch.model.evidence import Look
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.fly.cases import BACKEND
from tests.activities.fly.flying import fly_of

MINUTE = timedelta(minutes=1)


async def read(fly: Fly, metric: str, minutes: float = 0, **more: Any) -> Measurement:
    """What it is so many minutes after the scene began."""
    as_of = AT + minutes * MINUTE
    since = more.pop("since", None)
    look = Look(target=BACKEND, arguments={"metric": metric, **more}, as_of=as_of, since=since)
    return await ReadMetrics(fly).read(look)


@pytest.fixture
def visited(sandbox: Sandbox) -> Sandbox:
    sandbox.catch_up()
    sandbox.pass_time(10 * MINUTE)
    return sandbox


async def test_every_metric_is_measured_in_the_unit_that_it_says(visited: Sandbox, fly: Fly) -> None:
    found = {name: await read(fly, name, 10) for name in UNITS}

    assert {name: one.value for name, one in found.items()} == {
        "requests": 12000,
        "error_rate": 1.0,
        "p95": 2.4,
        "cpu": 0.4,
        "memory": 0.703,
    }
    assert {name: one.unit for name, one in found.items()} == UNITS
    assert [one.line() for one in found.values()][:3] == ["requests 12000", "error_rate 100 %", "p95 2.4 s"]


async def test_what_it_was_before_the_bad_release_is_known(visited: Sandbox, fly: Fly) -> None:
    found = await read(fly, "error_rate", 10, also=["usual", "before", "slope_per_hour"])

    assert (found.value, found.usual, found.before) == (1, 0, 0)
    assert found.slope_per_hour is not None
    assert found.slope_per_hour > 1
    assert found.line().startswith("error_rate 100 %, usually 0 %, an hour ago 0 %, +")


async def test_memory_that_leaks_grows_by_so_much_an_hour(sandbox: Sandbox, fly: Fly) -> None:
    sandbox.catch_up()
    service = sandbox.services["backend"]
    service.ailments.add(Ailment.LEAK)
    service.memory_needed_mb, service.leak.mb_per_hour = 100, 64
    sandbox.pass_time(40 * MINUTE)

    found = await read(fly, "memory", 40, also=["slope_per_hour"], by={"machine": "instance"})

    assert found.slope_per_hour == pytest.approx(64 / 256, rel=0.05)
    assert found.by["machine"].different == 2


async def test_regions_are_told_apart_where_they_are_asked_for(visited: Sandbox, fly: Fly) -> None:
    found = await read(fly, "requests", 10, by={"region": "region"})

    assert (found.by["region"].top, found.by["region"].top_value, found.value) == ("ord", 12000, 12000)


async def test_a_check_looks_back_no_further_than_the_change(visited: Sandbox, fly: Fly) -> None:
    found = await read(fly, "requests", 10, since=AT + 8 * MINUTE)

    assert found.value == 2400 * 1.5


async def test_samples_that_are_late_make_the_number_unknown(visited: Sandbox, fly: Fly) -> None:
    visited.order(Fault(trouble=Trouble.LATE, seconds=180))

    found = await read(fly, "requests", 10)

    assert not found.complete
    assert "its newest samples are missing" in found.line()


async def test_nobody_who_visits_is_not_no_errors(sandbox: Sandbox, fly: Fly) -> None:
    found = await read(fly, "error_rate")

    assert (found.value, found.complete) == (None, False)


async def test_stores_that_did_not_answer_make_the_number_incomplete(visited: Sandbox) -> None:
    line = Line(application(visited))
    part = {"status": "success", "isPartial": True, "data": {"resultType": "vector", "result": []}}
    visited.order(Fault(status=200, path="/prometheus/", body=part, times=None))

    found = await read(fly_of(visited, line=line), "requests", 10)

    assert "not all of its stores answered" in found.line()


async def test_a_token_of_another_app_is_told_so(visited: Sandbox) -> None:
    with pytest.raises(Unauthorized):
        await read(fly_of(visited, FlyKey.ELSEWHERE), "requests", 10)


async def test_an_app_that_names_no_organization_cannot_be_asked(visited: Sandbox, fly: Fly) -> None:
    visited.order(Fault(status=200, path=r"/apps/[^/]+$", body={"name": BACKEND.name}))

    with pytest.raises(Rejected, match="which organization"):
        await read(fly, "requests", 10)


@pytest.mark.parametrize(
    "wrong",
    [{"metric": "disk"}, {}, {"metric": "cpu", "by": {"region": "region"}}, {"metric": "p95", "in": "s"}],
)
async def test_what_it_does_not_measure_is_refused(fly: Fly, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        await ReadMetrics(fly).read(Look(target=BACKEND, arguments=wrong, as_of=AT))


async def test_the_expressions_are_those_of_flys_own_metrics(sandbox: Sandbox) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "prometheus" not in request.url.path:
            return httpx.Response(200, json={"organization": {"slug": "team"}})
        asked.append(request.url.params["query"])
        return httpx.Response(200, json={"status": "success", "data": {"resultType": "vector", "result": []}})

    fly = fly_of(sandbox)
    fly.api.connection.answered_by(httpx.MockTransport(answer))
    for name in UNITS:
        await read(fly, name)

    app = f'app="{BACKEND.name}"'
    failed = f'sum (increase(fly_edge_http_responses_count{{{app},status=~"5.."}}[300s]))'
    every = f"sum (increase(fly_edge_http_responses_count{{{app}}}[300s]))"
    seconds = f"rate(fly_edge_http_response_time_seconds_bucket{{{app}}}[300s])"
    idle = f'sum by (instance) (rate(fly_instance_cpu{{{app},mode="idle"}}[300s]))'
    worked = f"sum by (instance) (rate(fly_instance_cpu{{{app}}}[300s]))"
    free, there = f"fly_instance_memory_mem_available{{{app}}}", f"fly_instance_memory_mem_total{{{app}}}"
    assert [query for query in asked if "timestamp" not in query] == [
        every,
        f"({failed} or {every} * 0) / {every}",
        f"histogram_quantile(0.95, sum by (le) ({seconds}))",
        f"1 - {idle} / {worked}",
        f"max by (instance) (1 - {free} / {there})",
    ]
