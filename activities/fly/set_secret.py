"""`fly.set_secret` and `fly.set_webhook_secret`: an app secret, and the machines updated with it.

A secret reaches a machine only when that machine is updated, and then surely only with
`min_secrets_version` (docs.machines.dev and fly.io/docs/apps/secrets, read 2026-11). Fly never shows a value:
digests are compared, and both ways lead only to values that the team's own store holds.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Verb, arguments_of
from activities.fly.answers import MARK
from activities.fly.client import NEEDS, Fly
from activities.fly.leased import leased
from activities.fly.roll_back import refuse_while_deploying
from activities.fly.secret_metadata import Record, intent, key_of
from activities.fly.secret_places import (
    SECRET,
    goal_of,
    newest_before,
    places,
    runs_with,
    units_of,
    version_known,
    whole_app,
)
from activities.team_secrets import TeamSecret
from activities.webhook_secrets import signs_webhooks
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, SecretRef, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec
from stanch.rules import Rule

EFFECTS = (
    "restarts each machine, one after the other; until its turn each runs with the old value",
    "the secret holds for the whole app, whatever process group the target names",
)
SIGNING = "what was signed with the old secret is refused from the moment a machine runs with the new one"
_SAYS = "An app secret from the team's own store, every machine updated with it in turn"


class SetSecretArguments(Written):
    """Which secret of the app gets the value of which of the team's; `before` holds what stood there."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128)]
    value: TeamSecret
    before: TeamSecret | None = None


class SetSecret(Verb):
    """Sets one secret, and updates the machines so that they run with it."""

    spec: ClassVar = VerbSpec(
        name="fly.set_secret",
        awaits_health=True,
        says=_SAYS,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetSecretArguments,
        of="fly",
        floor=Approval.ONE,
        if_no_help=NoHelp.KEEP,
        effects=EFFECTS,
        risk=Risk.HIGH,
        takes=timedelta(minutes=15),  # Fly: stuck is what updates for over 10 min
        needs=NEEDS,
    )

    def __init__(self, fly: Fly) -> None:
        self._fly = fly

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the digest that stands; refuses during a deployment, and where nothing would run with it."""
        wanted = arguments_of(SetSecretArguments, request)
        self.refuse_kind(wanted)
        app, target = request.target.name, whole_app(request.target)
        machines, stored, releases = await asyncio.gather(
            self._fly.machines(target), self._fly.secrets(app), self._fly.releases(app)
        )
        if not machines:
            raise PolicyError(Rule.NOTHING_RUNS, f"{app} has no machine that would run with {wanted.key}")
        await refuse_while_deploying(self._fly, target, machines, releases)
        ref = self._fly.team_secrets.planned(wanted.value.secret)
        before = self._before(wanted, ref)
        digest = stored[wanted.key].digest if wanted.key in stored else None
        units = units_of(wanted.key, ref, digest, machines)
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=units,
            undo=_way_back(wanted, units, digest),
            summary=f"set the secret {wanted.key} of {app} from the team's {ref.secret},"
            f" and update {sum(unit.id != SECRET for unit in units)} machines with it",
            because="a machine runs with the secrets of its last update",
            effects=self.spec.effects,
            settings={
                "key": wanted.key,
                "value": ref.model_dump(),
                "before": before.model_dump() if before else None,
                "machines": sorted(machine.id for machine in machines),
                "since": newest_before(units, machines, wanted.key, ref),
            },
            marker=request.marker,
            nothing_to_do="" if units else f"every machine already runs with {ref.secret} as {wanted.key}",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """The secret by its digest, the machines by what was noted on them; the secret comes first."""
        machines, stored = await asyncio.gather(
            self._fly.machines(whole_app(change.target)), self._fly.secrets(change.target.name)
        )
        standing = stored.get(change.settings["key"])
        return Survey(places=places(change, done, machines, standing.digest if standing else None))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the secret, or updates one machine with it under its lease."""
        if unit.id == SECRET:
            await self._note(change)
            await self._hold_against(change, unit, await self._put(change))
        else:
            await self._update(change, unit)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`fly secrets import`, which keeps the value out of the shell's history, or `unset`."""
        app, key, goal = change.target.name, change.settings["key"], goal_of(change)
        if not any(unit.id == SECRET for unit in change.units):
            return [f"fly secrets deploy --app {app}"]
        if goal is None:
            return [f"fly secrets unset {key} --app {app}"]
        name = re.sub(r"\W", "_", goal.secret.upper())
        return [f"printf '%s=%s\\n' {key} \"${name}\" | fly secrets import --app {app}"]

    def refuse_kind(self, wanted: SetSecretArguments) -> None:
        """Raise where two people are to be asked: what webhooks are signed with is another verb's."""
        value = self._fly.team_secrets.value(wanted.value.secret)
        if signs_webhooks(wanted.key, value):
            raise PolicyError(
                Rule.WEBHOOK_SECRET,
                f"{wanted.key} signs webhooks: use fly.set_webhook_secret, which asks two people",
            )

    def _before(self, wanted: SetSecretArguments, ref: SecretRef) -> SecretRef | None:
        if wanted.before is None:
            return None
        before = self._fly.team_secrets.planned(wanted.before.secret)
        if before.fingerprint == ref.fingerprint:
            raise PolicyError(Rule.SAME_SECRET, f"{before.secret} and {ref.secret} hold the same value")
        return before

    async def _note(self, change: Change) -> None:
        """Says what is about to happen: else a lost answer could not be told from somebody's change."""
        goal = goal_of(change)
        if goal and not change.settings.get("undo"):
            machine = change.settings["machines"][0]
            key = key_of(change.settings["key"])
            await self._fly.note(change.target.name, machine, key, intent(goal.fingerprint, change.marker))

    async def _put(self, change: Change) -> int:
        """The secret as it shall be; by value, so that once more is no other."""
        app, key, goal = change.target.name, change.settings["key"], goal_of(change)
        if goal is None:
            return await self._fly.unset_secret(app, key)
        return await self._fly.set_secret(app, key, self._fly.team_secrets.approved(goal))

    async def _hold_against(self, change: Change, unit: Unit, version: int) -> None:
        """Raise where the team's store held something else than what stood before the change."""
        if not change.settings.get("undo") or unit.to is None:
            return
        key, stored = change.settings["key"], await self._fly.secrets(change.target.name, version)
        if key not in stored or stored[key].digest != unit.to:
            raise Rejected(
                "fly",
                f"{change.settings['before']['secret']} of the team's is not what {key} was: put it right",
            )

    async def _update(self, change: Change, unit: Unit) -> None:
        app, key, goal = change.target.name, change.settings["key"], goal_of(change)
        version = await self._version(change)
        stored = await self._fly.secrets(app, version)
        async with leased(self._fly, change, unit.id) as (machine, lease):
            if runs_with(change, machine) is not bool(change.settings.get("undo")):
                return
            metadata = {name: said for name, said in machine.metadata.items() if name != key_of(key)}
            if goal and key in stored:
                metadata[key_of(key)] = str(Record(goal.fingerprint, stored[key].digest, version))
            body = {
                "config": {**machine.config, "metadata": {**metadata, MARK: change.marker}},
                "current_version": machine.instance_id,
                "skip_launch": machine.state in {"stopped", "suspended"},
            }
            if version:
                body["min_secrets_version"] = version
            await self._fly.api.post(f"apps/{app}/machines/{unit.id}", body, headers=lease)

    async def _version(self, change: Change) -> int:
        """As a machine before this one noted it; else Fly says it only to who sets the secret, once more."""
        machines = await self._fly.machines(whole_app(change.target))
        return version_known(change, machines) or await self._put(change)


class SetWebhookSecret(SetSecret):
    """Sets the secret that webhooks are signed with; two people are asked."""

    spec: ClassVar = VerbSpec(
        name="fly.set_webhook_secret",
        says=f"{_SAYS}; for what webhooks are signed with",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetSecretArguments,
        of="fly",
        floor=Approval.TWO,
        if_no_help=NoHelp.KEEP,
        effects=(*EFFECTS, SIGNING),
        risk=Risk.HIGH,
        takes=timedelta(minutes=15),  # Fly: stuck is what updates for over 10 min
        needs=NEEDS,
    )

    def refuse_kind(self, wanted: SetSecretArguments) -> None:
        """Any secret may have two people."""


def _way_back(wanted: SetSecretArguments, units: Sequence[Unit], digest: str | None) -> Undo:
    if not any(unit.id == SECRET for unit in units):
        return Undo(kind=UndoKind.NONE, why="the secret itself stays as it is")
    if wanted.before or digest is None:
        return Undo(kind=UndoKind.RESTORES)
    return Undo(
        kind=UndoKind.NONE,
        why=f"Fly never shows what {wanted.key} was, and before: names no secret of the team's that holds it",
    )
