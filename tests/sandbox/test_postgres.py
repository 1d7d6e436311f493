"""PostgreSQL behind the gate: what goes wrong is told in the server's own words, and what happens is real."""

import psycopg
import pytest

from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.postgres.world import PostgresWorld
from sandbox.server import serving
from sandbox.world import Sandbox
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.contract.wires import crossing
from tests.activities.postgres.cases import busy
from tests.activities.postgres.server import server

Client = psycopg.AsyncConnection[tuple[object, ...]]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(busy, SandboxClock(AT))


@pytest.fixture
async def address(sandbox: Sandbox) -> str:
    wire = crossing("postgres")
    wire.line = Line(application(sandbox))
    return f"{wire.address.replace('http', 'postgresql')}/shop?connect_timeout=5"


async def client(address: str) -> Client:
    return await psycopg.AsyncConnection.connect(
        address, user="stanch", password="postgres-sandbox-key", autocommit=True
    )


async def test_whatever_a_server_says_comes_through_as_it_is(address: str) -> None:
    async with await client(address) as connection:
        cursor = await connection.execute(
            "SELECT n, 'row ' || n FROM generate_series(1, 3) n WHERE n > %s", (1,)
        )

        assert await cursor.fetchall() == [(2, "row 2"), (3, "row 3")]


async def test_an_error_of_the_servers_own_comes_through_and_the_connection_lives(address: str) -> None:
    async with await client(address) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await connection.execute("SELECT 1/0")

        assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, psycopg.errors.InsufficientPrivilege),
        (404, psycopg.errors.UndefinedTable),
        (422, psycopg.errors.InvalidParameterValue),
        (500, psycopg.errors.InternalError_),
        (503, psycopg.errors.CannotConnectNow),
    ],
)
async def test_an_ordered_refusal_is_an_sqlstate(
    address: str, sandbox: Sandbox, status: int, kind: type[psycopg.Error]
) -> None:
    connection = await client(address)
    sandbox.order(Fault(status=status, path="/postgres/SELECT"))

    with pytest.raises(kind, match=str(status)):
        await connection.execute("SELECT 1")

    await connection.close()


async def test_a_refused_connection_is_told_as_the_server_tells_it(address: str, sandbox: Sandbox) -> None:
    sandbox.order(Fault(status=429, path="/postgres/connect"))

    with pytest.raises(psycopg.OperationalError, match="FATAL:  sorry, too many clients already"):
        await client(address)


@pytest.mark.parametrize("trouble", [Trouble.RESET, Trouble.ANSWER_LOST, Trouble.GARBAGE])
async def test_a_broken_connection_is_broken(address: str, sandbox: Sandbox, trouble: Trouble) -> None:
    connection = await client(address)
    sandbox.order(Fault(trouble=trouble, path="/postgres/SELECT"))

    with pytest.raises(psycopg.DatabaseError):
        await connection.execute("SELECT 1")

    assert connection.broken or connection.closed
    await connection.close()


async def test_an_emptied_answer_has_its_columns_and_no_rows(address: str, sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, path="/postgres/SELECT"))

    async with await client(address) as connection:
        cursor = await connection.execute("SELECT 1 AS one")

        assert (await cursor.fetchall(), [one.name for one in cursor.description or ()]) == ([], ["one"])


async def test_what_ends_is_an_effect_of_whoever_ended_it(address: str, sandbox: Sandbox) -> None:
    pid = next(one.pid for one in server().keep_busy_now() if one.wanted[0] == "worker")

    async with await client(f"{address}&application_name=stanch%20INC-1/1.1") as connection:
        await connection.execute("SELECT pg_terminate_backend(%s)", (pid,))

    (effect,) = sandbox.ledger.effects()
    assert (effect.operation, effect.was, effect.marker) == ("postgres.end_query", "worker", "INC-1/1.1")
    assert effect.target.startswith(f"{pid} since ")


async def test_a_statement_that_stanch_never_makes_is_a_surprise(address: str, sandbox: Sandbox) -> None:
    connection = await client(address)

    with pytest.raises(psycopg.Error):
        await connection.execute("DROP TABLE orders")

    assert [one.path for one in sandbox.ledger.unexpected] == ["/postgres/DROP"]
    await connection.close()


async def test_on_the_sandboxs_own_port_a_database_is_reached_too(sandbox: Sandbox) -> None:
    async with serving(sandbox) as base, await client(f"{base.replace('http', 'postgresql')}/shop") as there:
        assert await (await there.execute("SELECT 1")).fetchone() == (1,)


async def test_without_a_server_nobody_is_let_in(address: str, sandbox: Sandbox) -> None:
    sandbox.of(PostgresWorld).clear()

    with pytest.raises(psycopg.OperationalError, match="no server runs in this sandbox"):
        await client(address)
