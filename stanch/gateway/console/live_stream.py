"""A page that is open hears when it is no longer true: one short word each time, and the page asks anew."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

from starlette.responses import Response, StreamingResponse

from stanch.control import Away
from stanch.errors import StanchError
from stanch.gateway.console.looking import LookingRoutes
from stanch.gateway.console.page_door import PageDoor, PageVisit
from stanch.gateway.http_errors import HttpProblem, RefusalError

LOOK_EVERY = timedelta(seconds=2)
_LASTS = timedelta(minutes=10)
"""Then the browser asks for it anew by itself: nobody is forgotten, and nobody stays for ever."""
_MOST = 100
"""Pages that are told at once; whoever comes after them reloads."""
_TICKING = re.compile(rb"<(time|small) data-ticks[^>]*>[^<]*</(time|small)>")
"""Lengths of time, which change although nothing does."""


class LiveStream:
    """Tells open pages that something has changed."""

    def __init__(self, door: PageDoor, looking: LookingRoutes) -> None:
        self._door = door
        self._looking = looking
        self._streams = 0

    async def of_incident(self, visit: PageVisit) -> Response:
        """When the page of this incident would look different."""
        return self._stream(visit, self._looking.incident)

    async def of_open(self, visit: PageVisit) -> Response:
        """When the list of open incidents would."""
        return self._stream(visit, self._looking.open_ones)

    def _stream(self, visit: PageVisit, show: Callable[[PageVisit], Awaitable[Response]]) -> Response:
        if self._streams >= _MOST:
            text = "too many pages are open to tell each what changes: reload this one now and then"
            raise RefusalError(HttpProblem(HTTPStatus.SERVICE_UNAVAILABLE, "too-many", text))
        events = self._events(visit, show)
        return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _events(
        self, visit: PageVisit, show: Callable[[PageVisit], Awaitable[Response]]
    ) -> AsyncIterator[str]:
        self._streams += 1
        try:
            seen = ""
            for _ in range(int(_LASTS / LOOK_EVERY)):
                if self._door.session_of(visit.request) is None:
                    yield "event: over\ndata: signed out\n\n"
                    return
                now = await self._mark_of(visit, show)
                # A comment keeps what lies between from taking the connection for dead.
                yield f"data: {now}\n\n" if now != seen else ":\n\n"
                seen = now
                await asyncio.sleep(LOOK_EVERY.total_seconds())
        finally:
            self._streams -= 1

    async def _mark_of(self, visit: PageVisit, show: Callable[[PageVisit], Awaitable[Response]]) -> str:
        """What the page looks like now, in sixteen characters."""
        try:
            shown = bytes((await show(visit)).body)
        except Away:
            return "away"
        except StanchError as error:
            return f"error-{type(error).__name__}"
        return hashlib.sha256(_TICKING.sub(b"", shown)).hexdigest()[:16]
