"""What PostgreSQL's readings say of a database in trouble."""

import asyncio
from datetime import timedelta

import pytest

from activities.postgres import prove
from activities.postgres.client import Postgres
from activities.postgres.readings import ReadConnections, ReadQueries
from activities.postgres.status import ReadStatus
from activities.postgres.status import Server as Status
from sandbox.postgres.keys import PostgresKey
from sandbox.world import Sandbox
from stanch.errors import Unavailable
from stanch.policy import conditions
from stanch.policy.facts import names_implied
from tests.activities.contract.case import AT
from tests.activities.postgres.asking import SECRET, read, straight
from tests.activities.postgres.cases import SHOP
from tests.activities.postgres.conftest import Connected
from tests.activities.postgres.server import MOST, Server

LOCK = "SELECT pg_advisory_lock(7), pg_sleep(3600)"


def is_good(said: Status) -> bool:
    facts = {f"it.{name}": getattr(said, name) for name in ("is_down", "is_slow", "is_read_only")}
    found = conditions.evaluate(ReadStatus.spec.good_when, names_implied(facts), facts)
    return found.truth is conditions.Truth.TRUE


@pytest.fixture
def crowded(real: Server) -> None:
    """Every connection that an ordinary role may have is taken."""
    while real.connections() < MOST - 3:
        real.also("pool", "")


async def test_a_server_without_a_free_connection_says_so_by_not_letting_us_in(
    crowded: None, postgres: Postgres
) -> None:
    said = await read(ReadConnections(postgres))

    assert (said.full, said.free, said.used, said.idle_in_transaction) == (True, 0, None, None)
    assert said.line() == "every connection is taken: not even this one was let in"


async def test_a_server_that_is_full_is_not_down(crowded: None, postgres: Postgres) -> None:
    said = await read(ReadStatus(postgres))

    assert (said.is_down, said.connections, said.free) == (False, None, 0)
    assert "0 free" in said.line()


async def test_a_host_that_refuses_connections_shows_that_the_server_is_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SECRET, "postgresql://127.0.0.1:1/shop")

    said = await read(ReadStatus(straight()))

    assert said.is_down
    assert said.line().startswith("does not answer: postgres: ")


async def test_a_server_that_no_way_leads_to_from_here_is_not_said_to_be_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SECRET, "postgresql://no-such-host.invalid/shop")

    with pytest.raises(Unavailable):
        await read(ReadStatus(straight()))


async def test_a_server_that_says_nothing_may_be_out_of_reach_and_is_not_said_to_be_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silent = await asyncio.start_server(lambda _, __: asyncio.sleep(30), "127.0.0.1", 0)
    monkeypatch.setenv(SECRET, f"postgresql://127.0.0.1:{silent.sockets[0].getsockname()[1]}/shop")
    postgres = straight()
    postgres.deadline = timedelta(seconds=0.3)

    with pytest.raises(Unavailable):
        await read(ReadStatus(postgres))
    silent.close()


async def test_places_kept_for_superusers_are_not_free(postgres: Postgres) -> None:
    said = await read(ReadConnections(postgres))

    assert (said.most, said.reserved, said.free) == (24, 3, 24 - 3 - said.used)


async def test_sessions_that_a_role_may_not_see_are_counted_and_named_as_such(connected: Connected) -> None:
    onlooker = connected(PostgresKey.READ_ONLY)

    connections = await read(ReadConnections(onlooker))
    queries = await read(ReadQueries(onlooker))

    assert connections.by_application["reports"] == 1
    assert connections.hidden == connections.used - 1
    assert (queries.running, queries.longest) == (0, ())
    assert queries.hidden >= 4
    assert "not visible without pg_read_all_stats" in queries.line()


async def test_a_query_that_waits_for_a_lock_is_blocked(postgres: Postgres, real: Server) -> None:
    real.also("holder", LOCK)
    real.also("waiter", LOCK)

    said = await read(ReadQueries(postgres))

    assert [one.application for one in said.longest if one.is_blocked] == ["waiter"]
    assert said.blocked == 1


async def test_the_longest_idle_transaction_is_an_instant(postgres: Postgres, real: Server) -> None:
    row = real.boss.execute(
        "SELECT state_change FROM pg_stat_activity WHERE application_name = 'api'"
    ).fetchone()

    said = await read(ReadConnections(postgres))

    assert row
    assert said.idle_in_transaction_since == row[0]


async def test_nobody_who_is_idle_or_asks_is_nought_and_our_own_looks_are_nobody(
    postgres: Postgres, real: Server
) -> None:
    real.clear()
    real.also("stanch #1", "BEGIN;;SELECT 1;;")
    real.also("stanch #2", "SELECT pg_sleep(3600)")

    connections, queries = await read(ReadConnections(postgres)), await read(ReadQueries(postgres))

    assert (connections.idle_in_transaction, connections.idle_in_transaction_since) == (0, AT)
    assert (queries.running, queries.longest_since) == (0, AT)
    assert {"stanch #1", "stanch #2"} <= (connections.by_application or {}).keys()


async def test_a_look_is_one_transaction_of_one_statement(postgres: Postgres, sandbox: Sandbox) -> None:
    await read(ReadStatus(postgres))

    asked = [one.path.rpartition("/")[2] for one in sandbox.ledger.requests]

    assert [name for name in asked if name != "authenticate"] == ["connect", "BEGIN", "SELECT", "COMMIT"]


async def test_a_read_replica_is_known_as_one(real: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    replica = Server(standby=True)
    monkeypatch.setenv(SECRET, f"postgresql://boss@127.0.0.1:{replica.port}/postgres")

    said = await read(ReadStatus(straight()))

    assert (said.is_down, said.is_replica, said.is_read_only) == (False, True, True)
    assert not is_good(said)
    assert "a read replica" in said.line()


@pytest.mark.parametrize(
    ("setting", "writable"), [("DATABASE shop", False), ("ROLE stanch", True), ("ROLE ALL", False)]
)
async def test_a_database_that_its_provider_made_read_only_is_reached_and_is_not_good(
    real: Server, postgres: Postgres, setting: str, *, writable: bool
) -> None:
    real.boss.execute(f"ALTER {setting} SET default_transaction_read_only = on".encode())

    said = await read(ReadStatus(postgres))

    real.boss.execute(f"ALTER {setting} RESET default_transaction_read_only".encode())
    assert (said.is_down, said.is_read_only, is_good(said)) == (False, not writable, writable)
    assert ("read-only" in said.line()) is not writable


async def test_a_database_that_takes_reads_and_writes_is_good(postgres: Postgres) -> None:
    assert is_good(await read(ReadStatus(postgres)))


async def test_what_a_role_was_granted_is_proved_without_changing_anything(
    connected: Connected, sandbox: Sandbox
) -> None:
    ours = await prove(connected(PostgresKey.ALL), SHOP)
    onlooker = await prove(connected(PostgresKey.READ_ONLY), SHOP)

    assert ours.granted == {"CONNECT", "pg_signal_backend", "pg_read_all_stats"}
    assert onlooker.granted == {"CONNECT"}
    assert "may not end other roles' queries" in onlooker.saw
    assert sandbox.ledger.effects() == []
