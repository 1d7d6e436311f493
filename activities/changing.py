"""One attempt at a change in a worker: it is kept at Temporal what is sent, and by whose leave."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import AsyncActivityCancelledError
from temporalio.service import RPCError

from activities.contract import Verb
from activities.converging import converge
from activities.permit import Permit, permitted
from activities.send_log import SendLog
from stanch.errors import Conflict, CutOff, StanchError, Still, Unavailable
from stanch.model.change import Change, Trail

HEARTBEAT = timedelta(seconds=4)
_CONFIRMS_WITHIN = timedelta(seconds=5)


class Attempt:
    """What one attempt knows from those before it, and its permit to write."""

    def __init__(self, change: Change) -> None:
        info = activity.info()
        remembered = info.heartbeat_details
        trail = Trail.model_validate(remembered[0]) if remembered else change.trail
        self._change = change
        self._begun = max(info.current_attempt_scheduled_time, info.started_time)
        self._permit = Permit(info.heartbeat_timeout)
        self.send_log = SendLog.of(trail, info.current_attempt_scheduled_time)
        self.send_log.clock = self._instant
        self.send_log.keep = self._keep
        self.send_log.note = lambda: activity.heartbeat(*self._details())

    async def make(self, verb: Verb[Any]) -> set[str]:
        """Converge, once; whatever ends it carries along what was sent. Gives the units that were written."""
        try:
            with permitted(self._permit):
                await converge(verb, self._change, self.send_log)
        except BaseException as error:
            activity.heartbeat(*self._details())
            raise self._told(error, verb) from error
        return self.send_log.done

    async def beat(self) -> None:
        """Heard of every few seconds: by the SDK, which learns so of an abort, and confirmed by Temporal."""
        while True:
            await asyncio.sleep(HEARTBEAT.total_seconds())
            activity.heartbeat(*self._details())
            with suppress(RPCError, AsyncActivityCancelledError):
                await self._confirm()

    def _told(self, error: BaseException, verb: Verb[Any]) -> BaseException:
        """The same in our classes, with what was sent until then."""
        if isinstance(error, asyncio.CancelledError):
            error = CutOff(f"{self._change.summary}: stopped before everything was done")
        if isinstance(error, Conflict):
            error = Still(str(error), verb.look_again_in)
        if isinstance(error, StanchError):
            error.details = tuple(self._details())
        return error

    def _details(self) -> list[object]:
        return [self.send_log.trail.model_dump(mode="json")]

    def _instant(self) -> datetime:
        """Temporal's clock at the start, from there on this machine's: never earlier than it really is."""
        return self._begun + self._permit.age

    async def _keep(self) -> None:
        """The SDK only promises to send a heartbeat some time; what was sent must be known before it is."""
        try:
            await self._confirm()
        except AsyncActivityCancelledError:
            activity.heartbeat(*self._details())
            raise CutOff(f"{self._change.summary}: stopped before it was sent") from None
        except RPCError as error:
            why = f"Temporal does not confirm that this attempt still counts ({error.status.name})"
            provider = self._change.target.provider
            raise Unavailable(provider, f"nothing was sent: {why}", untouched=True) from error

    async def _confirm(self) -> None:
        asked = self._permit.now()
        handle = activity.client().get_async_activity_handle(task_token=activity.info().task_token)
        try:
            await handle.heartbeat(*self._details(), rpc_timeout=_CONFIRMS_WITHIN)
        except AsyncActivityCancelledError:
            self._permit.renew(asked)  # it still counts: what it has begun is its own to finish
            raise
        self._permit.renew(asked)
