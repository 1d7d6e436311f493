"""Where commands come in: they go on to the real server, and the keys that it says are gone are an effect."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError
from sandbox.backings import Backing, PartState
from sandbox.ledger import EffectKind
from sandbox.proxies import upstream_of
from sandbox.redis.messages import reply
from sandbox.redis.world import RedisWorld

_READS = ("AUTH", "CLIENT", "SELECT", "PING", "INFO", "DBSIZE", "SCAN", "GET", "PTTL")


class RedisEndpoints:
    """The endpoints of one server."""

    def __init__(self, world: RedisWorld) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What Stanch says to a server; anything else is a surprise."""
        return [
            *(Route(f"/redis/{name}", self.read, methods=["GET"]) for name in _READS),
            Route("/redis/UNLINK", self.unlink, methods=["POST"]),
            Route("/redis/SET", self.note, methods=["POST"]),
        ]

    async def read(self, request: Request) -> Response:
        """Changes nothing."""
        said = await self._passed_on(request)
        self._world.is_looked_up()
        return JSONResponse(said)

    async def unlink(self, request: Request) -> Response:
        """Keys go; the server says how many there were."""
        said = await self._passed_on(request)
        gone = str(said.get("line", ""))
        if gone.startswith(":") and gone != ":0":
            self._world.ledger.record("redis.unlink", f"{gone[1:]} keys")
        return JSONResponse(said)

    async def note(self, request: Request) -> Response:
        """A client's own note of how far it came; nothing of anybody else's changes."""
        said = await self._passed_on(request)
        self._world.ledger.record("redis.note", "a client's note", kind=EffectKind.LOCK)
        return JSONResponse(said)

    async def _meet(self, part: Backing) -> None:
        """As the cache meets who comes; a server that is not there lets nobody in."""
        if part.state is not PartState.WELL:
            raise ConnectionError(f"{part.name} answers nobody")
        await asyncio.to_thread(self._world.real)

    async def _passed_on(self, request: Request) -> Any:
        if self._world.part:
            await self._meet(self._world.part)
        if not self._world.port:
            raise AnswerError(503, {"error": "no server runs in this sandbox"})
        if self._world.refusal:
            return {"line": f"-{self._world.refusal}"}
        upstream = upstream_of(request)
        await upstream.open(self._world.port)
        return await reply(upstream.send(await request.body()))
