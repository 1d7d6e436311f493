"""`stripe.add_webhook_endpoint`: a second endpoint beside the one whose signing secret is to be rotated.

No call rolls a signing secret (docs.stripe.com/api/webhook_endpoints, read 2026-11), and deleting the old
endpoint first would lose what happens in between. So: this verb; then the verb that gives the service the new
secret, planned when its file is there; then, after a while, `stripe.disable_webhook_endpoint` for the old.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from activities.contract import Verb, arguments_of
from activities.stripe.answers import MARK, Endpoint
from activities.stripe.client import WRITES, Stripe
from stanch.errors import Moved, PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec
from stanch.rules import Rule

UNIT = "second endpoint"
TAKEN_BACK = "-undo"
EFFECTS = (
    "until the service has the new secret it refuses the second endpoint's events; Stripe tries for days",
    "every event comes twice, once by each endpoint: the service has to know an event again by its id",
    "the new secret is written to its file on the worker's machine, readable by Stanch's user only",
)
_MOST = 16


class SecretToWrite(Written):
    """`{secret: NAME}`: a secret of stanch.yaml, whose reference is a file that is still to be written."""

    secret: str


class AddWebhookEndpointArguments(Written):
    """The endpoint to stand beside, by id or by address, and where the new signing secret is written."""

    endpoint: str
    into: SecretToWrite


class AddWebhookEndpoint(Verb):
    """Creates the second endpoint, and keeps its secret in the team's store."""

    spec: ClassVar = VerbSpec(
        name="stripe.add_webhook_endpoint",
        says="A second webhook endpoint for the same address and events; its new secret goes into a file",
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        arguments=AddWebhookEndpointArguments,
        of="stripe",
        floor=Approval.TWO,
        if_no_help=NoHelp.KEEP,
        effects=EFFECTS,
        risk=Risk.HIGH,
        needs=WRITES,
    )

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def plan(self, request: PlanRequest) -> Change:
        """Finds the endpoint; refuses a third one, and to write over a secret."""
        wanted = arguments_of(AddWebhookEndpointArguments, request)
        endpoints = await self._stripe.endpoints()
        first = _first(endpoints, wanted.endpoint)
        if len(endpoints) >= _MOST:
            raise PolicyError(
                Rule.TOO_MANY_ENDPOINTS, f"Stripe takes {_MOST} endpoints, and there are that many"
            )
        self._stripe.files.check(wanted.into.secret)
        if not self._stripe.files.is_empty(wanted.into.secret):
            raise PolicyError(
                Rule.OCCUPIED, f"secrets.{wanted.into.secret} holds a secret already: name another"
            )
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=(Unit(id=UNIT, was=None, to=f"beside {first.id}"),),
            undo=Undo(
                kind=UndoKind.COMPENSATES,
                why="deletes the second endpoint and its secret, as long as the first one is enabled",
            ),
            summary=f"add a second webhook endpoint beside {first.id} of {request.target.name};"
            f" its secret becomes {wanted.into.secret}",
            because=f"{first.id} is sent {', '.join(first.enabled_events[:3])}"
            f"{' and more' if len(first.enabled_events) > 3 else ''}",  # noqa: PLR2004 - three are shown
            effects=EFFECTS,
            settings={"first": first.id, "events": sorted(first.enabled_events), "into": wanted.into.secret},
            marker=request.marker,
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """By the marker in an endpoint's metadata, and by whether the secret's file was written."""
        endpoints = await self._stripe.endpoints()
        there = _ours(endpoints, change)
        kept = not self._stripe.files.is_empty(change.settings["into"])
        if change.settings.get("undo"):
            place = _place_back(change, endpoints, there, kept=kept)
        elif there and kept:
            place = Place(unit=UNIT, at=At.TO, seen=there.id)
        elif kept and UNIT not in done:
            place = Place(unit=UNIT, at=At.ELSEWHERE, seen="a secret that somebody else wrote to its file")
        else:
            place = Place(unit=UNIT, at=At.TO if UNIT in done else At.WAS, seen=there.id if there else None)
        return Survey(places=(place,))

    async def write(self, change: Change, unit: Unit) -> None:  # noqa: ARG002 - there is only the one
        """Creates it and keeps its secret, or deletes both."""
        endpoints = await self._stripe.endpoints()
        there, into = _ours(endpoints, change), change.settings["into"]
        if change.settings.get("undo"):
            if there:
                await self._stripe.delete_endpoint(there.id)
            self._stripe.files.forget(into)
            return
        form = _form(_unchanged(endpoints, change), change.marker)
        made = await self._stripe.create_endpoint(form, change.marker)
        if there and there.id != made.id:
            # Stripe forgot the key, which it may after a day, and made another one.
            await self._stripe.delete_endpoint(made.id)
            raise Rejected(
                "stripe", f"the secret of {there.id} can no longer be had: delete it, and plan anew"
            )
        if made.secret is None:
            raise Rejected(
                "stripe", f"{made.id} was made, but its secret was not told: delete it, and plan anew"
            )
        self._stripe.files.keep(into, made.secret.get_secret_value())

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`stripe webhook_endpoints create`, its secret straight into a file."""
        settings = change.settings
        if settings.get("undo"):
            return ['stripe webhook_endpoints delete "$SECOND_ENDPOINT" --live --confirm']
        events = " ".join(f'-d "enabled_events[]={event}"' for event in settings["events"])
        file = re.sub(r"\W", "_", settings["into"].upper())
        create = f'stripe webhook_endpoints create --live -d "url=$WEBHOOK_URL" {events}'
        return [f'{create} | jq -r .secret | install -m 600 /dev/stdin "${file}_FILE"']


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
    marker = change.marker.removesuffix(TAKEN_BACK)
    return next((one for one in endpoints if one.marker == marker), None)


def _unchanged(endpoints: Sequence[Endpoint], change: Change) -> Endpoint:
    """The first endpoint, as it was planned on; read anew, for its address may hold a key."""
    first = next((one for one in endpoints if one.id == change.settings["first"]), None)
    if first is None or not first.is_enabled or sorted(first.enabled_events) != change.settings["events"]:
        raise Moved("stripe", f"{change.settings['first']} is no longer as it was planned on")
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


def _place_back(
    change: Change, endpoints: Sequence[Endpoint], there: Endpoint | None, *, kept: bool
) -> Place:
    if there is None:
        return Place(unit=UNIT, at=At.WAS if kept else At.TO, seen="no second endpoint")
    first = next((one for one in endpoints if one.id == change.settings["first"]), None)
    if first is None or not first.is_enabled:
        return Place(unit=UNIT, at=At.ELSEWHERE, seen=f"{there.id}, the only one that is left")
    return Place(unit=UNIT, at=At.WAS, seen=there.id)
