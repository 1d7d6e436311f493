"""What every door works with, and how long it waits for Temporal."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from temporalio.service import RPCError

from stanch.control import Away, Control
from stanch.gateway.authentication import Authenticator
from stanch.gateway.metrics import GatewayMetrics
from stanch.playbooks.book import Book

PATIENCE = timedelta(seconds=12)
T = TypeVar("T")


@dataclass(frozen=True)
class Dependencies:
    """Temporal, the team's playbooks, and who may come in."""

    control: Control
    book: Book
    authenticator: Authenticator
    metrics: GatewayMetrics = field(default_factory=GatewayMetrics)
    queues: Sequence[str] = ()
    """The task queues that the team's playbooks need somebody to work on."""
    pages: str = ""
    """Where Temporal's own pages of the namespace are; empty where that is not known."""
    room: Callable[[], Sequence[str]] = tuple
    """What there is to say of the disk that this process writes to."""


async def in_time(call: Awaitable[T], within: timedelta = PATIENCE) -> T:
    """Temporal's answer; raises `Away` when there is none in time, whatever the reason."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await call
    except (RPCError, TimeoutError) as error:
        raise Away("Temporal does not answer: try again in a moment") from error
