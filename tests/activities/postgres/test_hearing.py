"""Refused connections are told by what they were refused with, in any language and by any pooler."""

from datetime import timedelta
from functools import cache

import pytest

from activities.postgres.client import Postgres
from activities.postgres.hearing import Heard, heard
from activities.postgres.readings import ReadConnections, ReadQueries
from activities.postgres.status import ReadStatus
from sandbox.faults import Fault, Trouble
from sandbox.postgres.keys import PostgresKey
from sandbox.postgres.world import PostgresWorld
from sandbox.world import Sandbox
from stanch.errors import Rejected, StanchError, Unauthorized, Unavailable
from tests.activities.postgres.asking import SECRET, read, straight
from tests.activities.postgres.conftest import Connected
from tests.activities.postgres.server import Server

LONG = timedelta(hours=1)
WRONG_PASSWORD = ("28P01", 'password authentication failed for user "stanch"')
ROLES = (
    "CREATE ROLE nologin NOLOGIN PASSWORD 'pw'",
    "CREATE ROLE narrow LOGIN PASSWORD 'pw' CONNECTION LIMIT 0",
    "CREATE DATABASE narrow CONNECTION LIMIT 0",
    "CREATE DATABASE locked",
    "REVOKE CONNECT ON DATABASE locked FROM PUBLIC",
    "CREATE ROLE anybody LOGIN PASSWORD 'pw'",
)


@cache
def german() -> Server:
    """A server that speaks German, as distributions set it up there."""
    made = Server(speaks="de")
    for statement in ROLES:
        made.boss.execute(statement.encode())
    return made


async def refusal_of(postgres: Postgres) -> StanchError:
    with pytest.raises(StanchError) as raised:
        await read(ReadQueries(postgres))
    return raised.value


@pytest.mark.parametrize(
    ("where", "kind", "state"),
    [
        ("stanch:wrong@{}/shop", Unauthorized, "28P01"),
        ("nobody:wrong@{}/shop", Unauthorized, "28P01"),
        ("nologin:pw@{}/shop", Unauthorized, "28000"),
        ("anybody:pw@{}/nowhere", Rejected, "3D000"),
        ("anybody:pw@{}/locked", Unauthorized, "42501"),
        ("narrow:pw@{}/shop", Unavailable, "53300"),
        ("anybody:pw@{}/narrow", Unavailable, "53300"),
    ],
)
async def test_a_server_that_speaks_german_is_understood(
    monkeypatch: pytest.MonkeyPatch, where: str, kind: type[StanchError], state: str
) -> None:
    monkeypatch.setenv(SECRET, f"postgresql://{where.format(f'127.0.0.1:{german().port}')}")

    refusal = await refusal_of(straight())

    assert type(refusal) is kind
    assert f"({state})" in str(refusal)


async def test_a_german_server_that_is_full_is_told_as_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, f"postgresql://narrow:pw@127.0.0.1:{german().port}/shop")

    said = await read(ReadConnections(straight()))

    assert (said.full, said.used) == (True, None)


@pytest.mark.parametrize(
    ("to", "state", "text"),
    [
        ("connect", "08P01", "no more connections allowed (max_client_conn)"),
        ("connect", "XX000", "MaxClientsInSessionMode: max clients reached - in Session mode"),
        ("connect", "XX000", "Max client connections reached"),
        ("BEGIN", "08P01", "query_wait_timeout"),
        ("SELECT", "08P01", "query_wait_timeout"),
    ],
)
async def test_a_pooler_that_is_full_is_told_as_full(
    postgres: Postgres, sandbox: Sandbox, to: str, state: str, text: str
) -> None:
    sandbox.of(PostgresWorld).pooler_refuses(to, state, text, LONG)

    said = await read(ReadConnections(postgres))
    status = await read(ReadStatus(postgres))

    assert (said.full, said.used) == (True, None)
    assert (status.is_down, status.free, status.why) == (False, 0, "every connection is taken")


async def test_a_pooler_that_keeps_one_waiting_is_said_to_do_so(postgres: Postgres, sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.SLOW, path="/postgres/BEGIN", seconds=1))
    postgres.deadline = timedelta(seconds=0.3)

    refusal = await refusal_of(postgres)

    assert type(refusal) is Unavailable
    assert "a pooler that is full may only keep one waiting" in str(refusal)


@pytest.mark.parametrize("text", ["Tenant or user not found", "(ENOTFOUND) tenant/user app.x not found"])
async def test_a_project_that_is_paused_is_down_and_only_a_person_can_wake_it(
    postgres: Postgres, sandbox: Sandbox, text: str
) -> None:
    sandbox.of(PostgresWorld).pooler_refuses("connect", "XX000", text, LONG)

    said = await read(ReadStatus(postgres))
    refusal = await refusal_of(postgres)

    assert type(refusal) is Rejected
    assert said.is_down
    assert "wake the project if it is paused" in said.line()


async def test_a_pooler_may_not_know_a_new_password_yet(postgres: Postgres, sandbox: Sandbox) -> None:
    sandbox.of(PostgresWorld).pooler_refuses("connect", *WRONG_PASSWORD, timedelta(seconds=5))

    refusal = await refusal_of(postgres)
    with pytest.raises(Unavailable, match="some seconds to know a new password"):
        await read(ReadStatus(postgres))
    sandbox.pass_time(timedelta(seconds=5))

    assert type(refusal) is Unavailable
    assert not (await read(ReadStatus(postgres))).is_down


@pytest.mark.parametrize("state", ["28P01", "08P01"])
async def test_a_password_that_a_pooler_refuses_for_long_is_wrong(
    postgres: Postgres, sandbox: Sandbox, state: str
) -> None:
    sandbox.of(PostgresWorld).pooler_refuses("connect", state, WRONG_PASSWORD[1], LONG)
    postgres.learns_within = timedelta(0)

    assert type(await refusal_of(postgres)) is Unauthorized


async def test_a_password_is_new_again_when_it_was_taken_meanwhile(
    postgres: Postgres, sandbox: Sandbox
) -> None:
    sandbox.of(PostgresWorld).pooler_refuses("connect", *WRONG_PASSWORD, timedelta(seconds=5))
    await refusal_of(postgres)
    sandbox.pass_time(timedelta(seconds=5))
    await read(ReadStatus(postgres))
    sandbox.of(PostgresWorld).pooler_refuses("connect", *WRONG_PASSWORD, LONG)
    postgres.learns_within = timedelta(seconds=0.01)

    assert type(await refusal_of(postgres)) is Unavailable


async def test_what_the_server_itself_refuses_is_wrong_at_once(connected: Connected) -> None:
    assert type(await refusal_of(connected(PostgresKey.ELSEWHERE))) is Unauthorized


async def test_where_nobody_listens_nothing_is_heard() -> None:
    assert await heard("host=127.0.0.1 port=1 user=app") == Heard()


async def test_who_is_let_in_the_second_time_hears_nothing(real: Server) -> None:
    assert await heard(real.address(user="app")) == Heard()
