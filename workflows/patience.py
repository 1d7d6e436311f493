"""Every wait of a workflow that is not a call's own deadline. Those stand in `calls.py`."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

from stanch.policy import telling

T = TypeVar("T")

FIRST_NOTICE = timedelta(minutes=10)
"""How long an incident waits for the notice that it was opened by."""
QUIET = timedelta(minutes=1)
"""Alerts that have all resolved are believed after so long: a rule may go on under another label."""
RESOLVES = timedelta(minutes=15)
"""How long the alerts themselves have to resolve where a playbook checks nothing else."""
STILL_FIRES = timedelta(minutes=5)
"""How long alerts may fire over checks that are good before a person is told."""
HOLD = timedelta(minutes=5)
"""After so long a reason to hold is looked at again."""
UNDER_WAY = timedelta(minutes=2)
"""Between two looks at a change that its vendor is still at work on."""
GUARD_KNOWS = timedelta(seconds=5)
"""A guard's yes is asked for again when it is older."""
GIVEN_BACK = timedelta(seconds=15)
"""How long a lock may be on its way back before it is kept after all."""
LAST_LOOK = timedelta(seconds=20)
"""How long a closing incident waits for a vendor to say whether a change is still in place."""
LAST_WORDS = timedelta(seconds=30)
"""How long a closing incident waits for paper and channels before it leaves them to follow up beside it."""
BUSY = timedelta(minutes=10)
"""Between two questions whether a kept change may be taken back now."""
DAILY = timedelta(days=1)
"""Between two questions about what is still held back."""
NOW = timedelta(milliseconds=1)
"""A deadline that has passed already."""


async def within(condition: Callable[[], bool], patience: timedelta | None, why: str) -> bool:
    """Wait for a condition, at most so long; False when the time ran out."""
    try:
        await workflow.wait_condition(
            condition,
            timeout=None if patience is None else max(patience, NOW),
            timeout_summary=telling.summary(why),
        )
    except TimeoutError:
        return False
    return True


async def unless(stop: Callable[[], bool], work: Coroutine[Any, Any, T]) -> T | None:
    """The result of the work, or None when it was stopped; work that ends in the same moment counts."""
    task = asyncio.ensure_future(work)
    try:
        await workflow.wait_condition(lambda: task.done() or stop())
    except asyncio.CancelledError as cancelled:
        task.cancel()
        await workflow.wait_condition(task.done)
        raise cancelled from None if task.cancelled() else task.exception()
    if not task.done():
        task.cancel()
    try:
        return await task
    except BaseException as error:
        if not is_cancelled_exception(error) or not stop():
            raise
        return None
