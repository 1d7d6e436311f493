"""Causes in caches, memory and tables: what shows of them, and what alone cures each."""

from datetime import timedelta
from typing import Any

import psycopg
from servers import found
from worlds import catalogue_of

from sandbox import Sandbox
from sandbox.causes import bring_about
from sandbox.furnishing import Furnished, furnish
from sandbox.postgres.clusters import BINARIES
from sandbox.postgres.real import real_postgres
from sandbox.redis.world import RedisWorld


def heroku(*state: Any, since: timedelta = timedelta(minutes=6)) -> Furnished:
    found("initdb", "postgresql", BINARIES)
    found("redis-server", "redis-server")
    furnished = furnish(Sandbox(), catalogue_of("gitquest", "heroku.stanch.yaml"), "http://127.0.0.1:7999")
    bring_about(furnished, state, since)
    return furnished


def test_a_cache_that_is_gone_is_missed_until_it_is_switched_off() -> None:
    gone = {
        "of": "backend",
        "role": "cache",
        "is": "down",
        "says": "500: no cache",
        "while": {"switch": "caching"},
    }
    made = heroku({"part": gone})
    service = made.sandbox.services["backend"]
    before = service.answer()[0], service.parts_say()["redis"]

    made.turn("backend", "caching", "off")

    assert before == (500, "disconnected")
    assert (service.answer()[0], service.parts_say()["redis"]) == (200, "disabled")


def test_a_cache_that_is_well_has_missed_much_and_misses_nothing_now() -> None:
    made = heroku({"cache": {"of": "backend", "is": "well", "missed": 500}})
    redis = made.sandbox.of(RedisWorld)
    before = redis.real().keys.info("stats")

    redis.is_looked_up()

    after = redis.real().keys.info("stats")
    assert before["keyspace_misses"] >= 500
    assert after["keyspace_hits"] - before["keyspace_hits"] >= 9 * (
        after["keyspace_misses"] - before["keyspace_misses"]
    )


def test_memory_that_is_collected_never_comes_to_its_end() -> None:
    saw = {"needs": {"of": "backend", "grows_mb_per_hour": 1200, "collected_at_mb": 100}}
    made = heroku(saw, since=timedelta(hours=2))

    used = made.sandbox.services["backend"].measure().memory_used

    assert used is not None
    assert 180 / 512 <= used < 280 / 512


def test_a_table_holds_its_rows_until_the_world_is_over() -> None:
    rows = [{"id": 11, "name": "chapters"}, {"id": 12, "name": "quests"}]
    heroku({"rows": {"of": "backend", "table": "knex_migrations", "rows": rows}})
    asks = f"host=127.0.0.1 port={real_postgres().port} dbname=quest user=stanch"
    with psycopg.connect(asks, password="postgres-sandbox-key") as connection:
        before = connection.execute("SELECT name FROM knex_migrations ORDER BY id").fetchall()

    real_postgres().clear()

    with psycopg.connect(asks, password="postgres-sandbox-key") as connection:
        after = connection.execute("SELECT to_regclass('knex_migrations')").fetchone()
    assert (before, after) == ([("chapters",), ("quests",)], (None,))
