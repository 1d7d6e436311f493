"""What is typed at PostgreSQL and Redis."""

import re

from stanch.importing.invocation import Invocation, is_placeholder
from stanch.importing.meaning import (
    CommandMeaning,
    KnownCommand,
    MeaningKind,
    does,
    looks,
    manual,
)

_LISTED = "exactly the queries that are listed; people agree before"
_DELETES = "it deletes keys that are in use, so two people agree"
_OWN_SQL = "Stanch runs no SQL of its own"
_DATABASE, _CACHE = "database", "cache"
_ENDS = re.compile(r"pg_(?:terminate|cancel)_backend", re.IGNORECASE)
_STATE = re.compile(r"(?<![!<>])=\s*'(?P<state>active|idle[\w ()]*|fastpath[\w ]*|disabled)'", re.IGNORECASE)
_ENDED_STATES = {"active", "idle in transaction"}
_INTERVAL = re.compile(r"interval\s+'(?P<number>\d+)\s*(?P<unit>s\w*|m\w*|h\w*)'", re.IGNORECASE)
_ASKS = (
    (r"pg_stat_statements", "postgres.slowest", ""),
    (r"count\s*\(.*pg_stat_activity|max_connections", "postgres.connections", ""),
    (r"pg_stat_activity|pg_locks", "postgres.queries", ""),
    (r"^\s*select\s+(?:1|now\(\)|version\(\))\s*;?\s*$", "status", _DATABASE),
    (r"pg_is_in_recovery|pg_stat_replication", "status", _DATABASE),
)
_WRITES = re.compile(
    r"\b(?:insert|update|delete|drop|alter|create|truncate|vacuum|reindex|grant)\b", re.IGNORECASE
)


def of_sql(sql: str) -> CommandMeaning | None:
    """What a statement means, where it is one of the few that say something about the server."""
    if is_placeholder(sql) or _WRITES.search(sql):
        return manual(_OWN_SQL)
    if _ENDS.search(sql):
        return _ended(sql)
    for pattern, uses, target in _ASKS:
        if re.search(pattern, sql, re.IGNORECASE | re.DOTALL):
            return CommandMeaning(MeaningKind.READING, uses, target=target)
    return manual(_OWN_SQL)


def _ended(sql: str) -> CommandMeaning:
    """The queries of one state, older than the statement says; connections that only wait are not ended."""
    states = _STATE.findall(sql)
    if set(states) - _ENDED_STATES:
        return manual("only queries and open transactions are ended, no idle connections")
    long = _INTERVAL.search(sql)
    given = {"older_than": f"{long['number']}{long['unit'][0].lower()}"} if long else {}
    given |= {"state": states[0]} if states and states[0] != "active" else {}
    return CommandMeaning(MeaningKind.VERB, "postgres.end_queries", given, _DATABASE, because=_LISTED)


def _psql(typed: Invocation) -> CommandMeaning | None:
    statements = typed.options("-c", "--command")
    if len(statements) == 1:
        return of_sql(statements[0])
    return looks("status", _DATABASE)(typed) if typed.flags("l") and not statements else None


_LOOKS_AT_CACHE = looks("status", _CACHE)
_FLUSHES = does("redis.flush", _DELETES, _CACHE, "two", pattern="*", everything=True)
_OF_REDIS = {
    "ping": _LOOKS_AT_CACHE,
    "info": _LOOKS_AT_CACHE,
    "dbsize": _LOOKS_AT_CACHE,
    "flushall": _FLUSHES,
    "flushdb": _FLUSHES,
}


def _redis(typed: Invocation) -> CommandMeaning | None:
    reads = _OF_REDIS.get(typed.names[0].lower()) if typed.names else None
    if reads is _FLUSHES and typed.has("-n"):
        return manual("it deletes the keys of one numbered database")
    return reads(typed) if reads else None


KNOWN = (
    KnownCommand("psql", _psql),
    KnownCommand("pg_isready", looks("status", _DATABASE)),
    KnownCommand("redis-cli", _redis),
)
