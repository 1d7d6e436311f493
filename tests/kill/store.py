"""The store as it is on the disk, whoever works with it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg
from stack import Stack

Count = Callable[[str], int]


@contextmanager
def counting(stack: Stack) -> Iterator[Count]:
    """What answers a question with a number, over one connection."""
    where = stack.secrets.get("STANCH_STORE")
    if where:
        with psycopg.connect(where, autocommit=True) as postgres:
            yield lambda question: _number(postgres.execute(question.encode()).fetchone())
        return
    file = stack.folder / "data" / "stanch.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)) as sqlite:
        yield lambda question: _number(sqlite.execute(question).fetchone())


def newest(stack: Stack) -> int:
    """The number of the last grant."""
    with counting(stack) as count:
        return count("SELECT coalesce(max(id), 0) FROM reservations")


def held(stack: Stack) -> int:
    """How many locks somebody has."""
    with counting(stack) as count:
        return count("SELECT count(*) FROM guards WHERE workflow_id IS NOT NULL")


def _number(row: tuple[int] | None) -> int:
    return row[0] if row else 0
