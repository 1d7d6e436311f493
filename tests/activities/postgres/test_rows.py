"""The newest rows of a table, and nothing else."""

import pytest
from pydantic import ValidationError

from activities.postgres.client import Postgres
from activities.postgres.rows import ReadRows
from stanch.errors import Rejected, Unauthorized
from tests.activities.postgres.asking import read
from tests.activities.postgres.server import Server


async def test_the_newest_rows_come_first_and_in_words(real: Server, postgres: Postgres) -> None:
    said = await read(ReadRows(postgres), table="migrations", newest=2)

    assert said.columns == ("id", "name", "batch", "api_key", "plan")
    assert said.line() == (
        'newest 2 of migrations by id: id 9, name change 9, batch 4, api_key (secret), plan {"up": true};'
        ' id 8, name change 8, batch 4, api_key (secret), plan {"up": true}'
    )


async def test_a_table_is_spelled_exactly_and_may_be_empty(real: Server, postgres: Postgres) -> None:
    said = await read(ReadRows(postgres), table="public.Orders", by="placed")

    assert (said.count, said.line()) == (0, "public.Orders is empty")


async def test_long_values_and_secrets_in_them_are_cut(real: Server, postgres: Postgres) -> None:
    note = "'postgresql://app:hunter2@db.example/shop ' || repeat('x', 900)"
    real.in_the_shop(f'INSERT INTO "Orders" SELECT now(), {note}')

    said = await read(ReadRows(postgres), table="Orders", by="placed")

    real.in_the_shop('TRUNCATE "Orders"')
    assert "hunter2" not in said.model_dump_json()
    assert len(said.rows[0]["note"] or "") == 80


@pytest.mark.parametrize(
    ("asked", "kind", "text"),
    [
        ({"table": "orders"}, Rejected, "shop has no table orders"),
        ({"table": "asked"}, Rejected, "shop has no table asked"),
        ({"table": "migrations", "by": "made"}, Rejected, "has no column made: write by:, one of id, name"),
        ({"table": "pg_catalog.pg_authid", "by": "oid"}, Unauthorized, "permission denied"),
    ],
)
async def test_what_is_no_table_for_this_role_is_refused(
    real: Server, postgres: Postgres, asked: dict[str, str], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        await read(ReadRows(postgres), **asked)


@pytest.mark.parametrize("table", ['a"; DROP TABLE migrations; --', "a b", "a.b.c", "", "1a", "(SELECT 1)"])
async def test_nothing_but_a_name_is_taken(postgres: Postgres, table: str) -> None:
    with pytest.raises(ValidationError):
        await read(ReadRows(postgres), table=table)
