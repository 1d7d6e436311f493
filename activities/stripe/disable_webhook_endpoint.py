"""`stripe.disable_webhook_endpoint`: the old one of two endpoints, once the new one has stood for a while.

What happens while an endpoint is disabled is never sent to it (docs.stripe.com/webhooks, read 2026-11): it is
disabled only where another takes the same events at the same address.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.stripe.answers import DISABLED, Endpoint
from activities.stripe.client import WRITES, Stripe
from stanch.errors import PolicyError
from stanch.model.base import Duration, Written
from stanch.model.change import Change, Direction, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec
from stanch.rules import Rule

_TRIED_FOR = timedelta(days=3)


class DisableWebhookEndpointArguments(Written):
    """Which one, by id, or the oldest at an address; `grace` is how long another has to have stood."""

    endpoint: str
    grace: Duration = Field(default=timedelta(minutes=30), ge=timedelta(0), le=timedelta(days=30))


class StandInSettings(Settings):
    """The endpoint that takes the same events; empty where there is none."""

    stand_in: str


class DisableWebhookEndpoint(Verb[Stripe]):
    """Disables one endpoint that another stands in for."""

    spec: ClassVar = VerbSpec(
        name="stripe.disable_webhook_endpoint",
        says="The old one of two webhook endpoints disabled, when the new one has stood for a while",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE, visitors="nothing changes for them"),
        takes_away=(Direction.THERE,),
        arguments=DisableWebhookEndpointArguments,
        of="stripe",
        floor=Approval.TWO,
        if_no_help=NoHelp.UNDO,
        effects=(
            "what was signed with its secret is no longer sent; the other endpoint takes the same events",
            "events that it has not taken yet are not sent to it again: stripe events resend",
        ),
        risk=Risk.HIGH,
        needs=(*WRITES, "Events: read"),
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Refuses where nothing stands in for it, and where that has not stood long enough."""
        wanted = arguments_of(DisableWebhookEndpointArguments, request)
        endpoints = await self.vendor.endpoints()
        old = _named(endpoints, wanted.endpoint)
        other = _stand_in(endpoints, old)
        if old.is_enabled and other is None:
            raise PolicyError(
                Rule.WOULD_LOSE_EVENTS, f"nothing stands in for {old.id}: its events would be lost"
            )
        ready = other.created_at + wanted.grace if other else request.as_of
        if old.is_enabled and ready > request.as_of:
            raise PolicyError(Rule.TOO_EARLY, f"what stands in for {old.id} has to stand until {ready:%H:%M}")
        missed, whole = await self.vendor.events(request.as_of - _TRIED_FOR, undelivered=True)
        unit = Unit(id=old.id, was=_standing(old), to={**_standing(old), "status": DISABLED})
        return self.change(
            request,
            (unit,) if old.is_enabled else (),
            f"disable the webhook endpoint {old.id} of {request.target.name}",
            because=f"{other.id if other else 'nothing'} stands in for it;"
            f" {'' if whole else 'at least '}{len(missed)} events of the account are still to be delivered",
            settings=StandInSettings(stand_in=other.id if other else ""),
            nothing_to_do=f"{old.id} is disabled already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """Its status and events; what stands in for it has to be there while it is still enabled."""
        endpoints = {one.id: one for one in await self.vendor.endpoints()}
        return {unit.id: _seen(change, unit, endpoints) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the status."""
        await self.vendor.set_disabled(unit.id, disabled=_status(unit.to) == DISABLED)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`stripe webhook_endpoints update`."""
        return [
            f"stripe webhook_endpoints update {unit.id} --live -d disabled={disabled}"
            for unit in change.units
            for disabled in (str(_status(unit.to) == DISABLED).lower(),)
        ]


def _named(endpoints: Sequence[Endpoint], named: str) -> Endpoint:
    found = [one for one in endpoints if named in {one.id, one.url}]
    if not found:
        raise PolicyError(Rule.NO_SUCH_ENDPOINT, f"no webhook endpoint is called {named.partition('?')[0]}")
    return min(found, key=lambda one: one.created)


def _stand_in(endpoints: Sequence[Endpoint], old: Endpoint) -> Endpoint | None:
    """The newest other that takes everything the old one takes."""
    others = [one for one in endpoints if one.id != old.id and one.is_enabled and one.covers(old)]
    return max(others, key=lambda one: one.created, default=None)


def _standing(one: Endpoint) -> dict[str, Any]:
    return {"status": one.status, "events": sorted(one.enabled_events)}


def _status(value: Any) -> str:
    return str(value.get("status", "")) if isinstance(value, dict) else ""


def _seen(change: Change, unit: Unit, endpoints: dict[str, Endpoint]) -> Seen:
    one = endpoints.get(unit.id)
    if one is None:
        return Seen("an endpoint that no longer exists")
    standing, other = _standing(one), endpoints.get(StandInSettings.of(change).stand_in)
    stands_in = other is not None and other.is_enabled and other.covers(one)
    if standing == unit.was and one.is_enabled and not stands_in:
        raise PolicyError(Rule.WOULD_LOSE_EVENTS, f"nothing stands in for {one.id} any more")
    return Seen(standing)
