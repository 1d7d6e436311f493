"""PostgreSQL's verb in front of a real server, and what somebody else does there."""

from typing import Any

from sandbox.postgres.keys import DATABASE, PostgresKey
from sandbox.postgres.world import PostgresWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import Case, ReadingCase
from tests.activities.contract.wires import by_wire
from tests.activities.postgres.server import server

SHOP = Target(provider="postgres", name=DATABASE, at={"database": DATABASE})
SLOW = "SELECT pg_sleep(3600), 'tok_live_of_a_customer' AS token WHERE 4711 > 0"
OPEN = "BEGIN;;SELECT 'row of ana@shop.example';;"
EVERYBODY: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("reports", SLOW, {}),
    ("worker", SLOW, {}),
    ("api", OPEN, {}),
    ("console", SLOW, {"user": "boss"}),
    ("elsewhere", SLOW, {"dbname": "other"}),
    ("calm", "", {}),
)


def busy(sandbox: Sandbox) -> None:
    """Two long queries and one idle transaction, beside what must never be touched."""
    server().keep_busy(*EVERYBODY)
    sandbox.of(PostgresWorld).stands(server())


def has_been_asked(sandbox: Sandbox) -> None:
    """As busy, and something has been asked since the counts began."""
    busy(sandbox)
    server().in_the_shop("SELECT pg_sleep(0.01)")


POSTGRES: dict[str, Any] = {
    "scene": busy,
    "key": PostgresKey.ALL,
    "target": SHOP,
    "attach": by_wire("postgres"),
    "settings": lambda keep: {"databases": {DATABASE: {"url": keep(PostgresKey.ALL)}}},
}
END: dict[str, Any] = {
    **POSTGRES,
    "verb": "postgres.end_queries",
    "settles": False,
    "says_when": False,
}
CASES = (
    Case(
        name="postgres.end_queries",
        **END,
        arguments={"older_than": "1ms"},
        path="/postgres/pg_cancel_backend",
        effects=("postgres.end_query",) * 2,
        writes=2,
    ),
    Case(
        name="postgres.end_queries of idle transactions",
        **END,
        arguments={"older_than": "1ms", "state": "idle in transaction", "application": "api"},
        path="/postgres/pg_terminate_backend",
        effects=("postgres.end_query",),
        writes=1,
    ),
)

READINGS = (
    ReadingCase(
        name="postgres.status",
        reading="postgres.status",
        **POSTGRES,
        sees=lambda it: (
            (it.is_down, it.is_slow, it.is_read_only, it.why) == (False, False, False, "")
            and it.connections >= 4
            and it.free == 24 - 3 - it.connections
        ),
        measures=frozenset({429, 503}),
    ),
    ReadingCase(
        name="postgres.connections",
        reading="postgres.connections",
        **POSTGRES,
        sees=lambda it: (
            (it.full, it.most, it.reserved, it.hidden) == (False, 24, 3, 0)
            and it.free == it.most - it.reserved - it.used
            and {"reports": 1, "api": 1, "calm": 1, "stanch": 1}.items() <= it.by_application.items()
            and (it.by_state["idle in transaction"], it.idle_in_transaction) == (1, 1)
            and it.idle_in_transaction_since is not None
        ),
        measures=frozenset({429}),
    ),
    ReadingCase(
        name="postgres.queries",
        reading="postgres.queries",
        **POSTGRES,
        sees=lambda it: (
            (it.running, it.blocked, it.hidden) == (3, 0, 0)
            and [one.application for one in it.longest] == ["reports", "worker", "console"]
            and {one.query for one in it.longest} == {"SELECT pg_sleep(?), ? AS token WHERE ? > ?"}
        ),
    ),
    ReadingCase(
        name="postgres.slowest",
        reading="postgres.slowest",
        **{**POSTGRES, "scene": has_been_asked},
        arguments={"sampled_for": "1ms"},
        sees=lambda it: it.hidden == 0 and 0 < len(it.queries) <= 5 and it.queries[0].query == it.query,
    ),
    ReadingCase(
        name="postgres.rows",
        reading="postgres.rows",
        **POSTGRES,
        arguments={"table": "migrations", "newest": 3},
        sees=lambda it: (
            [row["name"] for row in it.rows] == ["change 9", "change 8", "change 7"]
            and {row["api_key"] for row in it.rows} == {"(secret)"}
        ),
    ),
)
