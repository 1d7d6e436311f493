import asyncio
from pathlib import Path

import pytest

from stanch.store import Address, Store
from tests.cli.a_place import TEAM, Place, free_port
from workers.embedded import EmbeddedTemporal


async def a_store_in(folder: Path) -> None:
    store = Store(Address.of_file(folder / "stanch.db"))
    await store.prepare()
    await store.belongs_to("default (1)")
    await store.close()


@pytest.mark.parametrize(
    ("runs_on", "written"),
    [
        ("provider: postgres, database: orders", "{postgres: {databases: {orders: {url: env:NAME}}}}"),
        ("provider: redis, instance: orders", "{redis: {instances: {orders: {url: env:NAME}}}}"),
    ],
)
def test_a_store_without_its_connection_string_is_told_what_to_write(
    place: Place, runs_on: str, written: str
) -> None:
    place.write(TEAM.replace("people:\n", f"  orders:\n    runs_on: {{{{{runs_on}}}}}\npeople:\n"))

    rows = place.rows()

    row = rows["postgres:orders" if "postgres" in runs_on else "redis:orders"]
    assert row["grade"] == "failed"
    assert f"providers: {written}" in row["mend"]


def test_a_store_that_cannot_be_reached_is_tried_by_its_own_connection_string(place: Place) -> None:
    stores = "  postgres: {{databases: {{orders: {{url: env:CHECK_ORDERS}}}}}}\n"
    service = "  orders:\n    runs_on: {{provider: postgres, database: orders}}\n"
    team = TEAM.replace("  vercel: {{token", f"{stores}  vercel: {{{{token")
    place.write(team.replace("people:\n", f"{service}people:\n"))

    rows = place.rows(CHECK_ORDERS="postgresql://app:the-password-of-orders@127.0.0.1:1/orders")

    assert rows["env:CHECK_ORDERS"]["says"] == "can be read; providers.postgres.databases.orders.url"
    assert rows["postgres:orders"]["grade"] == "failed"
    assert "refused" in rows["postgres:orders"]["says"]
    assert "the-password-of-orders" not in str(rows)


def test_without_a_temporal_it_says_what_starts_one(place: Place) -> None:
    row = place.rows()["server"]

    assert row["grade"] == "warn"
    assert "stanch up" in row["mend"]


def test_a_store_is_looked_at_and_none_is_made_where_there_is_none(place: Place) -> None:
    before = place.rows()["store"]
    (place.folder / "data").mkdir(exist_ok=True)
    asyncio.run(a_store_in(place.folder / "data"))

    after = place.rows()["store"]

    assert (before["grade"], after["grade"]) == ("warn", "ok")
    assert "stanch up" in before["mend"]
    assert after["says"].endswith("stanch.db is writable, schema 0001, namespace default (1)")


def test_a_store_that_cannot_be_written_is_a_failure_that_names_it_and_hides_its_password(
    place: Place,
) -> None:
    address = f"postgresql://stanch:canary-of-the-store@127.0.0.1:{free_port()}/stanch"

    row = place.rows(STANCH_STORE=address)["store"]

    assert row["grade"] == "failed"
    assert "postgresql://127.0.0.1/stanch" in row["says"]
    assert "canary" not in str(row)


def test_a_temporal_that_does_not_answer_is_a_failure(place: Place) -> None:
    address = f"127.0.0.1:{free_port()}"

    assert place.rows(TEMPORAL_ADDRESS=address)["server"]["says"] == f"{address} does not answer"


async def test_the_embedded_temporal_of_the_data_folder_is_found(place: Place) -> None:
    async with EmbeddedTemporal(place.folder / "data", port=None, ui_port=None) as server:
        row = (await asyncio.to_thread(place.rows))["server"]
        elsewhere = await asyncio.to_thread(
            place.rows, TEMPORAL_ADDRESS=server.address, TEMPORAL_NAMESPACE="nowhere", STANCH_DATA="/nowhere"
        )

    assert (row["grade"], row["says"]) == ("ok", f"{server.address} answers, namespace default")
    assert "has no namespace nowhere" in elsewhere["server"]["says"]
