"""One key of a Workers KV namespace: its value, and what stands beside the value.

A write without metadata and expiry takes them away (developers.cloudflare.com/api, read 2026-11).
"""

from typing import Any
from urllib.parse import quote

import httpx

from activities.cloudflare.client import Cloudflare, account
from stanch.errors import Rejected
from stanch.model.base import canonical_json
from stanch.model.change import Target


class Stored:
    """A key, wherever it stands; it need not exist."""

    def __init__(self, cloudflare: Cloudflare, target: Target, namespace: str, key: str) -> None:
        self._cloudflare = cloudflare
        self._namespace = f"{account(target)}/storage/kv/namespaces/{namespace}"
        self._key = key
        self._path = f"{self._namespace}/values/{quote(key, safe='')}"

    async def value(self) -> str | None:
        """What the vendor's own store holds; None where there is no such key."""
        try:
            return str((await self._cloudflare.api.get(self._path)).data or "")
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    async def beside(self) -> dict[str, Any]:
        """Its metadata and the second at which it expires, where it has any."""
        listed = await self._cloudflare.result("GET", f"{self._namespace}/keys", params={"prefix": self._key})
        line: dict[str, Any] = next((one for one in listed or [] if one.get("name") == self._key), {})
        return {name: line[name] for name in ("metadata", "expiration") if line.get(name) is not None}

    async def put(self, value: str, beside: dict[str, Any]) -> None:
        """The value, with what stood beside it."""
        parts: dict[str, Any] = {"value": (None, value.encode())}
        if "metadata" in beside:
            parts["metadata"] = (None, canonical_json(beside["metadata"]), "application/json")
        params = {"expiration": beside["expiration"]} if "expiration" in beside else {}
        await self._cloudflare.api.send("PUT", self._path, files=parts, params=params)

    async def delete(self) -> None:
        """No such key any more."""
        await self._cloudflare.api.send("DELETE", self._path)
