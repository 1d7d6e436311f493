"""`stripe.add_webhook_endpoint`: a second endpoint beside the one whose signing secret is to be rotated.

No call rolls a signing secret (docs.stripe.com/api/webhook_endpoints, read 2026-11), and deleting the old
endpoint first would lose what happens in between. So: this verb; then the verb that gives the service the new
secret, planned when its file is there; then, after a while, `stripe.disable_webhook_endpoint` for the old.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.stripe.answers import MARK, Endpoint, NewEndpoint
from activities.stripe.client import WRITES, Stripe
from activities.team_secrets import shell_name
from stanch.errors import Moved, PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

UNIT = "second endpoint"
EFFECTS = (
    "until the service has the new secret it refuses the second endpoint's events; Stripe tries for days",
    "every event comes twice, once by each endpoint: the service has to know an event again by its id",
    "the new secret is written to its file on the worker's machine, readable by Stanch's user only",
)
_MOST = 16
_MOST_KEYS = 9


class SecretToWrite(Written):
    """`{secret: NAME}`: a secret of stanch.yaml, whose reference is a file that is still to be written."""

    secret: str


class AddWebhookEndpointArguments(Written):
    """The endpoint to stand beside, by id or by address, and where the new signing secret is written."""

    endpoint: str
    into: SecretToWrite


class SecondEndpointSettings(Settings):
    """The endpoint it stands beside, that one's events, and the name of the new secret."""

    first: str
    events: tuple[str, ...]
    into: str


class AddWebhookEndpoint(Verb[Stripe]):
    """Creates the second endpoint, and keeps its secret in the team's store."""

    spec: ClassVar = VerbSpec(
        name="stripe.add_webhook_endpoint",
        says="A second webhook endpoint for the same address and events; its new secret goes into a file",
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        course=Course(
            waits_for=WaitsFor.DONE,
            visitors="events go to both endpoints from then on",
            limits="16 webhook endpoints",
        ),
        arguments=AddWebhookEndpointArguments,
        of="stripe",
        floor=Approval.TWO,
        effects=EFFECTS,
        risk=Risk.HIGH,
        needs=WRITES,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Finds the endpoint; refuses a third one, and to write over a secret."""
        wanted = arguments_of(AddWebhookEndpointArguments, request)
        endpoints = await self.vendor.endpoints()
        first = _first(endpoints, wanted.endpoint)
        if len(endpoints) >= _MOST:
            raise PolicyError(
                Rule.TOO_MANY_ENDPOINTS, f"Stripe takes {_MOST} endpoints, and there are that many"
            )
        self.vendor.files.check(wanted.into.secret)
        if not self.vendor.files.is_empty(wanted.into.secret):
            raise PolicyError(
                Rule.OCCUPIED, f"secrets.{wanted.into.secret} holds a secret already: name another"
            )
        return self.change(
            request,
            (Unit(id=UNIT, was=None, to=f"beside {first.id}"),),
            f"add a second webhook endpoint beside {first.id} of {request.target.name};"
            f" its secret becomes {wanted.into.secret}",
            undo=Undo(
                kind=UndoKind.COMPENSATES,
                why="deletes the second endpoint and its secret, as long as the first one is enabled",
            ),
            because=f"{first.id} is sent {', '.join(first.enabled_events[:3])}"
            f"{' and more' if len(first.enabled_events) > 3 else ''}",  # noqa: PLR2004 - three are shown
            settings=SecondEndpointSettings(first=first.id, events=_events(first), into=wanted.into.secret),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the marker in an endpoint's metadata, and by whether the secret's file was written."""
        endpoints = await self.vendor.endpoints()
        kept = not self.vendor.files.is_empty(SecondEndpointSettings.of(change).into)
        if change.goes_back:
            return {unit.id: _seen_back(change, unit, endpoints, kept=kept) for unit in change.units}
        there = _ours(endpoints, change)
        if kept and there is None and UNIT not in done:
            return {UNIT: Seen("a secret that somebody else wrote to its file")}
        is_made, shown = kept or UNIT in done, there.id if there else None
        return {unit.id: Seen(unit.to if is_made else unit.was, shown=shown) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Creates it and keeps its secret, or deletes both."""
        endpoints = await self.vendor.endpoints()
        there, into = _ours(endpoints, change), SecondEndpointSettings.of(change).into
        if change.goes_back:
            if there:
                await self.vendor.delete_endpoint(there.id)
            self.vendor.files.forget(into)
            return
        made = await self._made(_form(_unchanged(endpoints, change), change.marker), change, there)
        if there and there.id != made.id:
            # Stripe forgot the key, which it may after a day, and made another one.
            await self.vendor.delete_endpoint(made.id)
            raise _secret_is_lost(there)
        if made.secret is None:
            raise Rejected(
                "stripe", f"{made.id} was made, but its secret was not told: delete it, and plan anew"
            )
        self.vendor.files.keep(into, made.secret.get_secret_value())

    async def _made(self, form: dict[str, Any], change: Change, there: Endpoint | None) -> NewEndpoint:
        """By the first key that is not spent; keys go on only where nothing was made by those before.

        A spent key does nothing, so each attempt sends one request at most that may make something.
        """
        for number in range(1, _MOST_KEYS + 1):
            key = change.marker if number == 1 else f"{change.marker} {number}"
            made = await self.vendor.create_endpoint(form, key)
            if made is not None:
                return made
            there = there or _ours(await self.vendor.endpoints(), change)
            if there:
                raise _secret_is_lost(there)
        raise Rejected("stripe", f"failed {_MOST_KEYS} times to add an endpoint: see status.stripe.com")

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`stripe webhook_endpoints create`, its secret straight into a file."""
        if change.goes_back:
            return ['stripe webhook_endpoints delete "$SECOND_ENDPOINT" --live --confirm']
        planned = SecondEndpointSettings.of(change)
        events = " ".join(f'-d "enabled_events[]={event}"' for event in planned.events)
        create = f'stripe webhook_endpoints create --live -d "url=$WEBHOOK_URL" {events}'
        return [f'{create} | jq -r .secret | install -m 600 /dev/stdin "{shell_name(planned.into)}_FILE"']


def _secret_is_lost(there: Endpoint) -> Rejected:
    return Rejected("stripe", f"the secret of {there.id} can no longer be had: delete it, and plan anew")


def _first(endpoints: Sequence[Endpoint], named: str) -> Endpoint:
    found = [one for one in endpoints if named in {one.id, one.url} and one.is_enabled]
    if not found:
        raise PolicyError(Rule.NO_SUCH_ENDPOINT, f"no enabled webhook endpoint is called {_unspoken(named)}")
    first = min(found, key=lambda one: one.created)
    second = next(
        (one for one in endpoints if one.id != first.id and one.is_enabled and one.covers(first)), None
    )
    if second:
        raise PolicyError(Rule.TWO_ALREADY, f"{second.id} stands beside {first.id} already")
    if first.application:
        raise PolicyError(Rule.CONNECT, f"{first.id} is of a Connect application: Stanch does not copy those")
    return first


def _unspoken(named: str) -> str:
    """An address may hold a key in its query."""
    return named.partition("?")[0]


def _ours(endpoints: Sequence[Endpoint], change: Change) -> Endpoint | None:
    return next((one for one in endpoints if one.marker == change.planned_as), None)


def _first_of(endpoints: Sequence[Endpoint], change: Change) -> Endpoint | None:
    """The first endpoint, where it is still sent events."""
    first = SecondEndpointSettings.of(change).first
    return next((one for one in endpoints if one.id == first and one.is_enabled), None)


def _events(endpoint: Endpoint) -> tuple[str, ...]:
    return tuple(sorted(endpoint.enabled_events))


def _unchanged(endpoints: Sequence[Endpoint], change: Change) -> Endpoint:
    """The first endpoint, as it was planned on; read anew, for its address may hold a key."""
    planned, first = SecondEndpointSettings.of(change), _first_of(endpoints, change)
    if first is None or _events(first) != planned.events:
        raise Moved("stripe", f"{planned.first} is no longer as it was planned on")
    return first


def _form(first: Endpoint, marker: str) -> dict[str, Any]:
    form: dict[str, Any] = {
        "url": first.url,
        "enabled_events[]": sorted(first.enabled_events),
        f"metadata[{MARK}]": marker,
    }
    if first.description:
        form["description"] = first.description
    if first.api_version:
        form["api_version"] = first.api_version
    return form


def _seen_back(change: Change, unit: Unit, endpoints: Sequence[Endpoint], *, kept: bool) -> Seen:
    there = _ours(endpoints, change)
    if there is None:
        return Seen(unit.was if kept else unit.to, shown="no second endpoint")
    if _first_of(endpoints, change) is None:
        return Seen(f"{there.id}, the only one that is left")
    return Seen(unit.was, shown=there.id)
