from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.integration import Surroundings
from activities.newrelic import INTEGRATION
from activities.newrelic.client import NewRelic
from activities.newrelic.nrql import ReadNrql, timed
from activities.portable.measured import Measurement
from activities.portable.measuring import Span
from sandbox.app import application
from sandbox.clock import SandboxClock, milliseconds
from sandbox.fly.scenes import slurpy
from sandbox.newrelic.keys import NewRelicKey
from sandbox.newrelic.scenes import ACCOUNT, SHARE, SLOWNESS, packs
from sandbox.newrelic.world import NewRelicWorld
from sandbox.traffic import Gauge
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT

WHOLE = AT - timedelta(minutes=1)
"""Until then everything has come in."""
FIVE_MINUTES = (str(milliseconds(WHOLE - timedelta(minutes=5))), str(milliseconds(WHOLE)))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(packs, SandboxClock(AT))
    yield made
    assert made.ledger.unexpected == []


@pytest.fixture
def world(sandbox: Sandbox) -> NewRelicWorld:
    return sandbox.of(NewRelicWorld)


def settings(folder: Path, key: str = NewRelicKey.ALL, **more: Any) -> Surroundings:
    (folder / "key").write_text(key)
    provider = {"token": f"file:{folder / 'key'}", "account": ACCOUNT, **more}
    return Surroundings(Provider.model_validate(provider), Redactor())


def connected(sandbox: Sandbox, around: Surroundings) -> NewRelic:
    made = NewRelic.connect(around)
    made.api.connection.answered_by(httpx.ASGITransport(application(sandbox)))
    return made


@pytest.fixture
def newrelic(sandbox: Sandbox, tmp_path: Path) -> NewRelic:
    return connected(sandbox, settings(tmp_path, base_url="http://sandbox.example/newrelic"))


async def ask(newrelic: NewRelic, query: str = SHARE, **arguments: Any) -> Measurement:
    return await ReadNrql(newrelic).read(Look(arguments={"query": query, **arguments}, as_of=AT))


async def test_the_highest_facet_is_the_number_and_is_named(newrelic: NewRelic) -> None:
    assert (await ask(newrelic)).line() == "20.5, max of 2: POST /packs"
    assert (await ask(newrelic, across="sum")).value == 21


async def test_one_of_several_numbers_is_named_by_its_path(newrelic: NewRelic) -> None:
    assert (await ask(newrelic, SLOWNESS, field="percentile.duration.95")).value == 6.5
    with pytest.raises(
        Rejected, match=r"several numbers: name one as field; there are percentile\.duration\.50"
    ):
        await ask(newrelic, SLOWNESS)
    with pytest.raises(Rejected, match=r"no p95; there are percentile\.duration\.50"):
        await ask(newrelic, SLOWNESS, field="p95")


async def test_the_last_minutes_are_asked_for_unless_the_query_says_its_own_time(
    newrelic: NewRelic, world: NewRelicWorld
) -> None:
    own = f"{SHARE} SINCE 1 HOUR AGO"
    world.answer(own, {"percentage": 3})

    assert (await ask(newrelic, own)).value == 3
    await ask(newrelic)

    assert world.times == [FIVE_MINUTES]


def test_a_quoted_word_is_no_time() -> None:
    for query in (
        "SELECT count(*) FROM Log WHERE message LIKE '%since%'",
        'SELECT count(*) FROM Log WHERE a = "until"',
        "SELECT count(`since`) FROM Log",
    ):
        assert timed(query, Span(WHOLE - timedelta(minutes=5), WHOLE)).endswith(
            f" SINCE {FIVE_MINUTES[0]} UNTIL {FIVE_MINUTES[1]}"
        )


async def test_a_comparison_is_about_what_is_now(newrelic: NewRelic, world: NewRelicWorld) -> None:
    world.answer(SHARE, {"comparison": "current", "count": 4}, {"comparison": "previous", "count": 900})

    assert (await ask(newrelic)).value == 4


async def test_a_series_over_time_is_its_highest_and_times_are_no_numbers(
    newrelic: NewRelic, world: NewRelicWorld
) -> None:
    world.answer(SHARE, *({"beginTimeSeconds": 1, "endTimeSeconds": 2, "count": n} for n in (3, 9, 1)))

    assert (await ask(newrelic)).value == 9


async def test_an_average_of_nothing_is_unknown_and_a_count_of_nothing_is_nought(
    newrelic: NewRelic, world: NewRelicWorld
) -> None:
    world.answer(SHARE, {"average.duration": None})

    assert (await ask(newrelic)).value is None
    assert (await ask(newrelic, "SELECT count(*) FROM Nothing")).value == 0


async def test_how_late_things_come_in_can_be_said(newrelic: NewRelic, world: NewRelicWorld) -> None:
    await ask(newrelic, late_by="0s", within="1m")

    assert world.times == [(str(milliseconds(WHOLE)), str(milliseconds(AT)))]


@pytest.mark.parametrize(("requests", "value"), [(0, None), (None, None), (412, 0)])
async def test_a_count_of_nothing_is_believed_only_with_its_proof(
    newrelic: NewRelic, world: NewRelicWorld, requests: int | None, value: int | None
) -> None:
    proof = "SELECT count(*) FROM Transaction"
    world.answer(proof, {"count": requests})

    found = await ask(newrelic, "SELECT count(*) FROM TransactionError", proof=proof)

    assert found.complete is (value is not None)
    assert ("nothing came in" in found.line()) is (value is None)


async def test_what_new_relic_remarks_makes_it_incomplete(newrelic: NewRelic, world: NewRelicWorld) -> None:
    world.messages.append("the query was sampled")

    found = await ask(newrelic)

    assert (found.complete, found.warnings) == (False, ("the query was sampled",))


async def test_a_query_that_cannot_be_read_is_its_authors_though_the_status_is_good(
    newrelic: NewRelic,
) -> None:
    with pytest.raises(Rejected, match="NRQL Syntax Error") as refused:
        await ask(newrelic, "SELEKT 1")

    assert not isinstance(refused.value, Unauthorized)


@pytest.mark.parametrize("kind", ["TIMEOUT", "INTERNAL_SERVER_ERROR", "TOO_MANY_REQUESTS"])
async def test_what_may_pass_is_asked_again_though_the_status_is_good(
    newrelic: NewRelic, world: NewRelicWorld, kind: str
) -> None:
    world.wrong = ("NRDB query duration exceeded the set timeout", kind)

    with pytest.raises(Unavailable, match="exceeded"):
        await ask(newrelic)


@pytest.mark.parametrize(
    "body",
    [{}, [], {"data": None}, {"data": {"actor": {"account": None}}}],
    ids=["empty", "list", "no data", "no account"],
)
async def test_an_account_that_is_not_shown_is_out_of_reach(tmp_path: Path, body: Any) -> None:
    made = NewRelic.connect(settings(tmp_path))
    made.api.connection.answered_by(httpx.MockTransport(lambda _: httpx.Response(200, json=body)))

    with pytest.raises(Unauthorized, match="account 1234567"):
        await ask(made)


async def test_a_key_that_is_wrong_or_of_another_account_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    base = "http://sandbox.example/newrelic"
    for key in ("NRAK-NOBODY", NewRelicKey.ELSEWHERE):
        made = connected(sandbox, settings(tmp_path, key, base_url=base))
        assert INTEGRATION.credential
        with pytest.raises(Unauthorized) as refused:
            await INTEGRATION.credential.prove(made, INTEGRATION.itself)
        assert key not in str(refused.value)


async def test_a_key_is_tried_on_the_account(newrelic: NewRelic) -> None:
    assert INTEGRATION.credential

    assert (await INTEGRATION.credential.prove(newrelic, INTEGRATION.itself)).saw == "account gitquest seen"


def test_the_region_chooses_the_host(tmp_path: Path) -> None:
    assert _base(settings(tmp_path)) == "https://api.newrelic.com/"
    assert _base(settings(tmp_path, region="eu")) == "https://api.eu.newrelic.com/"
    with pytest.raises(ConfigError, match="one of us, eu"):
        _base(settings(tmp_path, region="de"))


@pytest.mark.parametrize("account", ["", "gitquest", "-1"])
async def test_the_account_is_a_number(tmp_path: Path, account: str) -> None:
    with pytest.raises(ConfigError, match=r"providers\.newrelic\.account"):
        await ask(NewRelic.connect(settings(tmp_path, account=account)))


def _base(around: Surroundings) -> str:
    return str(NewRelic.connect(around).api.connection._options["base_url"])


async def test_facets_are_told_apart_by_their_own_names(newrelic: NewRelic) -> None:
    found = await ask(newrelic, SHARE, by={"endpoint": "name"}, **{"in": "percent"})

    assert (found.by["endpoint"].top, found.by["endpoint"].top_value) == ("POST /packs", 0.205)
    assert found.line() == "20.5 %, max of 2: POST /packs; endpoint POST /packs 20.5 %, of 2"


async def test_a_number_is_held_against_other_days_and_its_own_course(tmp_path: Path) -> None:
    query = "SELECT percentile(duration, 95) FROM Transaction"
    sandbox = Sandbox(slurpy, SandboxClock(AT - timedelta(minutes=10)))
    sandbox.of(NewRelicWorld).accounts[ACCOUNT] = "team"
    sandbox.of(NewRelicWorld).follow(query, "backend", Gauge.P95_SECONDS, "percentile")
    sandbox.catch_up()
    sandbox.pass_time(timedelta(minutes=10))
    around = settings(tmp_path, base_url="http://sandbox.example/newrelic")

    found = await ask(connected(sandbox, around), query, also=["usual", "before", "slope_per_hour"])

    assert (found.value, found.usual, found.before) == (2.4, 0.5, 0.5)
    assert found.slope_per_hour is not None
    assert found.slope_per_hour > 1


async def test_a_query_that_says_its_own_time_has_no_other_day(newrelic: NewRelic) -> None:
    with pytest.raises(ValidationError, match="write within instead"):
        await ask(newrelic, f"{SHARE} SINCE 1 HOUR AGO", also=["usual"])
