"""`vercel.set_secret` and `vercel.set_webhook_secret`: a secret variable, and a new build that carries it.

Vercel keeps secrets as environment variables, `sensitive` ones never to be read again; a deployment keeps
those of its build (vercel.com/docs/environment-variables/sensitive-environment-variables, read 2026-11). Both
ways lead only to values that the team's own store holds.

Our change is found by its number in the variable's comment, and that of somebody else by an instant that is
newer than what was planned on, or than the build that carries ours.
"""

import hmac
from collections.abc import Sequence
from typing import ClassVar

from activities.carried import units_of_secret
from activities.contract import Seen
from activities.team_secrets import (
    SecretSettings,
    SetSecretArguments,
    SetsSecret,
    TeamSecrets,
    of_webhooks,
    shell_name,
)
from activities.vercel.answers import Deployment, Variable
from activities.vercel.by_hand import scope
from activities.vercel.client import NEEDS, Vercel
from activities.vercel.environment import PRODUCTION, VercelVariable
from activities.vercel.rebuild import BUILD_TAKES, OF_A_BUILD, REBUILDS, Builds, Rebuilt, build_of
from activities.vercel.standing import Standing
from stanch.errors import PolicyError, Unavailable
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule


class VercelSecret(SecretSettings, VercelVariable):
    """Whether production had variables, and when the one that is meant was last set."""

    listed: bool
    updated_at: int | None = None


class SetSecret(SetsSecret[Vercel], Rebuilt):
    """Sets one secret variable, and rebuilds what is in production with it."""

    spec: ClassVar = VerbSpec(
        name="vercel.set_secret",
        says="A secret variable from the team's own store, and a new build of production that carries it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=OF_A_BUILD,
        arguments=SetSecretArguments,
        of="vercel",
        floor=Approval.ONE,
        effects=(REBUILDS, "the variable's comment names this change; a comment that was there is lost"),
        risk=Risk.HIGH,
        takes=BUILD_TAKES,
        needs=NEEDS,
    )

    @property
    def secrets(self) -> TeamSecrets:
        """The team's store."""
        return self.vendor.secrets

    async def plan(self, request: PlanRequest) -> Change:
        """Reads when the variable was last set, and its value only to compare, where it can be read."""
        wanted = self.wanted(request)
        standing = await self.standing(request)
        listed = await self._environment.listed(request.target, standing.project.id)
        there = next((one for one in listed if one.key == wanted.key), None)
        settings = VercelSecret.planned(
            request,
            standing,
            **dict(wanted),
            listed=bool(listed),
            updated_at=there.updated_at if there else None,
        )
        was = wanted.before or (f"what was set {there.updated_at}" if there else None)
        build = build_of(standing.current, f"{wanted.key} from {wanted.value.secret}")
        same = await self._compare(request, standing, there, wanted)
        units = () if same else units_of_secret(settings, was, build)
        return self.change_of_secret(request, settings, units, effects=(*self.spec.effects, *_shared(there)))

    async def seen_variable(self, change: Change, unit: Unit, builds: Builds, done: frozenset[str]) -> Seen:
        """By what is noted beside it."""
        return _seen(change, unit, await self._still(change), builds.ours)

    async def set_variable(self, change: Change, unit: Unit) -> None:
        """By value; a secret that rotated since it was approved stops it."""
        there, goal = await self._still(change), VercelSecret.of(change).goal(change)
        body = {"value": self.secrets.approved(goal), "comment": change.marker} if goal else None
        await self._environment.put(change, there, body, "sensitive")

    @classmethod
    def variable_by_hand(cls, change: Change, unit: Unit) -> Sequence[str]:
        """`vercel env`, with the secret by its name."""
        settings, team = VercelSecret.of(change), scope(change.target.at.get("team", ""))
        goal, rest = settings.goal(change), f"{settings.key} {PRODUCTION}"
        if goal is None:
            return [f"vercel env rm {rest} --yes{team}"]
        word = "add" if unit.was is None else "update"
        return [f'printf %s "{shell_name(goal)}" | vercel env {word} {rest}{team}']

    async def _still(self, change: Change) -> Variable | None:
        """The variable that a change is about; a list that lost all that was on it is not believed."""
        settings = VercelSecret.of(change)
        listed = await self._environment.listed(change.target, settings.project)
        if settings.listed and not listed:
            text = "lists no variable of production, and there were some"
            raise Unavailable("vercel", text, untouched=True)
        return next((one for one in listed if one.key == settings.key), None)

    async def _compare(
        self, request: PlanRequest, standing: Standing, there: Variable | None, wanted: SecretSettings
    ) -> bool:
        """True when what is in production was built with this very value, as far as it can be read."""
        if there is None:
            return False
        alone = await self._environment.alone(request.target, standing.project.id, there)
        if alone is None or not alone.is_readable:
            return False
        stands = self.vendor.redactor.hide(str(alone.value)).encode()
        before = wanted.before.secret if wanted.before else ""
        if before and not hmac.compare_digest(stands, self.secrets.value(before).encode()):
            raise PolicyError(Rule.BEFORE_IS_ANOTHER, f"{before} is not what {wanted.key} is now")
        same = hmac.compare_digest(stands, self.secrets.value(wanted.value.secret).encode())
        return same and standing.current.carries(alone)


class SetWebhookSecret(SetSecret):
    """Sets the secret by which a webhook is recognised."""

    spec: ClassVar = of_webhooks(
        SetSecret.spec,
        "A webhook's secret from the team's own store, and a new build of production that carries it",
        "what is signed with the old secret is refused from the moment the new build is live",
    )
    is_of_webhooks: ClassVar = True


def _seen(change: Change, unit: Unit, variable: Variable | None, ours: Deployment | None) -> Seen:
    """Compared with what stood when it was planned, and with what this change notes."""
    planned_on = VercelSecret.of(change).updated_at
    before, after = (unit.to, unit.was) if change.goes_back else (unit.was, unit.to)
    if variable is None:
        return Seen(before) if planned_on is None else Seen("a variable that no longer exists")
    shown = f"set {variable.updated_at}"
    if variable.comment == change.planned_as:
        # A person who changes the value leaves the comment.
        theirs = ours is not None and (variable.updated_at or 0) > ours.created
        return Seen(shown if theirs else after, shown=shown)
    noted, untouched = variable.comment == change.marker, variable.updated_at == planned_on
    as_it_was = noted if change.goes_back else untouched
    return Seen(before if as_it_was else shown, shown=shown)


def _shared(there: Variable | None) -> tuple[str, ...]:
    others = [one for one in there.targets if one != PRODUCTION] if there else []
    return (f"the variable is shared with {', '.join(others)}, which get it too",) if others else ()
