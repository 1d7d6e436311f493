"""What takes a database's time, as pg_stat_statements counts it."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from activities.postgres.client import Postgres
from activities.postgres.slowest import ReadSlowest, Slowest
from sandbox.postgres.keys import PostgresKey
from stanch.errors import Rejected
from stanch.policy.facts import facts_of, variables_of
from tests.activities.contract.case import AT
from tests.activities.postgres.asking import read
from tests.activities.postgres.conftest import Connected
from tests.activities.postgres.server import Server

SAMPLED = "SELECT 1 FROM pg_stat_statements WHERE query LIKE '%clock_timestamp() AS at%'"
SLEEPS = "SELECT pg_sleep({}), 'tok_live_of_a_customer' AS token"


@pytest.fixture
def counted(real: Server) -> Server:
    """Nothing is counted yet."""
    real.in_the_shop("SELECT pg_stat_statements_reset()")
    return real


@pytest.fixture
def without(real: Server) -> Iterator[None]:
    real.in_the_shop("DROP EXTENSION pg_stat_statements")
    yield
    real.in_the_shop("DROP EXTENSION IF EXISTS pg_stat_statements; CREATE EXTENSION pg_stat_statements")


@pytest.fixture
def old_and_elsewhere(without: None, real: Server) -> Iterator[None]:
    """As a server that was brought up to date has it, where a host keeps its extensions."""
    real.in_the_shop(
        "CREATE SCHEMA extensions; GRANT USAGE ON SCHEMA extensions TO stanch;"
        "CREATE EXTENSION pg_stat_statements SCHEMA extensions VERSION '1.4'"
    )
    yield
    real.in_the_shop("DROP SCHEMA extensions CASCADE")


def after_a_sample(server: Server, statement: str) -> None:
    deadline = time.monotonic() + 10
    while not server.in_the_shop(SAMPLED):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    server.in_the_shop(statement)


async def asked_meanwhile(postgres: Postgres, server: Server, statement: str) -> Slowest:
    """What is said when this is asked between the two samples."""
    looking = asyncio.create_task(read(ReadSlowest(postgres), sampled_for="2s"))
    await asyncio.to_thread(after_a_sample, server, statement)
    found: Slowest = await looking
    return found


async def test_what_came_between_two_samples_counts_beside_what_was_usual(
    counted: Server, postgres: Postgres
) -> None:
    for _ in range(3):
        counted.in_the_shop(SLEEPS.format(0.01))

    said = await asked_meanwhile(postgres, counted, SLEEPS.format(0.2))

    assert (said.sampled, said.calls, said.hidden) == (True, 1, 0)
    assert said.mean is not None
    assert said.usual is not None
    assert said.mean > timedelta(milliseconds=200) > 4 * said.usual
    assert "SELECT pg_sleep($1), $2 AS token" in said.line()
    assert "1 calls of 2" in said.line()


async def test_where_nothing_ended_meanwhile_it_is_told_since_when_else(
    counted: Server, postgres: Postgres
) -> None:
    counted.in_the_shop(SLEEPS.format(0.1))

    said = await read(ReadSlowest(postgres), sampled_for="1ms")

    assert (said.sampled, said.calls, said.usual) == (False, 1, None)
    assert said.begun_at is not None
    assert said.line().startswith(f"nothing ended just now; since {said.begun_at:%Y-%m-%d %H:%M} UTC: SELECT")


async def test_without_the_extension_it_is_said_how_it_gets_there(without: None, postgres: Postgres) -> None:
    with pytest.raises(Rejected, match=r"shared_preload_libraries .* CREATE EXTENSION pg_stat_statements"):
        await read(ReadSlowest(postgres), sampled_for="1ms")


async def test_an_old_extension_in_a_schema_of_its_own_is_found(
    old_and_elsewhere: None, real: Server, postgres: Postgres
) -> None:
    real.in_the_shop(SLEEPS.format(0.1))

    said = await read(ReadSlowest(postgres), sampled_for="1ms")

    assert (said.sampled, said.begun_at) == (False, None)
    assert "since the counts were reset" in said.line()
    assert any("pg_sleep" in one.query for one in said.queries)


async def test_what_a_role_may_not_see_is_not_decided_by(counted: Server, connected: Connected) -> None:
    counted.in_the_shop(SLEEPS.format(0.1))

    said = await read(ReadSlowest(connected(PostgresKey.READ_ONLY)), sampled_for="1ms")

    assert said.hidden > 0
    assert "not visible without pg_read_all_stats" in said.line()
    known = facts_of(variables_of(Slowest, "it"), {"it": said.model_dump(mode="json")}, AT)
    assert known.keys().isdisjoint({"it.query", "it.share", "it.queries"})
