"""Fly's API on a night when its own services are ill: what it takes for a moment it may refuse the next.

Good credentials are refused now and then while the token service is ill (fly.io/infra-log/2025-05-17), and
apps that exist are not found (superfly/flyctl#3671). Whether it passes within seconds is inferred.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

import httpx

from activities.http import Api, HttpAnswer
from stanch.errors import Rejected, Unauthorized, Unavailable

A = TypeVar("A")

_APP = re.compile(r"apps/([^/?]+)")
_NO_APP = re.compile(r"app not found|could not find app", re.IGNORECASE)
_READS = {"GET", "HEAD"}

has_written: ContextVar[bool] = ContextVar("has_written", default=False)
"""Whether Fly has taken a write of this very change: then the credential may write."""


def goes_on(done: frozenset[str]) -> None:
    """What comes now belongs to a change that has written these."""
    has_written.set(bool(done))


class PatientApi(Api):
    """Asks a few times more where a refusal speaks against what Fly itself has answered before."""

    pauses: Sequence[float] = (0.25, 0.5, 1.0)
    """Seconds between the tries."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._reads = False
        self._apps: set[str] = set()

    async def send(self, method: str, path: str, **options: Any) -> HttpAnswer:
        """One request; a write that was refused was not done, so that it may be sent again."""
        reads = method in _READS

        async def ask() -> HttpAnswer:
            return await super(PatientApi, self).send(method, path, **options)

        answer = await (self.reading(ask) if reads else self._again(ask, is_taken=has_written.get))
        if found := _APP.match(path):
            self._apps.add(found[1])
        return answer

    async def reading(self, ask: Callable[[], Awaitable[A]]) -> A:
        """What only reads, by whichever method: it was let in before, or is refused for good."""
        answer = await self._again(ask, is_taken=lambda: self._reads)
        self._reads = True
        return answer

    def knows(self, app: str) -> bool:
        """Whether Fly has answered for that app before: then it exists."""
        return app in self._apps

    async def _again(self, ask: Callable[[], Awaitable[A]], is_taken: Callable[[], bool]) -> A:
        for pause in self.pauses if is_taken() else ():
            try:
                return await ask()
            except Unauthorized:
                await asyncio.sleep(pause)
        return await ask()

    def _error(self, response: httpx.Response) -> Exception:
        error = super()._error(response)
        found = _APP.search(response.request.url.path)
        if (
            isinstance(error, Rejected)
            and error.status == httpx.codes.NOT_FOUND
            and found
            and self.knows(found[1])
            and _NO_APP.search(response.text)
        ):
            text = str(error).removeprefix("fly: ")
            return Unavailable("fly", f"{text}; it was there a moment ago", untouched=True)
        return error
