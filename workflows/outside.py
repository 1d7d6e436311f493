"""What deciding knows of the world: the same few questions in an incident as in `stanch plan`."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from temporalio import exceptions
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from stanch.errors import PolicyError, StanchError
from stanch.model.change import Change, Trail
from stanch.model.evidence import Look
from stanch.model.guard import Ask, Let, Verdict
from stanch.model.message import Delivered, Message
from stanch.model.plan import PlanOrder

T = TypeVar("T")
P = ParamSpec("P")


class Failed(StanchError):
    """A question or a deed that came to nothing: the class of what was the matter, and its text.

    `rule` is what said no, where one did; `trail` is what a change had sent until then.
    """

    def __init__(self, kind: str, text: str, trail: Trail | None = None, rule: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.rule = rule
        self.trail = trail or Trail()


class Outside(Protocol):
    """In a worker these are the functions of `calls.py`; in `stanch plan` the providers themselves."""

    def now(self) -> datetime:
        """The instant at which this is decided."""

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that is on its way."""

    async def look(self, uses: str, asked: Look, within: timedelta, why: str) -> dict[str, Any]:
        """A reading's result as JSON; raises `Failed`."""

    async def plan(self, uses: str, order: PlanOrder) -> Change:
        """A verb made concrete; raises `Failed`."""

    async def ask(self, question: Ask) -> Verdict:
        """May we? Raises `Failed` where nobody can say."""

    async def let_go(self, let: Let) -> None:
        """A lock is given back; raises `Failed`."""

    async def tell(self, message: Message) -> Delivered:
        """One message to one channel; raises `Failed`."""

    def show(self, card: Callable[[], str]) -> None:
        """Something changed that people see; the card is drawn when there is time."""


def failing(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """What failed, in words of its own instead of Temporal's; a cancellation stays one."""

    @wraps(call)
    async def named(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*args, **kwargs)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            raise Failed(*_reason(error), _trail(error), _rule(error)) from error

    return named


def _reason(error: ActivityError) -> tuple[str, str]:
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, ApplicationError):
        return cause.type or "ApplicationError", cause.message
    if isinstance(cause, exceptions.TimeoutError):
        return "TimeoutError", f"no end within its deadline ({cause})"
    return type(cause).__name__, str(cause)


def _rule(error: ActivityError) -> str:
    """Of a refusal, which comes with its rule after whatever else it carries."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type != PolicyError.__name__:
        return ""
    return str(next(reversed(cause.details), ""))


def _trail(error: ActivityError) -> Trail:
    """What a change that did not come to its end had sent, as its last attempt knew it."""
    cause = error.cause
    told = cause.details if isinstance(cause, ApplicationError) else ()
    if isinstance(cause, exceptions.TimeoutError):
        told = cause.last_heartbeat_details
    return Trail.model_validate(told[0]) if told and isinstance(told[0], dict) else Trail()
