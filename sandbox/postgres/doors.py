"""Where statements come in: they go on to the real server, and what is no longer under way is an effect."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError
from sandbox.backings import PartState
from sandbox.postgres.messages import Frame, frame, introduced, raw_opening
from sandbox.postgres.world import PostgresWorld, Server
from sandbox.proxies import Upstream, upstream_of

OURS = "stanch "
_READS = ("authenticate", "BEGIN", "SELECT", "COMMIT")
_SIGNALS = ("pg_cancel_backend", "pg_terminate_backend")
_LOOKS, _BETWEEN = 300, 0.01
_SILENCE = 6.0
_SLOWNESS = 3.2


class PostgresEndpoints:
    """The endpoints of one server."""

    def __init__(self, world: PostgresWorld) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What Stanch says to a server; anything else is a surprise."""
        return [
            Route("/postgres/connect", self.connect, methods=["GET"]),
            *(Route(f"/postgres/{name}", self.read, methods=["GET"]) for name in _READS),
            *(Route(f"/postgres/{name}", self.signal, methods=["POST"]) for name in _SIGNALS),
        ]

    async def connect(self, request: Request) -> Response:
        """A client introduces itself."""
        self._pass_pooler("connect")
        upstream, opening = upstream_of(request), await request.body()
        upstream.about = introduced(opening)
        name = upstream.about.get("database", "")
        await self._meet(name)
        if name in self._world.parts:
            await asyncio.to_thread(self._world.real, name)
        await upstream.open(self._server().port)
        return _said(await _exchanged(upstream, raw_opening(opening)))

    async def read(self, request: Request) -> Response:
        """Changes nothing."""
        self._pass_pooler(request.url.path.rpartition("/")[2])
        return _said(await _exchanged(upstream_of(request), await request.body()))

    async def signal(self, request: Request) -> Response:
        """Somebody's query is ended: the answer is kept back until the server shows it."""
        server, upstream = self._server(), upstream_of(request)
        before = server.under_way()
        frames = await _exchanged(upstream, await request.body())
        if any(one.kind == b"D" for one in frames):
            await self._record(server, before, upstream)
        return _said(frames)

    async def _record(self, server: Server, before: dict[str, str], upstream: Upstream) -> None:
        for _ in range(_LOOKS):
            gone = before.keys() - server.under_way().keys()
            if gone:
                break
            await asyncio.sleep(_BETWEEN)
        marker = upstream.about.get("application_name", "").removeprefix(OURS)
        for one in sorted(gone):
            self._world.ledger.record("postgres.end_query", one, was=before[one], marker=marker)

    async def _meet(self, name: str) -> None:
        """As the database meets who comes: it may be down, or answer nobody for longer than anybody waits."""
        state = self._world.state_of(name)
        if state is PartState.DOWN:
            raise AnswerError(503, {"error": f"{name} does not run"})
        if state is PartState.HUNG:
            await asyncio.sleep(_SILENCE)
            raise ConnectionError(f"{name} answers nobody")
        if self._world.is_slow(name):
            await asyncio.sleep(_SLOWNESS)

    def _pass_pooler(self, of: str) -> None:
        refusal = self._world.refusal(of)
        if refusal:
            raise AnswerError(503, {"error": refusal.text, "pooler": refusal.state})

    def _server(self) -> Server:
        if self._world.server is None:
            raise AnswerError(503, {"error": "no server runs in this sandbox"})
        return self._world.server


async def _exchanged(upstream: Upstream, sent: bytes) -> list[Frame]:
    """Everything the server says until it listens again, or has refused a connection."""
    reader = upstream.send(sent)
    frames: list[Frame] = []
    try:
        while not (frames and frames[-1].waits_for_client):
            frames.append(await frame(reader))
    except asyncio.IncompleteReadError:
        if not frames:
            raise
    return frames


def _said(frames: list[Frame]) -> Response:
    """Rows apart from what comes before and after them, so that a fault can leave them out."""
    rows = [one.raw.hex() for one in frames if one.kind == b"D"]
    kinds = [one.kind for one in frames]
    first = kinds.index(b"D") if rows else len(frames)
    rest = [one for one in frames[first:] if one.kind != b"D"]
    before = b"".join(one.raw for one in frames[:first]).hex()
    return JSONResponse({"before": before, "rows": rows, "after": b"".join(one.raw for one in rest).hex()})
