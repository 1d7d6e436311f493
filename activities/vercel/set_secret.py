"""`vercel.set_secret` and `vercel.set_webhook_secret`: a secret variable, and a new build that carries it.

Vercel keeps secrets as environment variables, `sensitive` ones never to be read again; a deployment keeps
those of its build (vercel.com/docs/environment-variables/sensitive-environment-variables, read 2026-11). Both
ways lead only to values that the team's own store holds.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Verb, arguments_of
from activities.team_secrets import TeamSecret
from activities.vercel.answers import Variable
from activities.vercel.by_hand import scope
from activities.vercel.client import NEEDS, Standing, Vercel
from activities.vercel.environment import PRODUCTION, Environment
from activities.vercel.rebuild import (
    DEPLOYMENT,
    REBUILDS,
    Rebuild,
    Seen,
    place_of_build,
    refuse_where_no_build_goes_live,
)
from activities.vercel.secret_place import goal_of, place_of
from activities.webhook_secrets import signs_webhooks
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, Place, PlanRequest, SecretRef, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec
from stanch.rules import Rule

_NOTED = "the variable's comment names this change; a comment that was there is lost"
_SIGNED = "what is signed with the old secret is refused from the moment the new build is live"
_SENSITIVE = "sensitive"


class SetSecretArguments(Written):
    """Which variable of production gets which of the team's secrets; `before` holds what stood there."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=256)]
    value: TeamSecret
    before: TeamSecret | None = None


def _spec(name: str, says: str, floor: Approval, effects: tuple[str, ...]) -> VerbSpec:
    return VerbSpec(
        name=name,
        says=says,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetSecretArguments,
        of="vercel",
        floor=floor,
        if_no_help=NoHelp.KEEP,
        effects=effects,
        risk=Risk.HIGH,
        takes=timedelta(hours=1),  # vercel.com/docs/builds: a build may take 45 min, after its queue
        needs=NEEDS,
    )


class SetSecret(Verb):
    """Sets one secret variable, and rebuilds what is in production with it."""

    spec: ClassVar = _spec(
        "vercel.set_secret",
        "A secret variable from the team's own store, and a new build of production that carries it",
        Approval.ONE,
        (REBUILDS, _NOTED),
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    is_of_webhooks: ClassVar = False

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel
        self._environment = Environment(vercel)
        self._rebuild = Rebuild(vercel)

    async def plan(self, request: PlanRequest) -> Change:
        """Reads when the variable was last set, and its value only to compare, where it can be read."""
        wanted = arguments_of(SetSecretArguments, request)
        self._refuse_kind(wanted)
        standing = await self._vercel.standing(request.target)
        standing.refuse_while_deploying()
        refuse_where_no_build_goes_live(standing)
        project = standing.project
        value = self._vercel.secrets.planned(wanted.value.secret)
        before = self._vercel.secrets.planned(wanted.before.secret) if wanted.before else None
        listed = await self._environment.listed(request.target, project.id)
        there = next((one for one in listed if one.key == wanted.key), None)
        same = await self._compare(request, standing, there, wanted)
        units = _units(wanted.key, value, before or _described(there), standing, same=same)
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=units,
            undo=_way_back(there, before, units),
            summary=f"set the secret {wanted.key} of {request.target.name} from the team's {value.secret},"
            " and build it anew",
            because="a deployment keeps the environment it was built with",
            effects=(*self.spec.effects, *_shared(there)),
            settings={
                "project": project.id,
                "name": project.name,
                "key": wanted.key,
                "value": value.model_dump(),
                "before": before.model_dump() if before else None,
                "listed": bool(listed),
                "updated_at": there.updated_at if there else None,
                "build": request.marker,
                "last_move_at": project.last_move.requested_at if project.last_move else 0,
            },
            marker=request.marker,
            nothing_to_do="" if units else f"production was built with {value.secret} as {wanted.key}",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - Vercel knows
        """The variable first, in both directions: a build takes the environment of its moment."""
        seen = await self._rebuild.look(change)
        units = sorted(change.units, key=lambda unit: unit.id == DEPLOYMENT)
        return Survey(places=tuple([await self._place(change, unit, seen) for unit in units]))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the variable, or asks for the build; a secret that rotated since stops it."""
        if unit.id == DEPLOYMENT:
            await self._rebuild.write(change, unit)
            return
        settings, goal = change.settings, goal_of(change)
        there = await self._environment.still(change.target, settings)
        one = f"v9/projects/{settings['project']}/env/{there.id if there else ''}"
        if goal is None:
            await self._vercel.call("DELETE", change.target, one)
            return
        body = {"value": self._vercel.secrets.approved(goal), "comment": change.marker}
        if there:
            await self._vercel.call("PATCH", change.target, one, body)
            return
        made = {**body, "key": settings["key"], "type": _SENSITIVE, "target": [PRODUCTION]}
        await self._vercel.call("POST", change.target, f"v10/projects/{settings['project']}/env", made)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`vercel env` and `vercel redeploy`, with the secret by its name."""
        key, team, goal = change.settings["key"], scope(change.target.at.get("team", "")), goal_of(change)
        found = []
        for unit in sorted(change.units, key=lambda unit: unit.id == DEPLOYMENT):
            if unit.id == DEPLOYMENT:
                going = f"promote {unit.to}" if change.settings.get("undo") else f"redeploy {unit.was}"
                found.append(f"vercel {going}{team}")
            elif goal is None:
                found.append(f"vercel env rm {key} {PRODUCTION} --yes{team}")
            else:
                name = re.sub(r"\W", "_", goal.secret.upper())
                word = "add" if unit.was is None else "update"
                found.append(f'printf %s "${name}" | vercel env {word} {key} {PRODUCTION}{team}')
        return found

    async def _place(self, change: Change, unit: Unit, seen: Seen) -> Place:
        if unit.id == DEPLOYMENT:
            return place_of_build(change, unit, seen)
        settings = change.settings
        there = await self._environment.still(change.target, settings)
        return place_of(change, unit, there, seen.ours)

    def _refuse_kind(self, wanted: SetSecretArguments) -> None:
        """A webhook's secret takes two people, whichever of name and value tells that it is one."""
        value = self._vercel.secrets.value(wanted.value.secret)
        if signs_webhooks(wanted.key, value) and not self.is_of_webhooks:
            raise PolicyError(
                Rule.WEBHOOK_SECRET,
                f"{wanted.key} signs webhooks: use vercel.set_webhook_secret, which asks two people",
            )

    async def _compare(
        self, request: PlanRequest, standing: Standing, there: Variable | None, wanted: SetSecretArguments
    ) -> bool:
        """True when what is in production was built with this very value, as far as it can be read."""
        if there is None:
            return False
        alone = await self._environment.alone(request.target, standing.project.id, there)
        if not alone.is_readable:
            return False
        stands = self._vercel.redactor.hide(str(alone.value)).encode()
        secrets = self._vercel.secrets
        if wanted.before and not hmac.compare_digest(stands, secrets.value(wanted.before.secret).encode()):
            raise PolicyError(
                Rule.BEFORE_IS_ANOTHER, f"{wanted.before.secret} is not what {wanted.key} is now"
            )
        built = bool(alone.updated_at is not None and alone.updated_at < standing.current.created)
        return built and hmac.compare_digest(stands, secrets.value(wanted.value.secret).encode())


class SetWebhookSecret(SetSecret):
    """Sets the secret by which a webhook is recognised."""

    spec: ClassVar = _spec(
        "vercel.set_webhook_secret",
        "A webhook's secret from the team's own store, and a new build of production that carries it",
        Approval.TWO,
        (REBUILDS, _NOTED, _SIGNED),
    )
    is_of_webhooks: ClassVar = True


def _units(
    key: str, value: SecretRef, was: SecretRef | str | None, standing: Standing, *, same: bool
) -> tuple[Unit, ...]:
    if same:
        return ()
    current = standing.current
    built = f"a build of {current.commit[:7] or current.id} with {key} from {value.secret}"
    return (
        Unit(id=f"env:{key}", was=was, to=value),
        Unit(id=DEPLOYMENT, was=current.id, to=built),
    )


def _described(there: Variable | None) -> str | None:
    return f"what was set {there.updated_at}" if there else None


def _way_back(there: Variable | None, before: SecretRef | None, units: tuple[Unit, ...]) -> Undo:
    if there is None or before or not units:
        return Undo(kind=UndoKind.RESTORES)
    return Undo(
        kind=UndoKind.NONE,
        why=f"what {there.key} was is kept nowhere else: name the team's secret that holds it as `before`",
    )


def _shared(there: Variable | None) -> tuple[str, ...]:
    others = [one for one in there.targets if one != PRODUCTION] if there else []
    return (f"the variable is shared with {', '.join(others)}, which get it too",) if others else ()
