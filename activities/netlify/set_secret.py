"""`netlify.set_secret` and `netlify.set_webhook_secret`: a secret variable, and a new build that carries it.

A variable that is flagged as a secret is never to be read again, has no value for all contexts and no
post-processing scope, and keeps its flag (docs.netlify.com/environment-variables/secrets-controller, read
2026-11). Both ways lead only to values that the team's own store holds.
"""

import hmac
from collections.abc import Sequence
from typing import ClassVar

from activities.carried import units_of_secret
from activities.contract import Seen
from activities.netlify.answers import Variable
from activities.netlify.build import BUILD_TAKES, OF_A_BUILD, REBUILDS, Builds, Built, build_of
from activities.netlify.by_hand import variable
from activities.netlify.client import NEEDS, Netlify, Standing
from activities.netlify.environment import NetlifyVariable
from activities.netlify.secret_place import NetlifySecret, seen_secret, touched
from activities.team_secrets import (
    SecretSettings,
    SetSecretArguments,
    SetsSecret,
    TeamSecrets,
    of_webhooks,
    shell_name,
)
from stanch.errors import PolicyError, Unavailable
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

_SCOPES = ("builds", "functions", "runtime")
"""All that a secret may have."""


class SetSecret(SetsSecret[Netlify], Built):
    """Sets one secret variable, and builds what is in production with it."""

    spec: ClassVar = VerbSpec(
        name="netlify.set_secret",
        says="A secret variable from the team's own store, and a new build of production that carries it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=OF_A_BUILD,
        arguments=SetSecretArguments,
        of="netlify",
        floor=Approval.ONE,
        effects=(
            REBUILDS,
            "only production gets the value; what other contexts have stays",
            "what the member whose token this is sets by hand meanwhile is taken for this change",
        ),
        risk=Risk.HIGH,
        takes=BUILD_TAKES,
        needs=NEEDS,
    )

    @property
    def secrets(self) -> TeamSecrets:
        """The team's store."""
        return self.vendor.secrets

    async def plan(self, request: PlanRequest) -> Change:
        """Reads who touched the variable last and when; a value only where it is no secret yet."""
        wanted = self.wanted(request)
        standing = await self.standing(request)
        there, listed = await self._environment.among(
            NetlifyVariable.planned(request, standing, key=wanted.key)
        )
        same = self._stands_already(wanted, there, standing)
        own = there is not None and there.own is not None
        settings = NetlifySecret.planned(
            request,
            standing,
            key=wanted.key,
            value=wanted.value,
            before=wanted.before if own else None,
            listed=listed,
            there=there is not None,
            own=own,
            updated_at=touched(there),
            us=(await self.vendor.member()).known_as,
        )
        was = (settings.before or f"what was set {touched(there)}") if own else None
        build = build_of(standing.current, f"{wanted.key} from {wanted.value.secret}")
        return self.change_of_secret(request, settings, () if same else units_of_secret(settings, was, build))

    async def seen_variable(self, change: Change, unit: Unit, builds: Builds, done: frozenset[str]) -> Seen:
        """By who touched it."""
        return seen_secret(change, unit, await self._still(change), builds.ours, written=unit.id in done)

    async def set_variable(self, change: Change, unit: Unit) -> None:
        """By value; a secret that rotated since it was approved stops it."""
        settings, environment = NetlifySecret.of(change), self._environment
        goal = settings.goal(change)
        value = self.secrets.approved(goal) if goal else None
        there = await self._still(change)
        if there and not there.is_secret:
            _refuse_readable(settings.key)
        if value is not None and there:
            await environment.give(settings, value)
        elif value is not None:
            await environment.add(settings, value, is_secret=True, scopes=list(_SCOPES))
        elif there and settings.there:
            await environment.delete_own(settings, there)
        elif there:
            await environment.delete(settings)

    @classmethod
    def variable_by_hand(cls, change: Change, unit: Unit) -> Sequence[str]:  # noqa: ARG003 - the settings tell
        """`netlify env:set` with the secret by its name, or `env:unset`."""
        settings = NetlifySecret.of(change)
        key, goal = settings.key, settings.goal(change)
        typed = f"env:unset {key}{' --context production' if settings.there else ''}"
        if goal:
            typed = f'env:set {key} "{shell_name(goal)}" --context production --secret'
        return [variable(settings.site, typed)]

    async def _still(self, change: Change) -> Variable | None:
        """The variable that a change is about; a list that lost all that was on it is not believed."""
        settings = NetlifySecret.of(change)
        there, listed = await self._environment.among(settings)
        if settings.listed and not listed:
            text = "lists no variable of the site, and there were some"
            raise Unavailable("netlify", text, untouched=True)
        return there

    def _stands_already(self, wanted: SecretSettings, there: Variable | None, standing: Standing) -> bool:
        """True when production was built with this very value; refuses where it could be read afterwards."""
        if there is None or there.is_secret:
            return False
        stands = self.vendor.redactor.hide(there.production or "").encode()
        value = self.secrets.value(wanted.value.secret).encode()
        if not (hmac.compare_digest(stands, value) and standing.current.carries(there)):
            _refuse_readable(wanted.key)
        return True


class SetWebhookSecret(SetSecret):
    """Sets the secret by which a webhook is recognised."""

    spec: ClassVar = of_webhooks(
        SetSecret.spec,
        "A webhook's secret from the team's own store, and a new build of production that carries it",
        "what is signed with the old secret is refused from the moment the new build is live",
    )
    is_of_webhooks: ClassVar = True


def _refuse_readable(key: str) -> None:
    raise PolicyError(
        Rule.NOT_FLAGGED,
        f"{key} is not flagged as a secret at Netlify, so that members could read the new value:"
        f" flag it there first, by netlify env:set {key} --secret",
    )
