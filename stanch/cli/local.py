"""What a command needs that asks no gateway: the team's files, and one piece of work to its end."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import structlog

from activities.registry import catalogue
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from workers.process import ended

T = TypeVar("T")


def book_of(config: Path) -> Book:
    """The team's `stanch.yaml` and its playbooks; raises `ConfigError` with every problem of the files."""
    return load_book(config, catalogue())


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work; what it left running is ended."""
    try:
        with _without_logs():
            return asyncio.run(work)
    finally:
        ended()


@contextmanager
def _without_logs() -> Iterator[None]:
    """Such a command tells all it knows itself: a line of a log would stand within its document."""
    before = structlog.get_config()
    structlog.configure(processors=[_dropped])
    try:
        yield
    finally:
        structlog.configure(**before)


def _dropped(*_: Any) -> NoReturn:
    raise structlog.DropEvent
