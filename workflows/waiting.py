"""Waiting for work or for a reason to stop it, whichever comes first."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import exceptions, workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

T = TypeVar("T")


async def unless(stop: Callable[[], bool], work: Coroutine[Any, Any, T]) -> T | None:
    """The result of the work, or None when it was stopped; work that ends in the same moment counts."""
    task = asyncio.ensure_future(work)
    try:
        await workflow.wait_condition(lambda: task.done() or stop())
    except asyncio.CancelledError:
        task.cancel()
        await workflow.wait_condition(task.done)
        raise
    if not task.done():
        task.cancel()
    try:
        return await task
    except (asyncio.CancelledError, ActivityError) as error:
        if not is_cancelled_exception(error) or not stop():
            raise
        return None


def reason(error: ActivityError) -> tuple[str, str]:
    """The class and the text of what really failed, unwrapped from Temporal's own words."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, ApplicationError):
        return cause.type or "ApplicationError", cause.message
    if isinstance(cause, exceptions.TimeoutError):
        return "TimeoutError", f"no end within its deadline ({cause})"
    return type(cause).__name__, str(cause)
