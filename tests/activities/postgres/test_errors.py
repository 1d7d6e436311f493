"""What goes wrong on the way to a database has a name, and no secret in it."""

import asyncio
import time
from datetime import timedelta

import pytest

from activities.integration import Surroundings
from activities.postgres.client import Postgres
from activities.postgres.readings import ReadQueries
from activities.postgres.status import ReadStatus
from sandbox.faults import Fault, Trouble
from sandbox.postgres.keys import PostgresKey
from sandbox.postgres.messages import introduced, opening
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Conflict, Rejected, StanchError, Unauthorized, Unavailable
from stanch.model.team import Provider
from stanch.secrets import HIDDEN, Redactor
from tests.activities.postgres.asking import SECRET, read, straight
from tests.activities.postgres.cases import SHOP
from tests.activities.postgres.conftest import Connected
from tests.activities.postgres.server import Server

PASSWORD = "p%40ss-word-of-the-team"


async def refused(postgres: Postgres) -> StanchError:
    with pytest.raises(StanchError) as raised:
        await read(ReadStatus(postgres))
    return raised.value


async def test_a_wrong_password_is_said_once_and_loudly(connected: Connected) -> None:
    refusal = await refused(connected(PostgresKey.ELSEWHERE))

    assert type(refusal) is Unauthorized
    assert "password authentication failed" in str(refusal)


async def test_a_database_that_is_not_there_is_named(connected: Connected) -> None:
    refusal = await refused(connected(PostgresKey.ALL.replace("/shop", "/shpo")))

    assert type(refusal) is Rejected
    assert '"shpo" does not exist' in str(refusal)


async def test_a_server_without_tls_is_refused_where_tls_was_asked_for(
    real: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, f"postgresql://app@127.0.0.1:{real.port}/shop?sslmode=require")

    refusal = await refused(straight())

    assert type(refusal) is Rejected
    assert "does not support SSL" in str(refusal)


async def test_a_port_on_which_nobody_listens_is_the_measurement(
    real: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, "postgresql://app@127.0.0.1:1/shop")

    said = await read(ReadStatus(straight()))

    assert said.is_down
    assert "refused" in said.why


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = await asyncio.start_server(lambda _, __: asyncio.sleep(30), "127.0.0.1", 0)
    monkeypatch.setenv(SECRET, f"postgresql://app@127.0.0.1:{silent.sockets[0].getsockname()[1]}/shop")
    postgres = straight()
    postgres.deadline = timedelta(seconds=0.2)

    begun = time.monotonic()
    refusal = await refused(postgres)

    assert type(refusal) is Unavailable
    assert str(refusal).startswith("postgres: shop: no answer within 0.2 s")
    assert time.monotonic() - begun < 3
    silent.close()


@pytest.mark.parametrize(
    ("status", "kind", "state"),
    [
        (401, Unauthorized, "28P01"),
        (403, Unauthorized, "42501"),
        (404, Rejected, "42P01"),
        (409, Conflict, "40001"),
        (412, Conflict, "55P03"),
        (429, Unavailable, "53300"),
        (500, Unavailable, "XX000"),
        (503, Unavailable, "57P03"),
    ],
)
async def test_what_a_statement_is_refused_with_is_told_by_its_sqlstate(
    postgres: Postgres, sandbox: Sandbox, status: int, kind: type[StanchError], state: str
) -> None:
    sandbox.order(Fault(status=status, path="/postgres/SELECT"))

    with pytest.raises(StanchError) as raised:
        await read(ReadQueries(postgres))

    assert type(raised.value) is kind
    assert f"({state})" in str(raised.value)


async def test_a_statement_that_takes_too_long_may_be_asked_again(
    postgres: Postgres, sandbox: Sandbox
) -> None:
    sandbox.order(Fault(trouble=Trouble.TIMEOUT, path="/postgres/SELECT"))

    with pytest.raises(Unavailable, match="statement timeout"):
        await read(ReadQueries(postgres))


async def test_timeouts_are_not_sent_at_the_start_where_poolers_refuse_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    met: list[dict[str, str]] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(introduced(await opening(reader, writer)))
        writer.close()

    pooler = await asyncio.start_server(listen, "127.0.0.1", 0)
    monkeypatch.setenv(SECRET, f"postgresql://app@127.0.0.1:{pooler.sockets[0].getsockname()[1]}/shop")

    await refused(straight())

    assert met[0].keys() <= {"user", "database", "application_name", "client_encoding"}
    pooler.close()


async def test_the_server_itself_ends_what_takes_too_long(postgres: Postgres) -> None:
    (said,) = await postgres.ask(
        SHOP,
        "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,"
        " current_setting('transaction_read_only') AS read_only",
    )

    assert said == {"statement": "4s", "lock": "2s", "read_only": "on"}


@pytest.mark.parametrize("written", ["https://shop.example/", "swordfish", "mysql://app@127.0.0.1/shop"])
async def test_what_is_no_connection_string_is_its_authors_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv(SECRET, written)

    refusal = await refused(straight())

    assert type(refusal) is ConfigError
    assert f"providers.postgres.databases.shop.url is no connection string: env:{SECRET}" in str(refusal)
    assert written not in str(refusal)


async def test_an_option_that_libpq_does_not_know_is_its_authors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, f"postgresql://app:{PASSWORD}@db.shop.example/shop?colour=red")

    refusal = await refused(straight())

    assert type(refusal) is ConfigError
    assert "p@ss" not in repr(refusal)


async def test_a_database_without_a_name_in_the_settings_is_told_how_to_write_it() -> None:
    postgres = Postgres.connect(Surroundings(Provider(token="env:UNUSED"), Redactor()))

    refusal = await refused(postgres)

    assert type(refusal) is ConfigError
    assert "write databases: {shop: {url: env:NAME}}" in str(refusal)


async def test_neither_a_connection_string_nor_its_password_is_ever_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"postgresql://app:{PASSWORD}@127.0.0.1:1/shop?sslpassword=of-the-key-file"
    monkeypatch.setenv(SECRET, url)
    redactor = Redactor()

    await read(ReadStatus(straight(redactor)))

    for secret in (url, PASSWORD, "p@ss-word-of-the-team", "of-the-key-file"):
        assert redactor.clean(f"said {secret} aloud") == f"said {HIDDEN} aloud"
