"""Vercel's API: how it refuses, and answers that stay open."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from activities.http import Api, reset_after, retry_after
from stanch.errors import Conflict, Rejected, Unavailable

_EXISTS = {"ENV_CONFLICT", "ENV_ALREADY_EXISTS"}
"""Of a variable that somebody made meanwhile (vercel/terraform-provider-vercel#306, #362, read 2026-11)."""
_RESET = "x-ratelimit-reset"
_IN_MILLISECONDS = 100_000_000_000


class VercelApi(Api):
    """What is asked of Vercel; streams are read for a while and then left."""

    async def lines(self, path: str, params: Mapping[str, str], listen: timedelta) -> list[Any]:
        """What a stream says in this time, one object a line; it need not end by itself."""
        found: list[Any] = []
        answered = False
        try:
            async with asyncio.timeout(listen.total_seconds()):
                async with self.connection.stream(
                    "GET", path, provider=self.provider, params=dict(params)
                ) as response:
                    answered = True
                    if not response.is_success:
                        await response.aread()
                        raise self._error(response)
                    async for line in response.aiter_lines():
                        found += [self._object(line)] if line.strip() else []
        except TimeoutError as error:
            if not answered:
                raise Unavailable(self.provider, f"no answer in time to GET {path}") from error
        except httpx.HTTPError as error:
            raise Unavailable(self.provider, f"GET {path} failed: {type(error).__name__}") from error
        return found

    def _object(self, line: str) -> Any:
        try:
            return json.loads(line)
        except ValueError as error:
            raise Unavailable(self.provider, "answered a line that is not JSON") from error

    def _error(self, response: httpx.Response) -> Exception:
        error, said = super()._error(response), _said(response)
        if isinstance(error, Rejected) and said.get("code") in _EXISTS:
            return Conflict(self.provider, str(error).partition(": ")[2])
        if isinstance(error, Unavailable) and response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            error.retry_after = _wait(response.headers, said.get("limit"))
        return error


def _said(response: httpx.Response) -> dict[str, Any]:
    try:
        said = response.json().get("error")
    except (ValueError, AttributeError):
        return {}
    return said if isinstance(said, dict) else {}


def _wait(headers: Mapping[str, str], limit: object) -> timedelta | None:
    """Until the limit is lifted: by `Retry-After`, the body or a header, whichever there is.

    The body's instant was in seconds and is in milliseconds (vercel/vercel#14947, 2026-02). It may be over
    ("try again in -70 ms", vercel/terraform-provider-vercel#99): then a second is waited.
    """
    found = limit if isinstance(limit, dict) else {}
    at = found.get("resetMs") or found.get("reset")
    told = {}
    if isinstance(at, int | float):
        told[_RESET] = str(at / 1000 if at > _IN_MILLISECONDS else at)
    return retry_after(headers) or reset_after(told, _RESET) or reset_after(headers, _RESET)
