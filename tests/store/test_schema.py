"""A store comes into being, is brought up to date, and is refused where it is not ours to use."""

import asyncio
import re
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from stanch.errors import ConfigError
from stanch.store import Address, Store
from stanch.store.schema import MIGRATIONS
from stanch.store.tables import SCHEMA, TABLES
from tests.store.databases import AT, ask, opened


def test_the_newest_migration_is_the_schema_that_this_release_needs() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [SCHEMA]


async def test_migrations_lead_to_exactly_the_tables_that_are_used(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), TABLES))

    assert await store._read(differences) == []


async def test_stores_that_are_opened_at_once_do_not_get_into_each_others_way(at: Address) -> None:
    stores = [Store(at) for _ in range(4)]

    await asyncio.gather(*(store.prepare() for store in stores))

    names = {(await store.belonging()).store for store in stores}
    assert len(names) == 1
    for store in stores:
        await store.close()


async def test_what_it_knew_it_knows_after_it_was_closed_and_opened_again(at: Address) -> None:
    store = await opened(at)
    await store.ask(ask())
    await store.close()

    again = await opened(at)

    assert (await again.guard(ask().target)).made[0].at == AT
    await again.close()


async def test_a_store_of_a_newer_release_is_refused_with_the_way_out(store: Store) -> None:
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await store._write(lambda connection: connection.execute(newer))

    with pytest.raises(ConfigError, match="schema 9999, which this release does not know"):
        await store.prepare()

    assert "schema 9999" in (await store.health()).why


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_the_file_is_its_owners_alone_with_everything_that_lies_beside_it(tmp_path: Path) -> None:
    store = await opened(Address.of_file(tmp_path / "stanch.db"))
    await store.ask(ask())

    modes = await asyncio.to_thread(modes_in, tmp_path)

    assert set(modes) >= {"stanch.db", "stanch.db-wal"}
    assert set(modes.values()) == {0o600}
    await store.close()


@pytest.mark.parametrize(
    "text", ["mysql://u:hidden@host/name", "hidden", "sqlite:///x?hidden", "postgres:hidden"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ConfigError, match="STANCH_STORE is no address of a store") as refused:
        Address.of_url(text)

    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_an_address_is_shown_without_who_may_open_it(scheme: str) -> None:
    address = Address.of_url(f"{scheme}://stanch:canary-of-the-store@db.example/stanch")

    assert str(address) == "postgresql://db.example/stanch"
    assert address.secret == "canary-of-the-store"
    assert not re.search("canary", repr(address.url))
