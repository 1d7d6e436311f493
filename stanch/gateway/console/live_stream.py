"""A page that is open hears when it is no longer true: one short word each time, and the page asks anew."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

from starlette.responses import Response, StreamingResponse

from stanch.control import Away
from stanch.errors import StanchError
from stanch.gateway.console.looking import LookingRoutes
from stanch.gateway.console.page_door import PageDoor, PageVisit
from stanch.gateway.http_errors import HttpProblem, RefusalError
from stanch.model.base import digest_of

LOOK_EVERY = timedelta(seconds=2)
_LASTS = timedelta(minutes=10)
"""Then the browser asks for it anew by itself: nobody is forgotten, and nobody stays for ever."""
_MOST = 100
"""Pages that are told at once; whoever comes after them reloads."""

Look = Callable[[], Awaitable[str]]


class LiveStream:
    """Tells open pages that something has changed; those who look at the same thing share one look."""

    def __init__(self, door: PageDoor, looking: LookingRoutes) -> None:
        self._door = door
        self._looking = looking
        self._streams = 0
        self._looks: dict[str, tuple[float, asyncio.Task[str]]] = {}

    async def of_incident(self, visit: PageVisit) -> Response:
        """When something else is known of this incident."""

        async def look() -> str:
            return digest_of((await self._looking.details_of(visit.number)).model_dump(mode="json"))

        return self._stream(visit, look)

    async def of_open(self, visit: PageVisit) -> Response:
        """When other incidents are open, or ask something else."""

        async def look() -> str:
            rows, paused = await self._looking.what_is_open()
            shown = [[one.row.model_dump(mode="json"), one.asks] for one in rows]
            return digest_of([shown, paused])

        return self._stream(visit, look)

    def _stream(self, visit: PageVisit, look: Look) -> Response:
        if self._streams >= _MOST:
            text = "too many pages are open to tell each what changes: reload this one now and then"
            raise RefusalError(HttpProblem(HTTPStatus.SERVICE_UNAVAILABLE, "too-many", text))
        events = self._events(visit, look)
        return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _events(self, visit: PageVisit, look: Look) -> AsyncIterator[str]:
        self._streams += 1
        try:
            seen = ""
            for _ in range(int(_LASTS / LOOK_EVERY)):
                if self._door.session_of(visit.request) is None:
                    yield "event: over\ndata: signed out\n\n"
                    return
                now = await asyncio.shield(self._shared(f"live {visit.number}", look))
                # A comment keeps what lies between from taking the connection for dead.
                yield f"data: {now}\n\n" if now != seen else ":\n\n"
                seen = now
                await asyncio.sleep(LOOK_EVERY.total_seconds())
        finally:
            self._streams -= 1

    def _shared(self, name: str, look: Look) -> "asyncio.Task[str]":
        """The look that somebody else has just begun, or a new one."""
        now, often = time.monotonic(), LOOK_EVERY.total_seconds()
        self._looks = {one: kept for one, kept in self._looks.items() if kept[0] > now - often}
        if name not in self._looks:
            self._looks[name] = now, asyncio.create_task(_looked(look))
        return self._looks[name][1]


async def _looked(look: Look) -> str:
    """What is known now, in twelve characters."""
    try:
        return await look()
    except Away:
        return "away"
    except StanchError as error:
        return f"error-{type(error).__name__}"
