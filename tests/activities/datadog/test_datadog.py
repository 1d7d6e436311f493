from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.datadog import INTEGRATION
from activities.datadog.client import Datadog
from activities.datadog.logs import ReadLogs
from activities.datadog.metric import DatadogArguments, ReadMetric
from activities.integration import Surroundings
from activities.portable.log_lines import LogCount
from activities.portable.measured import Measurement
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.datadog.keys import DatadogKey
from sandbox.datadog.scenes import ERRORS, LATENCY, REQUESTS, SAID, packs
from sandbox.datadog.world import DatadogWorld
from sandbox.faults import Fault, Trouble
from sandbox.fly.scenes import slurpy
from sandbox.traffic import Gauge
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT
from tests.activities.datadog.cases import SHARE, WEB

FAILED = "status:error"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(packs, SandboxClock(AT))
    yield made
    assert made.ledger.unexpected == []


@pytest.fixture
def world(sandbox: Sandbox) -> DatadogWorld:
    return sandbox.of(DatadogWorld)


def settings(folder: Path, application: str = DatadogKey.ALL, **more: Any) -> Surroundings:
    (folder / "api").write_text(more.pop("key", DatadogKey.API))
    (folder / "application").write_text(application)
    keys = {"token": f"file:{folder / 'api'}", "application_key": f"file:{folder / 'application'}"}
    return Surroundings(Provider.model_validate({**keys, **more}), Redactor())


def at(sandbox: Sandbox, around: Surroundings) -> Datadog:
    made = Datadog.connect(around)
    made.api.connection.answered_by(httpx.ASGITransport(application(sandbox)))
    return made


def saying(folder: Path, body: Any) -> Datadog:
    made = Datadog.connect(settings(folder))
    made.api.connection.answered_by(httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    return made


@pytest.fixture
def datadog(sandbox: Sandbox, tmp_path: Path) -> Datadog:
    return at(sandbox, settings(tmp_path, base_url="http://sandbox.example/datadog"))


async def metric(datadog: Datadog, query: str = "", **arguments: Any) -> Measurement:
    asked = {**({"query": query} if query else {}), **arguments}
    return await ReadMetric(datadog).read(Look(arguments=asked, as_of=AT))


async def logs(datadog: Datadog, query: str = FAILED, **arguments: Any) -> LogCount:
    asked = {"query": query, **arguments}
    return await ReadLogs(datadog).read(Look(target=WEB, arguments=asked, as_of=AT))


async def test_the_highest_group_is_the_number_and_is_named(datadog: Datadog) -> None:
    found = await metric(datadog, LATENCY)

    assert found.line() == "6.5, max of 3: route:/packs"
    assert (await metric(datadog, LATENCY, across="min")).where == "route:/export"


async def test_a_share_is_of_sums_and_a_group_without_requests_has_none(datadog: Datadog) -> None:
    found = await metric(datadog, **SHARE, over_time="sum")

    assert (found.value, found.samples) == (0.2, 2)


async def test_only_the_time_asked_for_counts(datadog: Datadog, world: DatadogWorld) -> None:
    world.measure(LATENCY, (timedelta(hours=1), 60), group="route:/packs")

    assert (await metric(datadog, LATENCY, over_time="max")).value == 6.5
    assert (await metric(datadog, LATENCY, over_time="max", within="2h")).value == 60


async def test_the_newest_number_counts_only_when_it_is_whole(datadog: Datadog, world: DatadogWorld) -> None:
    query = "sum:web.whole{*}"
    world.measure(query, (timedelta(minutes=2), 240), (timedelta(minutes=1), 240), (timedelta(seconds=20), 3))

    assert (await metric(datadog, query, over_time="last")).value == 240
    assert (await metric(datadog, query, over_time="last", late_by="0s")).value == 3


async def test_a_metric_that_nobody_sends_is_unknown_and_not_nought(datadog: Datadog) -> None:
    found = await metric(datadog, "avg:no.such.metric{*}")

    assert (found.value, found.samples, found.line()) == (None, 0, "nothing was measured")


@pytest.mark.parametrize(("ago", "complete"), [(90, True), (150, False)])
async def test_a_number_is_believed_only_while_its_proof_comes_in(
    datadog: Datadog, world: DatadogWorld, ago: int, complete: bool
) -> None:
    proof = "sum:heartbeats{*}.as_count()"
    world.measure(proof, (timedelta(seconds=ago), 3))

    found = await metric(datadog, LATENCY, proof=proof)

    assert (found.complete, bool(found.warnings)) == (complete, not complete)


async def test_a_query_that_cannot_be_read_is_its_authors(datadog: Datadog) -> None:
    with pytest.raises(Rejected, match="Error parsing query"):
        await metric(datadog, "errors")
    with pytest.raises(Rejected, match="Invalid formula"):
        await metric(datadog, queries={"a": LATENCY}, formula="a / b")


async def test_an_error_inside_a_good_answer_is_not_overlooked(tmp_path: Path) -> None:
    columns = [{"name": "a", "type": "number", "values": [None, 3.0]}]
    partly = {"data": {"attributes": {"columns": columns}}, "errors": "one cell timed out"}

    found = await metric(saying(tmp_path, partly), LATENCY)

    assert (found.value, found.complete) == (3.0, False)
    with pytest.raises(Rejected, match="quota exceeded"):
        await metric(saying(tmp_path, {"errors": "quota exceeded"}), LATENCY)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"query": LATENCY, "queries": {"a": LATENCY}, "formula": "a"},
        {"queries": {"a": LATENCY}},
        {"query": LATENCY, "formula": "a"},
        {"queries": {"A b": LATENCY}, "formula": "a"},
    ],
)
def test_one_query_or_several_and_a_formula_are_written(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DatadogArguments.model_validate(arguments)


async def test_lines_are_counted_by_the_vendor_however_many_there_are(
    datadog: Datadog, world: DatadogWorld
) -> None:
    world.say(f"{SAID}\nat line 2", *(timedelta(seconds=number) for number in range(1, 600)))

    found = await logs(datadog)

    assert (found.count, found.is_cut) == (629, False)
    assert found.last_at == AT - timedelta(seconds=1)
    assert found.line() == f"629 lines in 15 min; last 02:59: {SAID} at line 2"


async def test_no_line_is_nought_and_known(datadog: Datadog) -> None:
    found = await logs(datadog, "status:critical")

    assert (found.count, found.is_cut, found.last_at, found.last) == (0, False, None, None)


@pytest.mark.parametrize("silent", [True, False])
async def test_nought_is_no_proof_where_nothing_at_all_came_in(
    datadog: Datadog, world: DatadogWorld, *, silent: bool
) -> None:
    late = Fault(trouble=Trouble.LATE, vendor="datadog", seconds=1800 if silent else 30)
    world.sandbox.order(late)

    found = await logs(datadog, "status:critical")

    assert (found.count, found.is_cut) == (0, silent)
    assert ("whether there were any is not known" in found.line()) is silent


async def test_a_search_that_ran_out_of_time_is_at_least(datadog: Datadog, world: DatadogWorld) -> None:
    world.search_times_out = True

    found = await logs(datadog)

    assert found.line().startswith("at least 30 lines")


async def test_a_missing_index_is_at_least(datadog: Datadog) -> None:
    assert not (await logs(datadog, indexes=["main"])).is_cut
    assert (await logs(datadog, indexes=["main", "web"])).is_cut


async def test_a_search_that_cannot_be_read_is_its_authors(datadog: Datadog) -> None:
    with pytest.raises(Rejected, match="Invalid query"):
        await logs(datadog, 'status:"error')


async def test_secrets_in_a_line_are_blanked_out(datadog: Datadog, world: DatadogWorld) -> None:
    world.say(f"{'x' * 290} key={DatadogKey.ALL}", MINUTE)

    found = await logs(datadog, "key")

    assert found.count == 1
    assert DatadogKey.ALL[:8] not in found.model_dump_json()


async def test_a_count_that_is_no_number_is_refused(tmp_path: Path) -> None:
    body = {"data": {"buckets": [{"computes": {"c0": "many"}}]}}
    made = Datadog.connect(settings(tmp_path))

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=body if "aggregate" in request.url.path else {"data": []})

    made.api.connection.answered_by(httpx.MockTransport(answer))

    with pytest.raises(Rejected, match="no number"):
        await logs(made)


async def test_a_limit_is_waited_for_until_it_is_lifted(sandbox: Sandbox, datadog: Datadog) -> None:
    sandbox.order(Fault(status=429))

    with pytest.raises(Unavailable) as refused:
        await metric(datadog, ERRORS)

    assert refused.value.retry_after == timedelta(seconds=9)


def test_the_site_chooses_the_host(tmp_path: Path) -> None:
    assert _base(settings(tmp_path)) == "https://api.datadoghq.com/api/"
    assert _base(settings(tmp_path, site="datadoghq.eu")) == "https://api.datadoghq.eu/api/"
    with pytest.raises(ConfigError, match=r"providers\.datadog\.site"):
        _base(settings(tmp_path, site="https://datadoghq.eu/"))


def _base(around: Surroundings) -> str:
    return str(Datadog.connect(around).api.connection._options["base_url"])


async def test_a_missing_application_key_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "api").write_text(DatadogKey.API)
    around = Surroundings(Provider(token=f"file:{tmp_path / 'api'}"), Redactor())

    with pytest.raises(ConfigError, match="write application_key: env:NAME"):
        await logs(Datadog.connect(around))


async def test_both_keys_are_tried(datadog: Datadog) -> None:
    assert INTEGRATION.credential

    proof = await INTEGRATION.credential.prove(datadog, INTEGRATION.itself)

    assert "both keys are accepted" in proof.saw


@pytest.mark.parametrize(
    "keys", [{"key": "another-api-key"}, {"application": "another-application-key"}], ids=["api", "app"]
)
async def test_either_key_that_is_wrong_is_said(
    sandbox: Sandbox, tmp_path: Path, keys: dict[str, str]
) -> None:
    made = at(sandbox, settings(tmp_path, base_url="http://sandbox.example/datadog", **keys))
    assert INTEGRATION.credential

    with pytest.raises(Unauthorized) as refused:
        await INTEGRATION.credential.prove(made, INTEGRATION.itself)

    assert not any(key in str(refused.value) for key in keys.values())


async def test_a_key_that_is_said_to_be_invalid_is_no_proof(tmp_path: Path) -> None:
    assert INTEGRATION.credential

    with pytest.raises(Unauthorized, match="not valid"):
        await INTEGRATION.credential.prove(saying(tmp_path, {"valid": False}), INTEGRATION.itself)


async def test_logs_take_a_permission_of_their_own(sandbox: Sandbox, tmp_path: Path) -> None:
    around = settings(tmp_path, DatadogKey.NO_LOGS, base_url="http://sandbox.example/datadog")
    made = at(sandbox, around)

    assert (await metric(made, REQUESTS)).value == 100
    with pytest.raises(Unauthorized, match="403"):
        await logs(made)


SLOW = "avg:trace.express.request{service:backend} by {route}"


@pytest.fixture
def followed() -> Sandbox:
    """A backend that has been ill for ten minutes."""
    made = Sandbox(slurpy, SandboxClock(AT - 10 * MINUTE))
    made.of(DatadogWorld).follow(SLOW, "backend", Gauge.P95_SECONDS, "route:/packs")
    made.catch_up()
    made.pass_time(10 * MINUTE)
    return made


async def test_a_number_is_held_against_other_days_and_its_own_course(
    tmp_path: Path, followed: Sandbox
) -> None:
    around = settings(tmp_path, base_url="http://sandbox.example/datadog")
    also = ["usual", "before", "slope_per_hour"]
    found = await metric(at(followed, around), SLOW, also=also, by={"endpoint": "route"}, **{"in": "s"})

    assert (found.value, found.usual, found.before) == (2.4, 0.5, 0.5)
    assert found.slope_per_hour is not None
    assert found.slope_per_hour > 1
    assert (found.by["endpoint"].top, found.by["endpoint"].top_value) == ("/packs", 2.4)


async def test_groups_are_told_apart_by_their_own_names(datadog: Datadog) -> None:
    found = await metric(datadog, LATENCY, over_time="max", by={"endpoint": "route"})

    assert found.by["endpoint"].list == ("/packs", "/cards", "/export")
