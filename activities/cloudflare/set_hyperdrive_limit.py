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
from activities.cloudflare.client import PROVIDER, Cloudflare, pools
from activities.contract import Seen, Settings, Verb, arguments_of
from activities.portable.verbs import amount
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.rules import Rule

LEAST, MOST = 5, 100
_MOST_FREE = 20


_BY_PLAN = (
    f"the free plan allows {_MOST_FREE} connections, others {MOST} or what was agreed: give the step at_most:"
    f" {_MOST_FREE}, or change the plan"
)
"""cloudflare/cloudflare-docs#33384, read 2026-11."""


class LimitArguments(Written):
    """At least so many connections; `config` by the Worker's name for it, where it is bound to several."""

    connections: Annotated[int, BeforeValidator(amount), Field(ge=LEAST, le=100_000)]
    at_most: Annotated[int, Field(ge=LEAST, le=MOST)] = MOST
    """What the team allows: what its database can bear."""
    config: str = ""


class HyperdriveSettings(Settings):
    """Which configuration."""

    config: str


class SetHyperdriveLimit(Verb[Cloudflare]):
    """Raises the limit within what is allowed."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.set_hyperdrive_limit",
        says="At least so many connections from Hyperdrive to the database, at most 100",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="under a second",
            visitors_after=timedelta(minutes=5),
            visitors="as pools are made anew",
            limits="at most 20 on the free plan, 100 as Stanch sets it",
        ),
        arguments=LimitArguments,
        of="cloudflare",
        effects=(
            "it takes some minutes, and is soft: Hyperdrive may open a few connections more",
            "the database must allow as many: beyond its max_connections everybody is turned away",
            "every Worker that uses this Hyperdrive configuration gets the same limit",
        ),
        needs=("Workers Scripts:Read", "Hyperdrive:Edit"),
    )
    arrives_within: ClassVar = timedelta(0)  # by value

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves `at least` against the limit that stands, capped by what is allowed."""
        wanted = arguments_of(LimitArguments, request)
        config = await bound(self.vendor, request.target, HYPERDRIVE, wanted.config)
        pool = await self.vendor.pool(request.target, config)
        was = pool.origin_connection_limit
        if was is None:
            raise PolicyError(
                Rule.LIMIT_UNKNOWN, f"Hyperdrive {pool.name} does not say its limit: no way back"
            )
        goal = max(was, min(wanted.connections, wanted.at_most))
        capped = wanted.connections > wanted.at_most
        return self.change(
            request,
            (Unit(id=f"hyperdrive:{config}", was=was, to=goal),) if goal != was else (),
            f"raise Hyperdrive {pool.name} from {was} to {goal} connections",
            because=f"{wanted.connections} wanted, at most {wanted.at_most} allowed",
            settings=HyperdriveSettings(config=config),
            limits={"at_most": wanted.at_most},
            nothing_to_do=f"the limit is {was}" + (": cap reached" if capped else " already"),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The limit that stands."""
        pool = await self.vendor.pool(change.target, HyperdriveSettings.of(change).config)
        return {unit.id: Seen(pool.origin_connection_limit) for unit in change.units}

    def is_reached(self, change: Change, unit: Unit, value: Any) -> bool:
        """On the way up, beyond is success."""
        beyond = not change.goes_back and value is not None and value > int(str(unit.to))
        return beyond or super().is_reached(change, unit, value)

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the limit and nothing else."""
        path = pools(change.target, HyperdriveSettings.of(change).config)
        try:
            await self.vendor.result("PATCH", path, json={"origin_connection_limit": unit.to})
        except Rejected as error:
            if type(error) is Rejected and int(str(unit.to)) > _MOST_FREE:
                # What a plan allows cannot be read (2026-11): its refusal tells.
                text = f"{str(error).partition(': ')[2]}; {_BY_PLAN}"
                raise Rejected(PROVIDER, text, error.status) from error
            raise

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`wrangler hyperdrive update`."""
        config = HyperdriveSettings.of(change).config
        return [
            wrangler(change, f"hyperdrive update {config} --origin-connection-limit {unit.to}")
            for unit in change.units
        ]
