import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.connection import Connection
from activities.http_metrics import INTEGRATION, HttpMetrics, Numbers, NumbersApi, ReadHttpMetrics
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.server import serving
from sandbox.traffic import Stretch
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.policy.facts import variables_of
from stanch.secrets import Redactor

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
METRICS = "http://sandbox.example/service/backend/metrics.json"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.slurpy()


def numbers_of(app: Any, around: Surroundings | None = None) -> Numbers:
    around = around or Surroundings(Provider(), Redactor())
    connection = Connection(transport=httpx.ASGITransport(app))
    return Numbers(NumbersApi("metrics", connection, around.redactor), TeamSecrets(around))


async def metrics(numbers: Numbers, **arguments: Any) -> HttpMetrics:
    asked = {"url": METRICS, "pick": "error_rate", **arguments}
    return await ReadHttpMetrics(numbers).read(Look(arguments=asked, as_of=AT))


def saying(body: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    return app


async def test_a_service_says_its_own_numbers_over_a_real_socket(sandbox: Sandbox) -> None:
    numbers = INTEGRATION.connect(Surroundings(Provider(), Redactor()))
    async with serving(sandbox) as base:
        result = await metrics(numbers, url=f"{base}/service/backend/metrics.json", pick="error_rate")

    assert (result.value, result.complete, result.line()) == (1.0, True, "1")


async def test_a_number_below_the_top_is_found_by_its_path_and_answered_in_its_unit() -> None:
    body = {"p95": {"readsMs": 250, "full": True}, "name": "backend", "nan": None, "hits": 87.5}

    reads = await metrics(numbers_of(saying(body)), pick="p95.readsMs", **{"in": "ms"})
    hits = await metrics(numbers_of(saying(body)), pick="hits", **{"in": "percent"})

    assert (reads.value, reads.unit, reads.line()) == (0.25, "s", "0.25 s")
    assert (hits.value, hits.unit, hits.line()) == (0.875, "share", "87.5 %")


@pytest.mark.parametrize("path", ["p95.writesMs", "p95", "p95.full", "name"])
async def test_what_is_no_number_is_unknown_and_said(path: str) -> None:
    body = {"p95": {"readsMs": 250, "full": True}, "name": "backend"}

    result = await metrics(numbers_of(saying(body)), pick=path)

    assert (result.value, result.complete) == (None, False)
    assert f"there is no number {path}" in result.line()


async def test_numbers_are_picked_under_names_of_ones_own_and_a_missing_one_stays_unknown() -> None:
    body = {"http": {"errors": 20}, "pool": {"active": 40}}
    pick = {"errors": "http.errors", "active": "pool.active", "lag": "db.lag"}

    result = await metrics(numbers_of(saying(body)), pick=pick, **{"in": "percent"})

    assert (result.picked, result.complete) == ({"errors": 0.2, "active": 0.4}, False)
    assert result.line() == "errors 0.2, active 0.4"


async def test_names_of_a_map_are_facts_and_a_path_alone_is_none() -> None:
    named = variables_of(HttpMetrics, "pool", asked={"pick": {"active": "pool.active"}})
    alone = variables_of(HttpMetrics, "pool", asked={"pick": 'requests{code="500"}'})

    assert "pool.active" in named
    assert {name for name in alone if "requests" in name} == set()


async def test_prometheus_text_is_read_by_name_and_labels(sandbox: Sandbox) -> None:
    sandbox.services["backend"].went_through(
        Stretch(AT, AT + timedelta(minutes=1), sandbox.services["backend"].measure())
    )
    numbers, url = numbers_of(application(sandbox)), "http://sandbox.example/service/backend/metrics"

    failed = await metrics(numbers, url=url, pick='http_requests_total{code="500"}')
    both = await metrics(
        numbers, url=url, pick={"p95": "http_request_duration_p95_seconds", "used": "memory_used_ratio"}
    )

    assert failed.value == 2400
    assert both.picked == {"p95": 2.4, "used": 0.703}
    with pytest.raises(Rejected, match="http_requests_total are 2 numbers: name labels"):
        await metrics(numbers, url=url, pick="http_requests_total")


async def test_a_list_has_no_numbers_to_name() -> None:
    assert (await metrics(numbers_of(saying([1, 2])), pick="0")).value is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(status=401), Unauthorized),
        (Fault(status=403), Unauthorized),
        (Fault(status=404), Rejected),
        (Fault(status=503), Unavailable),
        (Fault(trouble=Trouble.GARBAGE), Unavailable),
        (Fault(trouble=Trouble.TIMEOUT), Unavailable),
    ],
)
async def test_a_service_that_does_not_say_its_numbers_is_missing_evidence(
    sandbox: Sandbox, fault: Fault, error: type[Exception]
) -> None:
    sandbox.order(fault)

    with pytest.raises(error):
        await metrics(numbers_of(application(sandbox)))


async def test_a_waiting_time_is_passed_on(sandbox: Sandbox) -> None:
    sandbox.order(Fault(status=429, headers={"Retry-After": "7"}))

    with pytest.raises(Unavailable) as refused:
        await metrics(numbers_of(application(sandbox)))

    assert refused.value.retry_after == timedelta(seconds=7)


async def test_a_named_secret_opens_the_address_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "pool").write_text("pool-secret-value")
    redactor, seen = Redactor(), []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"])[b"authorization"])
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"no pool-secret-value"})

    around = Surroundings(Provider(), redactor, references={"pool": f"file:{tmp_path / 'pool'}"})
    with pytest.raises(Rejected) as refused:
        await metrics(numbers_of(app, around), bearer="pool")

    assert seen == [b"Bearer pool-secret-value"]
    assert "pool-secret-value" not in str(refused.value)


async def test_a_secret_that_the_team_does_not_have_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(ConfigError, match=r"secrets\.pool is missing"):
        await metrics(numbers_of(application(sandbox)), bearer="pool")
