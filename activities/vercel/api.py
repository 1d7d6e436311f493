"""Vercel's API, with answers that stay open."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from activities.http import Api
from stanch.errors import Unavailable


class VercelApi(Api):
    """What is asked of Vercel; streams are read for a while and then left."""

    async def lines(self, path: str, params: Mapping[str, str], listen: timedelta) -> list[Any]:
        """What a stream says in this time, one object a line; it need not end by itself."""
        found: list[Any] = []
        answered = False
        try:
            async with asyncio.timeout(listen.total_seconds()):
                async with self.connection.stream("GET", path, params=dict(params)) as response:
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
