"""`cloudflare.set_hyperdrive_limit`: more connections from Hyperdrive to the database; never fewer.

`origin_connection_limit` is a soft limit from 5 to 100, at most 20 on the free plan
(developers.cloudflare.com/hyperdrive/platform/limits, read 2026-11). PATCH leaves everything else, the
password among it, as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from activities.cloudflare.bindings import HYPERDRIVE, bound
from activities.cloudflare.by_hand import wrangler
from activities.cloudflare.client import Cloudflare, pools
from activities.contract import Verb, arguments_of
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

LEAST, MOST = 5, 100
_EXHAUSTS = "the database must allow as many: beyond its max_connections everybody is turned away"
_OTHERS = "every Worker that uses this Hyperdrive configuration gets the same limit"


def _amount(value: object) -> object:
    """`{at_least: 80}` and `80` mean the same here: what is already beyond is success."""
    if isinstance(value, Mapping) and set(value) == {"at_least"}:
        return value["at_least"]
    return value


class LimitArguments(Written):
    """At least so many connections; `config` by the Worker's name for it, where it is bound to several."""

    connections: Annotated[int, BeforeValidator(_amount), Field(ge=LEAST, le=100_000)]
    at_most: Annotated[int, Field(ge=LEAST, le=MOST)] = MOST
    """What the team allows: what its database can bear."""
    config: str = ""


class SetHyperdriveLimit(Verb):
    """Raises the limit within what is allowed."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.set_hyperdrive_limit",
        says="At least so many connections from Hyperdrive to the database, at most 100",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=LimitArguments,
        of="cloudflare",
        if_no_help=NoHelp.KEEP,
        effects=(_EXHAUSTS, _OTHERS),
        needs=("Workers Scripts:Read", "Hyperdrive:Edit"),
    )
    arrives_within: ClassVar = timedelta(0)  # by value

    def __init__(self, cloudflare: Cloudflare) -> None:
        self._cloudflare = cloudflare

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves `at least` against the limit that stands, capped by what is allowed."""
        wanted = arguments_of(LimitArguments, request)
        config = await bound(self._cloudflare, request.target, HYPERDRIVE, wanted.config)
        pool = await self._cloudflare.pool(request.target, config)
        was = pool.origin_connection_limit
        if was is None:
            raise PolicyError(
                Rule.LIMIT_UNKNOWN, f"Hyperdrive {pool.name} does not say its limit: no way back"
            )
        goal = max(was, min(wanted.connections, wanted.at_most))
        moves = goal != was
        capped = wanted.connections > wanted.at_most
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=(Unit(id=f"hyperdrive:{config}", was=was, to=goal),) if moves else (),
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"raise Hyperdrive {pool.name} from {was} to {goal} connections",
            because=f"{wanted.connections} wanted, at most {wanted.at_most} allowed",
            effects=(_EXHAUSTS, _OTHERS),
            settings={"config": config},
            limits={"at_most": wanted.at_most},
            marker=request.marker,
            nothing_to_do=""
            if moves
            else f"the limit is {was}" + (": cap reached" if capped else " already"),
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - the limit tells
        """By the limit that stands; on the way up, beyond is success."""
        pool = await self._cloudflare.pool(change.target, change.settings["config"])
        seen = pool.origin_connection_limit
        return Survey(places=tuple(_place(change, unit, seen) for unit in change.units))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the limit and nothing else."""
        body = {"origin_connection_limit": unit.to}
        await self._cloudflare.result("PATCH", pools(change.target, change.settings["config"]), json=body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`wrangler hyperdrive update`."""
        config = change.settings["config"]
        return [
            wrangler(change, f"hyperdrive update {config} --origin-connection-limit {unit.to}")
            for unit in change.units
        ]


def _place(change: Change, unit: Unit, seen: int | None) -> Place:
    raising = not change.goes_back
    if seen == unit.was:
        return Place(unit=unit.id, at=At.WAS, seen=seen)
    if seen == unit.to or (raising and seen is not None and seen > _number(unit.to)):
        return Place(unit=unit.id, at=At.TO, seen=seen)
    return Place(unit=unit.id, at=At.ELSEWHERE, seen=seen)


def _number(value: Any) -> int:
    return int(str(value))
