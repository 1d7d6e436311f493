import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.connection import Connection
from activities.http import Api
from activities.http_metrics import INTEGRATION, HttpMetrics, Numbers, ReadHttpMetrics
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.server import serving
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
METRICS = "http://sandbox.example/service/backend/metrics.json"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.slurpy()


def numbers_of(app: Any, around: Surroundings | None = None) -> Numbers:
    around = around or Surroundings(Provider(), Redactor())
    connection = Connection(transport=httpx.ASGITransport(app))
    return Numbers(Api("metrics", connection, around.redactor), TeamSecrets(around))


async def metrics(numbers: Numbers, **arguments: Any) -> HttpMetrics:
    return await ReadHttpMetrics(numbers).read(Look(arguments={"url": METRICS, **arguments}, as_of=AT))


def saying(body: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    return app


async def test_a_service_says_its_own_numbers_over_a_real_socket(sandbox: Sandbox) -> None:
    numbers = INTEGRATION.connect(Surroundings(Provider(), Redactor()))
    async with serving(sandbox) as base:
        result = await metrics(numbers, url=f"{base}/service/backend/metrics.json")

    assert (result.error_rate, result.values["instances"]) == (1.0, 2.0)
    assert result.p95 == timedelta(seconds=result.values["p95_seconds"])
    assert "error_rate 1" in result.line()


async def test_numbers_below_the_top_are_found_by_their_path_and_nothing_else_is_a_number() -> None:
    body = {"pool": {"active": 5, "full": True}, "name": "backend", "nan": None, "p95_ms": 250}

    result = await metrics(numbers_of(saying(body)))

    assert result.values == {"pool.active": 5.0, "p95_ms": 250.0}
    assert (result.p95, result.error_rate) == (timedelta(milliseconds=250), None)


async def test_fields_are_picked_under_names_of_ones_own_and_a_missing_one_stays_unknown() -> None:
    body = {"http": {"errors": 0.2}, "other": 1}

    result = await metrics(numbers_of(saying(body)), pick={"error_rate": "http.errors", "lag": "db.lag"})

    assert (result.values, result.error_rate) == ({"error_rate": 0.2}, 0.2)


async def test_an_error_rate_in_percent_is_not_taken_for_a_share() -> None:
    assert (await metrics(numbers_of(saying({"error_rate": 12})))).error_rate is None


async def test_a_list_has_no_numbers_to_name() -> None:
    assert (await metrics(numbers_of(saying([1, 2])))).values == {}


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
