"""`netlify.set_secret` and `netlify.set_webhook_secret`: a secret variable, and a new build that carries it.

A variable that is flagged as a secret is never to be read again, has no value for all contexts and no
post-processing scope, and keeps its flag (docs.netlify.com/environment-variables/secrets-controller, read
2026-11). Both ways lead only to values that the team's own store holds.
"""

import hmac
import re
from datetime import timedelta
from typing import ClassVar

from activities.contract import arguments_of
from activities.netlify.answers import Variable
from activities.netlify.carried import BECAUSE, REBUILDS, Carried, Key, carries, deployment, resolved
from activities.netlify.client import NEEDS, Standing
from activities.netlify.secret_place import goal_of, place_of, touched
from activities.team_secrets import TeamSecret
from activities.webhook_secrets import signs_webhooks
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, Place, PlanRequest, SecretRef, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec
from stanch.rules import Rule

_OWN = "only production gets the value; what other contexts have stays"
_OWNER = "what the member whose token this is sets by hand meanwhile is taken for this change"
_SIGNED = "what is signed with the old secret is refused from the moment the new build is live"
_SCOPES = ("builds", "functions", "runtime")
"""All that a secret may have."""


class SetSecretArguments(Written):
    """Which variable of production gets which of the team's secrets; `before` holds what stood there."""

    key: Key
    value: TeamSecret
    before: TeamSecret | None = None


def _spec(name: str, says: str, floor: Approval, effects: tuple[str, ...]) -> VerbSpec:
    return VerbSpec(
        name=name,
        says=says,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetSecretArguments,
        of="netlify",
        floor=floor,
        if_no_help=NoHelp.KEEP,
        effects=effects,
        risk=Risk.HIGH,
        takes=timedelta(hours=1),  # docs.netlify.com: a build may take half an hour, after its queue
        needs=NEEDS,
    )


class SetSecret(Carried):
    """Sets one secret variable, and builds what is in production with it."""

    spec: ClassVar = _spec(
        "netlify.set_secret",
        "A secret variable from the team's own store, and a new build of production that carries it",
        Approval.ONE,
        (REBUILDS, _OWN, _OWNER),
    )
    is_of_webhooks: ClassVar = False

    async def plan(self, request: PlanRequest) -> Change:
        """Reads who touched the variable last and when; a value only where it is no secret yet."""
        wanted = arguments_of(SetSecretArguments, request)
        self._refuse_kind(wanted)
        standing = await self._standing(request)
        settings = resolved(request, standing, wanted.key)
        value, before = self._refs(wanted)
        there, listed = await self._environment.among(settings)
        same = self._stands_already(wanted, there, standing)
        own = there is not None and there.own is not None
        units = () if same else _units(wanted.key, value, _was(there, before, own=own), standing)
        us = await self._netlify.member()
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=units,
            undo=_way_back(wanted.key, before, units, own=own),
            summary=f"set the secret {wanted.key} of {request.target.name} from the team's {value.secret},"
            " and build it anew",
            because=BECAUSE,
            effects=self.spec.effects,
            settings={
                **settings,
                "value": value.model_dump(),
                "before": before.model_dump() if before and own else None,
                "listed": listed,
                "there": there is not None,
                "own": own,
                "updated_at": touched(there),
                "us": us.known_as,
            },
            marker=request.marker,
            nothing_to_do=f"production was built with {value.secret} as {wanted.key}" if same else "",
        )

    @classmethod
    def _typed(cls, change: Change, unit: Unit) -> str:  # noqa: ARG003 - the secret by its name tells
        key, goal = change.settings["key"], goal_of(change)
        if goal is None:
            return f"env:unset {key}{' --context production' if change.settings['there'] else ''}"
        name = re.sub(r"\W", "_", goal.secret.upper())
        return f'env:set {key} "${name}" --context production --secret'

    async def _stands(self, change: Change, unit: Unit, done: frozenset[str]) -> Place:
        there, ours = await self._environment.still(change.settings), await self._build.ours(change)
        return place_of(change, unit, there, ours, done)

    async def _set(self, change: Change, unit: Unit) -> None:  # noqa: ARG002 - there is only the one
        """By value; a secret that rotated since it was approved stops it."""
        settings, goal = change.settings, goal_of(change)
        value = self._netlify.secrets.approved(goal) if goal else None
        there = await self._environment.still(settings)
        if there and not there.is_secret:
            _refuse_readable(settings["key"])
        if value is not None and there:
            await self._environment.give(settings, value)
        elif value is not None:
            await self._environment.add(settings, value, is_secret=True, scopes=list(_SCOPES))
        elif there and settings["there"]:
            await self._environment.delete_own(settings, there)
        elif there:
            await self._environment.delete(settings)

    def _refuse_kind(self, wanted: SetSecretArguments) -> None:
        """A webhook's secret takes two people, whichever of name and value tells that it is one."""
        value = self._netlify.secrets.value(wanted.value.secret)
        if signs_webhooks(wanted.key, value) and not self.is_of_webhooks:
            raise PolicyError(
                Rule.WEBHOOK_SECRET,
                f"{wanted.key} signs webhooks: use netlify.set_webhook_secret, which asks two people",
            )

    def _refs(self, wanted: SetSecretArguments) -> tuple[SecretRef, SecretRef | None]:
        value = self._netlify.secrets.planned(wanted.value.secret)
        before = self._netlify.secrets.planned(wanted.before.secret) if wanted.before else None
        if before and before.fingerprint == value.fingerprint:
            raise PolicyError(Rule.SAME_SECRET, f"{before.secret} and {value.secret} hold the same value")
        return value, before

    def _stands_already(self, wanted: SetSecretArguments, there: Variable | None, standing: Standing) -> bool:
        """True when production was built with this very value; refuses where it could be read afterwards."""
        if there is None or there.is_secret:
            return False
        stands = self._netlify.redactor.hide(there.production or "").encode()
        value = self._netlify.secrets.value(wanted.value.secret).encode()
        if not (hmac.compare_digest(stands, value) and carries(standing.current, there)):
            _refuse_readable(wanted.key)
        return True


class SetWebhookSecret(SetSecret):
    """Sets the secret by which a webhook is recognised."""

    spec: ClassVar = _spec(
        "netlify.set_webhook_secret",
        "A webhook's secret from the team's own store, and a new build of production that carries it",
        Approval.TWO,
        (REBUILDS, _OWN, _OWNER, _SIGNED),
    )
    is_of_webhooks: ClassVar = True


def _refuse_readable(key: str) -> None:
    raise PolicyError(
        Rule.NOT_FLAGGED,
        f"{key} is not flagged as a secret at Netlify, so that members could read the new value:"
        f" flag it there first, by netlify env:set {key} --secret",
    )


def _was(there: Variable | None, before: SecretRef | None, *, own: bool) -> SecretRef | str | None:
    return (before or f"what was set {touched(there)}") if own else None


def _units(key: str, value: SecretRef, was: SecretRef | str | None, standing: Standing) -> tuple[Unit, ...]:
    build = deployment(standing.current, f"{key} from {value.secret}")
    return (Unit(id=f"env:{key}", was=was, to=value), build)


def _way_back(key: str, before: SecretRef | None, units: tuple[Unit, ...], *, own: bool) -> Undo:
    if not own or before or not units:
        return Undo(kind=UndoKind.RESTORES)
    return Undo(
        kind=UndoKind.NONE,
        why=f"what {key} was is kept nowhere else: name the team's secret that holds it as `before`",
    )
