"""`vercel.set_edge_config`: one item of a Global Config (until July 2026 Edge Config), read at run time.

A write is everywhere within seconds, and the API reads the newest at once
(vercel.com/docs/global-config/vercel-api, read 2026-11). No build is needed.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import Field, JsonValue

from activities.contract import Seen, Settings, Verb, arguments_of, same
from activities.open_values import NewJson, Raised, raised, refuse_a_secret
from activities.vercel.by_hand import asking
from activities.vercel.client import NEEDS, Vercel
from stanch.errors import PolicyError, Rejected, Unavailable
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Risk, VerbSpec
from stanch.rules import Rule

_PATHS = ("v1/global-config", "v1/edge-config")
"""The newer first; whether the older still answers is not promised."""
_LONGEST = 2000


class SetEdgeConfigArguments(Written):
    """Which item of which store gets which value."""

    store: Annotated[str, Field(pattern=r"^ecfg_[A-Za-z0-9]+$", max_length=128)]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=256)]
    value: NewJson


class EdgeConfigSettings(Settings):
    """Where the store is reached, and which of its items."""

    root: str
    key: str


class SetEdgeConfig(Verb[Vercel]):
    """Sets one item of a store."""

    spec: ClassVar = VerbSpec(
        name="vercel.set_edge_config",
        says="One item of an Edge Config (Global Config) set, for all programs that read it, without a build",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="under a second",
            visitors_after=timedelta(seconds=10),
            limits="8 KB on Hobby, 64 KB on Pro, 512 KB on Enterprise; 100 writes included on Hobby",
        ),
        arguments=SetEdgeConfigArguments,
        of="vercel",
        instant=True,
        effects=("programs get it within seconds, without a build",),
        risk=Risk.LOW,
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the item that stands; refuses what is a secret's, too long, or kept by Vercel Flags."""
        wanted = arguments_of(SetEdgeConfigArguments, request)
        refuse_a_secret(wanted.key)
        root = await self._root(request.target, wanted.store)
        was = await self._item(request.target, root, wanted.key)
        new = wanted.value
        if isinstance(new, Raised):
            new = raised(wanted.key, new, was["value"] if was else None)
        to = {"value": new}
        if len(json.dumps(was)) > _LONGEST or len(json.dumps(to)) > _LONGEST:
            raise PolicyError(Rule.NOT_A_FLAG, f"{wanted.key} holds more than {_LONGEST} characters")
        return self.change(
            request,
            () if same(was, to) else (Unit(id=f"item:{wanted.key}", was=was, to=to),),
            f"set {wanted.key}={json.dumps(new)} in {wanted.store}",
            settings=EdgeConfigSettings(root=root, key=wanted.key),
            nothing_to_do=f"{wanted.key} is {json.dumps(new)}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the item's value; no item is not the same as one that is null."""
        settings = EdgeConfigSettings.of(change)
        item = await self._item(change.target, settings.root, settings.key)
        return {unit.id: Seen(item) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """One operation, which fails where the item came or went meanwhile."""
        body = {"items": [_operation(change, unit)]}
        await self.vendor.call("PATCH", change.target, f"{EdgeConfigSettings.of(change).root}/items", body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """The same request by hand."""
        path = f"{EdgeConfigSettings.of(change).root}/items"
        return [
            asking("PATCH", change.target, path, {"items": [_operation(change, unit)]})
            for unit in change.units
        ]

    async def _root(self, target: Target, store: str) -> str:
        """Where the store is reached; what Vercel Flags keeps there is not to be written by hand."""
        for path in _PATHS:
            try:
                found = await self.vendor.call("GET", target, f"{path}/{store}") or {}
            except Rejected as error:
                if error.status != httpx.codes.NOT_FOUND or path == _PATHS[-1]:
                    raise
                continue
            if (found.get("purpose") or {}).get("type") == "flags":
                raise PolicyError(
                    Rule.KEPT_BY_FLAGS, f"{store} is kept by Vercel Flags; set the flag instead"
                )
            return f"{path}/{store}"
        raise Rejected("vercel", f"{store} is not found")

    async def _item(self, target: Target, root: str, key: str) -> dict[str, JsonValue] | None:
        try:
            data = await self.vendor.call("GET", target, f"{root}/item/{key}")
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            if any(
                one.get("key") == key for one in await self.vendor.call("GET", target, f"{root}/items") or []
            ):
                raise Unavailable("vercel", f"{key} is listed and not found", untouched=True) from error
            return None
        if not isinstance(data, dict) or "value" not in data:
            raise Rejected("vercel", f"{key} was answered without a value")
        return {"value": data["value"]}


def _operation(change: Change, unit: Unit) -> dict[str, Any]:
    key = EdgeConfigSettings.of(change).key
    if not isinstance(unit.to, dict):
        return {"operation": "delete", "key": key}
    operation = "create" if unit.was is None else "update"
    return {"operation": operation, "key": key, "value": unit.to["value"]}
