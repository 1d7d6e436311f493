"""Cloudflare's endpoints about what Workers are bound to: KV and Hyperdrive."""

import json
from typing import Any

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed
from sandbox.cloudflare import refusals
from sandbox.cloudflare.door import ACCOUNT, CloudflareDoor, answered
from sandbox.cloudflare.multipart import parts_of
from sandbox.cloudflare.refusals import refuse
from sandbox.cloudflare.stores import Entry, Namespace, Pool

_KV = ACCOUNT + "/storage/kv/namespaces/{namespace}"
_POOL = ACCOUNT + "/hyperdrive/configs/{config}"
_LONGEST_KEY = 512


class Limit(RequestBody):
    """What of a Hyperdrive configuration is changed here; anything else would be a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin_connection_limit: int = Field(ge=5, le=100)


class Bound:
    """Values, their metadata, and connection limits."""

    def __init__(self, door: CloudflareDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        value = _KV + "/values/{key:path}"
        return [
            Route(value, self.read, methods=["GET"]),
            Route(value, self.write, methods=["PUT"]),
            Route(value, self.delete, methods=["DELETE"]),
            Route(_KV + "/metadata/{key:path}", self.metadata, methods=["GET"]),
            Route(_KV + "/keys", self.keys, methods=["GET"]),
            Route(_POOL, self.pool, methods=["GET"]),
            Route(_POOL, self.limit, methods=["PATCH"]),
        ]

    async def read(self, request: Request) -> Response:
        """A value, bare."""
        return Response(self._entry(request).value, media_type="application/octet-stream")

    async def write(self, request: Request) -> Response:
        """The value, and exactly the metadata and expiry that come with it."""
        namespace, key = self._namespace(request), request.path_params["key"]
        parts = await parts_of(request)
        value = parts["value"].content if parts else await request.body()
        metadata = json.loads(parts["metadata"].content) if "metadata" in parts else None
        expires = request.query_params.get("expiration")
        if len(key.encode()) > _LONGEST_KEY or (expires and not expires.isdigit()):
            raise malformed(request, "a key has 512 bytes at most, and expires at a whole second", 400)
        made = Entry(value.decode(), metadata, int(expires) if expires else None)
        was = namespace.entries.get(key)
        self._put(namespace, key, made)
        self._record(namespace, key, was, made)
        return answered(None)

    async def delete(self, request: Request) -> Response:
        """No such key any more; one that was not there is as good."""
        namespace, key = self._namespace(request), request.path_params["key"]
        was = namespace.entries.get(key)
        self._put(namespace, key, None)
        self._record(namespace, key, was, None)
        return answered(None)

    async def metadata(self, request: Request) -> Response:
        """What stands beside a value."""
        return answered(self._entry(request).metadata)

    async def keys(self, request: Request) -> Response:
        """Keys by their beginning, with what stands beside their values."""
        prefix = request.query_params.get("prefix", "")
        lines = [
            _line(key, entry)
            for key, entry in sorted(self._namespace(request).entries.items())
            if key.startswith(prefix)
        ]
        return answered(lines, result_info={"count": len(lines), "cursor": ""})

    async def pool(self, request: Request) -> Response:
        """A Hyperdrive configuration."""
        return answered(self._pool(request).body())

    async def limit(self, request: Request) -> Response:
        """Another connection limit; everything else stays."""
        pool = self._pool(request)
        wanted = (await body_of(request, Limit)).origin_connection_limit
        if wanted > pool.most:
            text = f"origin_connection_limit must be between 5 and {pool.most}"
            raise refuse(400, refusals.TOO_MANY_CONNECTIONS, text)
        was = pool.limit
        pool.grant(wanted, self._door.world.clock.now())
        self._door.world.ledger.record("cloudflare.set_connection_limit", pool.name, was=was, to=wanted)
        return answered(pool.body())

    def _namespace(self, request: Request) -> Namespace:
        self._door.account(request)
        found = self._door.world.namespaces.get(request.path_params["namespace"])
        if found is None:
            raise refuse(404, refusals.NO_NAMESPACE, "namespace not found")
        return found

    def _put(self, namespace: Namespace, key: str, entry: Entry | None) -> None:
        now = self._door.world.clock.now()
        if namespace.is_used_up(now):
            raise refuse(429, refusals.DAY_IS_OVER, "Your account has reached the free usage limit for today")
        if namespace.is_too_soon(key, now):
            raise refuse(429, refusals.TOO_OFTEN, "Too many requests: one write per second to the same key")
        namespace.put(key, entry, now)

    def _entry(self, request: Request) -> Entry:
        now = self._door.world.clock.now()
        found = self._namespace(request).read(request.path_params["key"], now)
        if found is None:
            raise refuse(404, refusals.NO_KEY, "get: 'key not found'")
        return found

    def _pool(self, request: Request) -> Pool:
        self._door.account(request)
        found = self._door.world.pools.get(request.path_params["config"])
        if found is None:
            raise refuse(404, 2010, "Hyperdrive configuration not found")
        return found

    def _record(self, namespace: Namespace, key: str, was: Entry | None, to: Entry | None) -> None:
        self._door.world.ledger.record(
            "cloudflare.write_kv" if to else "cloudflare.delete_kv",
            f"{namespace.title}/{key}",
            was=was.value if was else None,
            to=to.value if to else None,
        )


def _line(key: str, entry: Entry) -> dict[str, Any]:
    beside = {"metadata": entry.metadata, "expiration": entry.expiration}
    return {"name": key, **{name: value for name, value in beside.items() if value is not None}}
