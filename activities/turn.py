"""Whether it is still this attempt's turn at the store: what others have asked and let go of since stands.

A worker that stood still for longer than an attempt may take finds the attempt in its hands, or even in what
it has not yet received. Asked late, a guard would lock for an incident that knows nothing of it; let go of
late, a lock would be free that is held again.
"""

from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.client import AsyncActivityCancelledError
from temporalio.service import RPCError

from activities.permit import Permit
from stanch.errors import Unavailable

_CONFIRMS_WITHIN = timedelta(seconds=3)
_PROMPT = 0.25
"""What part of its time an attempt may be on its way before that is a reason to ask."""


class Turn:
    """Of one attempt, from when this process began with it."""

    def __init__(self) -> None:
        info = activity.info()
        self._lasts = info.start_to_close_timeout
        self._begun = Permit(self._lasts)
        self._is_late = abs(datetime.now(UTC) - info.started_time) > _PROMPT * (self._lasts or timedelta.max)

    async def begins(self) -> None:
        """Temporal is asked where the clocks say that the attempt came late; they may only be wrong."""
        if not self._is_late:
            return
        handle = activity.client().get_async_activity_handle(task_token=activity.info().task_token)
        try:
            await handle.heartbeat(rpc_timeout=_CONFIRMS_WITHIN)
        except AsyncActivityCancelledError:
            return  # it still counts: what becomes of it is for the caller
        except RPCError as error:
            raise _over(
                f"Temporal does not confirm that this attempt still counts ({error.status.name})"
            ) from error

    def must_last(self) -> None:
        """Raises where Temporal has given the attempt up by now."""
        if self._lasts is not None and self._begun.age >= self._lasts:
            raise _over(f"this attempt began {self._begun.age.total_seconds():.0f} s ago")


def _over(why: str) -> Unavailable:
    return Unavailable("store", f"nothing was written: {why}, and another one may be at work", untouched=True)
