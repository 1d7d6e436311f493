"""`cloudflare.block`: addresses turned away at the edge of the zone, until an instant that the rule names.

IP Access rules have no expiry (developers.cloudflare.com/waf/tools/ip-access-rules, read 2026-11): a step
that blocks says `revert_after` too, and the rule's notes say until when, for whoever finds it later. One
zone has at most one rule for the same addresses.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from activities.cloudflare.answers import AccessRule
from activities.cloudflare.api import DUPLICATE, says
from activities.cloudflare.by_hand import CURL, IS_JSON, at
from activities.cloudflare.client import PROVIDER, Cloudflare, rules_of
from activities.cloudflare.ranges import how_many, kind_of, network, refuse_overlaps, same, spelled
from activities.contract import Seen, Verb, arguments_of
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.base import Duration, Written
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

_INNOCENT = "everybody behind these addresses is turned away, customers among them"
_STAYS = "Cloudflare does not lift it by itself: give the step a revert_after, or delete the rules"


class BlockArguments(Written):
    """Which addresses, how, and for how long."""

    ranges: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    mode: Literal["block", "managed_challenge"] = "block"
    lasting: Duration = Field(default=timedelta(hours=24), ge=timedelta(minutes=5), le=timedelta(days=30))


class Block(Verb[Cloudflare]):
    """Makes one rule for each range."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.block",
        says="Addresses turned away at the edge of the zone, or challenged; the rule says until when",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE, usually="under a second", visitors_after=timedelta(seconds=30)
        ),
        arguments=BlockArguments,
        of="cloudflare",
        instant=True,
        floor=Approval.ONE,
        effects=(_INNOCENT, _STAYS),
        risk=Risk.HIGH,
        needs=("Firewall Services:Edit",),
    )
    arrives_within: ClassVar = timedelta(0)  # Cloudflare refuses a second rule for one address

    async def plan(self, request: PlanRequest) -> Change:
        """Refuses what is no attacker's, and where a rule of somebody else's says otherwise."""
        wanted = arguments_of(BlockArguments, request)
        networks = list(dict.fromkeys(network(text) for text in wanted.ranges))
        refuse_overlaps(networks)
        until = (request.as_of + wanted.lasting).astimezone(UTC)
        rule = {"mode": wanted.mode, "notes": f"stanch {request.marker} until {_written(until)}"}
        values = [spelled(one) for one in networks]
        free = [value for value in values if await self._is_free(request, value, wanted.mode)]
        return self.change(
            request,
            (Unit(id=value, was=None, to=rule) for value in free),
            f"{wanted.mode.replace('_', ' ')} {', '.join(free)} at the edge of {request.target.name}",
            because=f"{how_many(networks)}, until {_written(until)}",
            effects=(_INNOCENT, f"meant to end {_written(until)}; {_STAYS}"),
            nothing_to_do=f"there is such a rule for {', '.join(values)} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The rule that stands for the same addresses: ours has our notes, word for word."""
        return {unit.id: await self._seen(change, unit) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Makes the rule; on the way back deletes exactly ours."""
        if unit.to is None:
            await self._lift(change, unit)
            return
        try:
            await self.vendor.api.post(rules_of(change.target), _body(unit))
        except Rejected as error:
            if says(error, DUPLICATE) and await self._rules(change.target, unit.id):
                raise Conflict(PROVIDER, f"a rule for {unit.id} was made just now") from error
            raise

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`curl`; on the way back the rule is found by its notes first."""
        url = at(rules_of(change.target))
        return [_typed(url, unit) for unit in change.units]

    async def _is_free(self, request: PlanRequest, value: str, mode: str) -> bool:
        """Whether no rule stands for these addresses; one that does the same is as good."""
        rules = await self._rules(request.target, value)
        other = next((rule for rule in rules if rule.mode != mode), None)
        if other:
            raise PolicyError(
                Rule.OTHER_RULE,
                f"{value} has a rule of somebody's already: {other.mode}, {other.notes or 'no notes'}",
            )
        return not rules

    async def _rules(self, target: Target, value: str) -> list[AccessRule]:
        found = await self.vendor.rules(target, value)
        return [rule for rule in found if rule.configuration and same(rule.configuration.value, value)]

    async def _seen(self, change: Change, unit: Unit) -> Seen:
        """The account's own rules are listed among the zone's: ours is looked for first."""
        found = [_said_by(rule) for rule in await self._rules(change.target, unit.id)]
        ours = next((one for one in found if one in (unit.was, unit.to)), None)
        return Seen(ours or (found[0] if found else None))

    async def _lift(self, change: Change, unit: Unit) -> None:
        for rule in await self._rules(change.target, unit.id):
            if _said_by(rule) == unit.was:
                await self.vendor.api.send("DELETE", f"{rules_of(change.target)}/{rule.id}")


def _said_by(rule: AccessRule) -> Any:
    return {"mode": rule.mode, "notes": rule.notes or ""}


def _body(unit: Unit) -> dict[str, Any]:
    if not isinstance(unit.to, dict):
        raise Rejected(PROVIDER, f"the plan names no rule for {unit.id}")
    return {**unit.to, "configuration": {"target": kind_of(unit.id), "value": unit.id}}


def _typed(url: str, unit: Unit) -> str:
    if unit.to is not None:
        return f"{CURL} {IS_JSON} -X POST {url} -d {shlex.quote(json.dumps(_body(unit)))}"
    notes = json.dumps(unit.was["notes"] if isinstance(unit.was, dict) else "")
    ours = shlex.quote(f".result[] | select(.notes == {notes}) | .id")
    found = f"{CURL} -G {url} --data-urlencode configuration.value={unit.id} | jq -r {ours}"
    return f"{found} | xargs -I {{}} {CURL} -X DELETE {url}/{{}}"


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
