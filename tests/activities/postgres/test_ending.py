"""What `postgres.end_queries` ends, and what it never touches."""

from typing import Any

import pytest
from pydantic import ValidationError

from activities.postgres.client import Postgres
from activities.postgres.end_queries import EndArguments, EndQueries
from sandbox.postgres.keys import PostgresKey
from sandbox.world import Sandbox
from stanch.errors import Unauthorized
from stanch.model.change import Change, Unit
from tests.activities.postgres.asking import carried_out, planned
from tests.activities.postgres.cases import SLOW
from tests.activities.postgres.conftest import Connected
from tests.activities.postgres.server import Server

READER = "postgresql://reader:postgres-sandbox-reader@db.shop.example/shop"


@pytest.fixture
def verb(postgres: Postgres) -> EndQueries:
    return EndQueries(postgres)


def applications(change: Change) -> list[Any]:
    return [unit.was["application"] for unit in change.units if isinstance(unit.was, dict)]


def otherwise(change: Change, **was: Any) -> Change:
    """The plan, as if the first session had been another."""
    first = change.units[0]
    assert isinstance(first.was, dict)
    return change.model_copy(update={"units": (Unit(id=first.id, was={**first.was, **was}, to=first.to),)})


async def test_the_plan_lists_the_oldest_first_and_no_value_that_a_query_holds(verb: EndQueries) -> None:
    change = await planned(verb)

    assert applications(change) == ["reports", "worker"]
    assert "SELECT pg_sleep(?), ? AS token WHERE ? > ?" in change.because
    assert "tok_live" not in change.model_dump_json()
    assert "4711" not in change.because
    assert change.summary == "cancel 2 queries in shop older than 0.001 s"


async def test_of_more_than_may_end_the_oldest_are_taken_and_the_rest_is_counted(verb: EndQueries) -> None:
    change = await planned(verb, at_most=1)

    assert applications(change) == ["reports"]
    assert "the 1 oldest of 2" in change.summary
    assert change.limits == {"at_most": 1}


async def test_only_what_runs_for_longer_than_that_is_listed(verb: EndQueries) -> None:
    change = await planned(verb, older_than="30m")

    assert (change.units, change.nothing_to_do) == (
        (),
        "none of the queries in shop is older than 30 min",
    )


async def test_an_application_is_narrowed_down_by_its_whole_name(verb: EndQueries) -> None:
    exact, part = await planned(verb, application="worker"), await planned(verb, application="work")

    assert (applications(exact), applications(part)) == (["worker"], [])


@pytest.mark.parametrize("where", [{"user": "boss"}, {"user": "copier"}, {"dbname": "other"}], ids=str)
async def test_superusers_replication_and_other_databases_are_never_listed(
    verb: EndQueries, real: Server, where: dict[str, str]
) -> None:
    real.also("protected", SLOW, **where)

    change = await planned(verb)

    assert applications(change) == ["reports", "worker"]


async def test_sessions_of_stanch_itself_are_never_listed(verb: EndQueries, real: Server) -> None:
    busy = real.also("stanch INC-20261121-ABCDEF/1.1", SLOW)

    change = await planned(verb)

    assert str(busy.pid) not in [unit.id for unit in change.units]


async def test_a_superusers_session_is_not_hit_even_where_a_plan_names_it(
    verb: EndQueries, real: Server, sandbox: Sandbox
) -> None:
    change = await planned(verb)
    row = real.boss.execute(
        "SELECT pid, backend_start, query_start FROM pg_stat_activity WHERE application_name = 'console'"
    ).fetchone()
    assert row
    forged = otherwise(change, backend_start=row[1].isoformat(), query_start=row[2].isoformat())
    forged = forged.model_copy(update={"units": (forged.units[0].model_copy(update={"id": str(row[0])}),)})

    await verb.write(forged, forged.units[0])

    assert sandbox.ledger.effects() == []
    assert real.seen(row[0]) == ("active", SLOW)


async def test_a_cancelled_query_ends_and_its_session_stays(
    verb: EndQueries, real: Server, sandbox: Sandbox
) -> None:
    change = await planned(verb, application="worker")

    await carried_out(verb, change)

    assert len(sandbox.ledger.effects("postgres.end_query")) == 1
    assert real.seen(int(change.units[0].id)) == ("idle", SLOW)


async def test_a_terminated_session_is_gone(verb: EndQueries, real: Server) -> None:
    change = await planned(verb, application="worker", how="terminate")

    await carried_out(verb, change)

    assert real.seen(int(change.units[0].id)) is None


async def test_another_query_of_the_same_session_is_left_alone(
    verb: EndQueries, real: Server, sandbox: Sandbox
) -> None:
    change = await planned(verb, application="worker", how="terminate")
    pid = int(change.units[0].id)
    busy = next(one for one in real.keep_busy_now() if one.pid == pid)
    busy.is_cancelled()
    busy.asks("SELECT pg_sleep(7200)")

    await carried_out(verb, change)

    assert sandbox.ledger.effects() == []
    assert real.seen(pid) == ("active", "SELECT pg_sleep(7200)")


async def test_a_process_number_that_was_given_anew_is_left_alone(
    verb: EndQueries, real: Server, sandbox: Sandbox
) -> None:
    change = otherwise(await planned(verb), backend_start="2026-11-20T03:00:00.000000+00:00")

    await verb.write(change, change.units[0])
    await carried_out(verb, change)

    assert sandbox.ledger.effects() == []
    assert real.seen(int(change.units[0].id)) == ("active", SLOW)


async def test_an_aborted_transaction_idles_too(verb: EndQueries, real: Server) -> None:
    real.also("aborted", "BEGIN;;SELECT 1/0")

    change = await planned(verb, state="idle in transaction", application="aborted")

    assert applications(change) == ["aborted"]
    assert change.settings == {"how": "terminate"}


def test_a_session_that_idles_has_nothing_to_cancel() -> None:
    with pytest.raises(ValidationError, match="terminate it"):
        EndArguments.model_validate({"state": "idle in transaction", "how": "cancel"})


async def test_a_role_that_sees_nothing_is_told_what_it_takes(connected: Connected) -> None:
    verb = EndQueries(connected(PostgresKey.READ_ONLY))

    with pytest.raises(Unauthorized, match="pg_read_all_stats"):
        await planned(verb)


async def test_a_role_that_may_not_signal_is_told_so_in_planning(connected: Connected) -> None:
    verb = EndQueries(connected(READER))

    with pytest.raises(Unauthorized, match="GRANT pg_signal_backend"):
        await planned(verb)


async def test_a_role_that_lost_its_right_since_planning_is_told_which(
    verb: EndQueries, connected: Connected, sandbox: Sandbox
) -> None:
    change = await planned(verb)
    reader = EndQueries(connected(READER))

    with pytest.raises(Unauthorized, match="pg_signal_backend"):
        await reader.write(change, change.units[0])

    assert sandbox.ledger.effects() == []


async def test_by_hand_the_same_comparison_is_made(verb: EndQueries, real: Server) -> None:
    change = await planned(verb, application="worker")
    (command,) = verb.commands(change)

    statement = command.partition(' -c "')[2].rstrip('"')
    answer = real.boss.execute(statement.replace("pg_cancel_backend(pid)", "pid").encode()).fetchone()

    assert answer == (int(change.units[0].id),)
    assert command.startswith('psql "$DATABASE_URL" -c "SELECT pg_cancel_backend(pid)')
