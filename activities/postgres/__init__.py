"""PostgreSQL: whether it answers, who is connected, what runs, and queries ended."""

from activities.integration import Credential, Integration, Proof
from activities.named_urls import references
from activities.open_questions import OpenQuestion
from activities.postgres.client import DATABASES, Postgres, PostgresTarget
from activities.postgres.end_queries import EndQueries
from activities.postgres.readings import ReadConnections, ReadQueries
from activities.postgres.rows import ReadRows
from activities.postgres.sessions import GRANTED, only
from activities.postgres.slowest import ReadSlowest
from activities.postgres.status import ReadStatus
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(postgres: Postgres, target: Target) -> Proof:
    """Connects, and asks which of the predefined roles it may use."""
    found = only(await postgres.ask(target, GRANTED))
    granted = {
        "CONNECT": True,
        "pg_signal_backend": found["is_superuser"] or found["may_signal"],
        "pg_read_all_stats": found["is_superuser"] or found["may_read"],
    }
    replica = ", a read replica" if found["is_replica"] else ""
    signals = "may" if granted["pg_signal_backend"] else "may not"
    reads = "all" if granted["pg_read_all_stats"] else "only its own"
    return Proof(
        f"connected to PostgreSQL {found['version']}{replica} as {found['role']}, which {signals} end other"
        f" roles' queries and sees {reads} sessions",
        frozenset(name for name, has in granted.items() if has),
    )


INTEGRATION = Integration(
    name="postgres",
    connect=Postgres.connect,
    settings=("databases",),
    verbs=(EndQueries,),
    readings=(ReadStatus, ReadConnections, ReadQueries, ReadSlowest, ReadRows),
    target=TargetSpec(PostgresTarget, "database"),
    vendor=True,
    credential=Credential(
        prove,
        made_by="CREATE ROLE stanch LOGIN PASSWORD '...' IN ROLE pg_read_all_stats, pg_signal_backend",
        reference=references(DATABASES),
        written="databases: {{name}: {url: env:NAME}}",
    ),
    offers_none={
        "releases": "a database has no releases",
        "secrets": "a database is told nothing in secret",
        "release_output": "a database has no releases",
        "roll_back": "a database has no releases",
        "restart": "a server cannot be restarted over its own connections",
        "scale": "its size is its host's matter",
        "purge_cache": "PostgreSQL has no cache of answers",
        "run": "a database runs no commands; SQL is written by people",
        "set_secret": "a database has no variables",
        "set_webhook_secret": "a database has no variables",
        "set_flag": "PostgreSQL has no flags",
        "set_config": "settings of a server are its host's matter",
    },
    questions=(
        OpenQuestion(
            "Do PgBouncer, Supavisor, Neon and RDS Proxy name no routine where they refuse?",
            "They name none: by that a refusal of theirs is told from a server's",
            by_hand="strace -e recvfrom -s 400 psql 'postgresql://USER:wrong@POOLER/DATABASE?sslmode=disable':"
            " a field that begins with R is a routine",
        ),
    ),
)
