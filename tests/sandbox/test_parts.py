"""Databases and caches in a world: real servers, whose state shows in readings and in what a service says."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from servers import found
from starlette.testclient import TestClient
from worlds import catalogue_of

from sandbox import Sandbox
from sandbox.app import application
from sandbox.aws.world import AwsWorld
from sandbox.causes import bring_about
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.furnishing import Furnished, furnish
from sandbox.keys import SERVICE
from sandbox.postgres.clusters import BINARIES
from sandbox.postgres.real import RealPostgres, real_postgres
from sandbox.redis.real import RealRedis, real_redis
from sandbox.redis.world import RedisWorld
from sandbox.vercel.world import VercelWorld

_SIGNED = {"Authorization": f"Bearer {SERVICE}"}


def world(team: str, *state: Any, catalogue: str = "") -> Furnished:
    found("initdb", "postgresql", BINARIES)
    found("redis-server", "redis-server")
    furnished = furnish(Sandbox(), catalogue_of(team, catalogue), "http://127.0.0.1:7999")
    bring_about(furnished, state)
    return furnished


def heroku(*state: Any) -> Furnished:
    return world("gitquest", *state, catalogue="heroku.stanch.yaml")


@pytest.fixture
def postgres() -> Iterator[RealPostgres]:
    found("initdb", "postgresql", BINARIES)
    yield real_postgres()
    real_postgres().clear()


@pytest.fixture
def redis() -> RealRedis:
    found("redis-server", "redis-server")
    return real_redis()


def says(furnished: Furnished, service: str) -> tuple[int, dict[str, str]]:
    """Whether it answers, and what it says of its parts."""
    one = furnished.sandbox.services[service]
    return one.answer()[0], one.parts_say()


WELL = (200, {"database": "connected", "redis": "connected"})
CUT_OFF = (503, {"database": "disconnected", "redis": "connected"})


def test_what_a_service_says_of_its_parts_is_good_while_nothing_is_wrong() -> None:
    assert says(heroku(), "backend") == WELL


def test_a_stopped_database_is_down_by_its_vendor_and_for_its_service() -> None:
    made = heroku({"part": {"of": "backend", "is": "stopped"}})
    database = made.sandbox.of(AwsWorld).databases["gitquest-db"]
    before = database.status, says(made, "backend")

    database.status = "available"

    assert before == ("stopped", CUT_OFF)
    assert says(made, "backend") == WELL


def test_a_database_that_hangs_is_cured_by_a_restart_and_not_by_another_class() -> None:
    made = heroku({"part": {"of": "backend", "is": "hung"}})
    database = made.sandbox.of(AwsWorld).databases["gitquest-db"]

    database.size = "db.t4g.large"
    larger = says(made, "backend")
    database.told.append((made.sandbox.clock.now(), "DB instance restarted"))

    assert (larger, says(made, "backend")) == (CUT_OFF, WELL)


def test_a_busy_database_shows_it_and_is_cured_by_another_class_and_not_by_a_restart() -> None:
    made = heroku({"part": {"of": "backend", "is": "busy", "says": "503: timeout"}})
    database, service = (
        made.sandbox.of(AwsWorld).databases["gitquest-db"],
        made.sandbox.services["backend"],
    )
    busy = dict(service.measure().others)["quest-db.cpu"]

    database.told.append((made.sandbox.clock.now(), "DB instance restarted"))
    restarted = says(made, "backend")
    database.size = "db.t4g.large"

    assert (busy, restarted, says(made, "backend")) == (0.97, CUT_OFF, WELL)
    assert dict(service.measure().others)["quest-db.cpu"] == 0.25


def test_queries_that_hold_locks_are_cured_by_ending_them(postgres: RealPostgres) -> None:
    made = heroku({"queries": {"of": "backend", "count": 2, "locks": True, "says": "503: lock timeout"}})
    before = says(made, "backend"), sorted(postgres.under_way().values())

    postgres.clear()

    assert before == (CUT_OFF, ["worker", "worker"])
    assert says(made, "backend") == WELL


def test_a_pool_that_is_too_small_is_cured_by_its_switch(postgres: RealPostgres) -> None:
    small = {"switch": {"of": "backend", "name": "db_pool", "is": "10"}}
    need = {"pool": {"of": "backend", "size_from": "db_pool", "demand": 18, "says": "503: pool"}}
    made = heroku(small, need)
    before, free = says(made, "backend"), postgres.free

    made.turn("backend", "db_pool", "20")

    assert (before, says(made, "backend")) == (CUT_OFF, WELL)
    assert free - postgres.free == 8


def test_a_larger_pool_is_of_no_use_where_the_server_is_full(postgres: RealPostgres) -> None:
    small = {"switch": {"of": "backend", "name": "db_pool", "is": "10"}}
    others = {"connections": {"of": "backend", "by": "reports", "leaves": 12, "needs": 0}}
    need = {"pool": {"of": "backend", "size_from": "db_pool", "demand": 18, "says": "503: pool"}}
    made = heroku(small, others, need)

    made.turn("backend", "db_pool", "20")

    assert says(made, "backend") == CUT_OFF
    assert postgres.free == 0


def test_what_the_platform_allows_is_the_size_where_no_switch_is(postgres: RealPostgres) -> None:
    made = world("pitchey", {"pool": {"of": "pitchey", "demand": 80, "shown_at": "/api/admin/db/pool"}})
    client = TestClient(application(made.sandbox), "http://127.0.0.1:7999")

    before = client.get("/service/pitchey/api/admin/db/pool").json()
    next(iter(made.sandbox.of(CloudflareWorld).pools.values())).grant(100, made.sandbox.clock.now())
    after = client.get("/service/pitchey/api/admin/db/pool").json()

    assert before == {"active": 60, "idle": 0, "waiting": 20, "max": 60}
    assert after == {"active": 80, "idle": 0, "waiting": 0, "max": 100}


def test_what_a_server_counts_is_shown_by_the_part_itself(postgres: RealPostgres) -> None:
    made = world(
        "servio",
        {"server_shown": {"of": "servio", "shown_at": "/functions/v1/db-stats"}},
        {"queries": {"of": "servio", "leaves": 3, "says": "500: no slot is left"}},
    )
    client = TestClient(application(made.sandbox), "http://127.0.0.1:7999")

    shown = client.get("/service/servio-db/functions/v1/db-stats").json()

    assert shown == {"active": 117, "max": 120}
    assert says(made, "servio")[0] == 500


def test_broken_entries_are_cured_by_taking_them_out(redis: RealRedis) -> None:
    made = world("servio", {"cache": {"of": "servio", "is": "broken-entries", "says": "500 cache_corrupt"}})
    service, before = made.sandbox.services["servio"], made.sandbox.services["servio"].measure()

    redis.keys.delete(*redis.matching("cache:*"))
    at_once = service.measure()
    made.sandbox.pass_time(timedelta(minutes=1))

    assert (before.error_rate, before.complaints) == (0.02, ("500 cache_corrupt",))
    assert (at_once.error_rate, dict(at_once.others)["hit_rate"]) == (0, 0)
    assert dict(service.measure().others)["hit_rate"] == 0.95


@pytest.mark.parametrize(
    ("kind", "clears", "warms", "rate"),
    [
        ("stampede", True, True, 0.95),
        ("stampede", False, True, 0.0),
        ("stampede", True, False, 0.0),
        ("cold", False, True, 0.95),
        ("keys-without-tenant", True, True, 0.0),
    ],
)
def test_a_cache_helps_again_only_after_what_it_needs(
    redis: RealRedis, kind: str, clears: bool, warms: bool, rate: float
) -> None:
    made = world("servio", {"cache": {"of": "servio", "is": kind, "warm_at": "POST cache/warm"}})
    client = TestClient(application(made.sandbox), "http://127.0.0.1:7999")

    if clears:
        redis.keys.delete(*redis.matching("cache:*") or ["none"])
    if warms:
        assert client.post("/service/servio/api/admin/cache/warm", headers=_SIGNED).json()["ok"]

    assert dict(made.sandbox.services["servio"].measure().others)["hit_rate"] == rate
    assert made.sandbox.of(RedisWorld).port == redis.port


def test_what_is_missed_comes_back_by_itself_only_where_nobody_is_said_to_be_filling_it() -> None:
    cache = {"of": "pitchey", "is": "stampede", "fills_itself": True, "clear_at": "DELETE cache"}
    made = world("pitchey", {"cache": cache})
    client = TestClient(application(made.sandbox), "http://127.0.0.1:7999")
    rates = []

    for act in (lambda: None, lambda: client.delete("/service/pitchey/api/admin/cache", headers=_SIGNED)):
        act()
        made.sandbox.pass_time(timedelta(minutes=1))
        rates.append(dict(made.sandbox.services["pitchey"].measure().others)["hit_rate"])

    assert rates == [0.0, 0.95]


def test_entries_that_live_too_short_are_cured_by_their_switch() -> None:
    short = {"switch": {"of": "servio", "name": "cache_ttl", "is": 60000}}
    made = world(
        "servio",
        short,
        {"cache": {"of": "servio", "is": "short-lived", "ttl": "cache_ttl", "long_enough": 300000}},
    )
    service = made.sandbox.services["servio"]
    before = dict(service.measure().others)["hit_rate"]

    made.turn("servio", "cache_ttl", 300000)

    written = [one.key for one in made.sandbox.of(VercelWorld).projects["servio"].variables]
    assert (round(before, 2), dict(service.measure().others)["hit_rate"]) == (0.19, 0.95)
    assert written.count("CACHE_TTL_MS") == 1


def test_keys_that_never_expire_are_cleaned_by_the_endpoint_and_the_others_stay(redis: RealRedis) -> None:
    made = world(
        "servio",
        {
            "keys": {
                "of": "servio",
                "prefix": "idem",
                "count": 30,
                "expiring": 5,
                "clean_at": "POST idempotency/clean",
            }
        },
    )
    client, before = TestClient(application(made.sandbox), "http://127.0.0.1:7999"), redis.matching("idem:*")

    client.post("/service/servio/api/admin/idempotency/clean", headers=_SIGNED)

    assert (len(before), len(redis.matching("idem:*"))) == (35, 5)
