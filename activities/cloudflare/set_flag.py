"""`cloudflare.set_flag`: one value in Workers KV.

KV compares nothing before it writes, and other places see a write within 60 seconds
(developers.cloudflare.com/kv/concepts/how-kv-works, read 2026-11). A write without metadata and expiry takes
them away (developers.cloudflare.com/api, read 2026-11).
"""

import shlex
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

import httpx
from pydantic import Field

from activities.cloudflare.bindings import KV, bound
from activities.cloudflare.by_hand import wrangler
from activities.cloudflare.client import PROVIDER, Cloudflare, account
from activities.contract import Seen, Settings, Verb, arguments_of
from activities.open_values import NewValue, moved, refuse_a_secret, resolved
from stanch.errors import Rejected, Unavailable
from stanch.model.base import Written, canonical_json
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Risk, VerbSpec


class Stored:
    """A key, wherever it stands; it need not exist."""

    def __init__(self, cloudflare: Cloudflare, target: Target, namespace: str, key: str) -> None:
        self._cloudflare = cloudflare
        self._namespace = f"{account(target)}/storage/kv/namespaces/{namespace}"
        self._key = key
        self._path = f"{self._namespace}/values/{quote(key, safe='')}"

    async def value(self) -> str | None:
        """What the vendor's own store holds; None where there is no such key, and none is listed.

        Places keep for a while that they found nothing (cloudflare/cloudflare-docs#13263, read 2026-11).
        """
        try:
            return str((await self._cloudflare.api.get(self._path)).data or "")
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            if await self._listed():
                raise Unavailable(PROVIDER, f"{self._key} is listed and not found", untouched=True) from error
            return None

    async def beside(self) -> dict[str, Any]:
        """Its metadata and the second at which it expires, where it has any."""
        line = await self._listed()
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

    async def _listed(self) -> dict[str, Any]:
        listed = await self._cloudflare.result("GET", f"{self._namespace}/keys", params={"prefix": self._key})
        return next((one for one in listed or [] if one.get("name") == self._key), {})


class SetFlagArguments(Written):
    """Which key gets which value; `namespace` by the Worker's name for it, where it is bound to several."""

    key: Annotated[str, Field(min_length=1, max_length=512, pattern=r"^\S+$")]
    value: NewValue
    namespace: str = ""


class KvSettings(Settings):
    """Where the value stands, and what stands beside it."""

    namespace: str
    key: str
    beside: dict[str, Any]


class SetFlag(Verb[Cloudflare]):
    """Sets a value that the Worker reads at run time."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.set_flag",
        says="A value in Workers KV, which the Worker reads at run time",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="under a second",
            visitors_after=timedelta(seconds=60),
            visitors="some places later still",
            limits="1 write a second for each key; 1000 a day on the free plan, until midnight UTC",
        ),
        arguments=SetFlagArguments,
        of="cloudflare",
        instant=True,
        effects=(
            "seen everywhere within 60 seconds; until then some places read the old value",
            "KV has no lock: who writes the same key in the same moment is not noticed",
        ),
        risk=Risk.LOW,
        needs=("Workers Scripts:Read", "Workers KV Storage:Edit"),
    )
    stale_for: ClassVar = timedelta(minutes=2)  # Workers KV: 60 s or more
    arrives_within: ClassVar = timedelta(0)  # by value

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the value that stands, and what a write would take away with it."""
        wanted = arguments_of(SetFlagArguments, request)
        refuse_a_secret(wanted.key)
        namespace = await bound(self.vendor, request.target, KV, wanted.namespace)
        stored = Stored(self.vendor, request.target, namespace, wanted.key)
        was = await stored.value()
        to = resolved(wanted.key, wanted.value, was)
        unit = Unit(id=f"kv:{wanted.key}", was=was, to=to)
        units = () if was == to else (unit,)
        return self.change(
            request,
            units,
            f"set {wanted.key}={to} for {request.target.name}{moved(units)}",
            because="there is no such key yet" if was is None else f"it is {was} now",
            settings=KvSettings(
                namespace=namespace,
                key=wanted.key,
                beside={} if was is None else await stored.beside(),
            ),
            nothing_to_do=f"{wanted.key} is {was} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The value that the vendor's own store holds."""
        value = await self._stored(change).value()
        return {unit.id: Seen(value) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Writes the value, or takes the key away where there was none."""
        if unit.to is None:
            await self._stored(change).delete()
        else:
            await self._stored(change).put(str(unit.to), KvSettings.of(change).beside)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`wrangler kv key`, with what stands beside the value."""
        return [_typed(change, unit) for unit in change.units]

    def _stored(self, change: Change) -> Stored:
        planned = KvSettings.of(change)
        return Stored(self.vendor, change.target, planned.namespace, planned.key)


def _typed(change: Change, unit: Unit) -> str:
    planned = KvSettings.of(change)
    key, beside = planned.key, planned.beside
    where = ["--namespace-id", planned.namespace, "--remote"]
    words = ["kv", "key", "delete", key, *where]
    if unit.to is not None:
        words = ["kv", "key", "put", key, str(unit.to), *where]
        words += ["--metadata", canonical_json(beside["metadata"])] if "metadata" in beside else []
        words += ["--expiration", str(beside["expiration"])] if "expiration" in beside else []
    return wrangler(change, shlex.join(words))
