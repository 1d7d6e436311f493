"""`fly.set_secret` and `fly.set_webhook_secret`: an app secret, and the machines updated with it.

A secret reaches a machine only when that machine is updated, and then surely only with
`min_secrets_version` (docs.machines.dev and fly.io/docs/apps/secrets, read 2026-11). Fly never shows a value:
digests are compared, and both ways lead only to values that the team's own store holds.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen
from activities.fly.answers import MARK
from activities.fly.client import NEEDS, Fly
from activities.fly.leased import leased, left_alone, time_to_stop
from activities.fly.patient_api import goes_on
from activities.fly.roll_back import refuse_while_deploying
from activities.fly.secret_metadata import Record, intent, key_of
from activities.fly.secret_places import (
    SECRET,
    FlySecret,
    newest_before,
    runs_with,
    seen_of,
    units_of,
    version_known,
    whole_app,
)
from activities.team_secrets import (
    SecretSettings,
    SetSecretArguments,
    SetsSecret,
    TeamSecrets,
    of_webhooks,
    shell_name,
)
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.plain import amount
from stanch.rules import Rule

_SAYS = "An app secret from the team's own store, every machine updated with it in turn"


class SetSecret(SetsSecret[Fly]):
    """Sets one secret, and updates the machines so that they run with it."""

    spec: ClassVar = VerbSpec(
        name="fly.set_secret",
        awaits_health=True,
        says=_SAYS,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.SEEN, usually="10 to 90 s for each machine"),
        arguments=SetSecretArguments,
        of="fly",
        floor=Approval.ONE,
        effects=(
            "restarts each machine, one after the other; until its turn each runs with the old value",
            "the secret holds for the whole app, whatever process group the target names",
        ),
        risk=Risk.HIGH,
        takes=timedelta(minutes=15),  # Fly: stuck is what updates for over 10 min
        needs=NEEDS,
    )

    @property
    def secrets(self) -> TeamSecrets:
        """The team's store."""
        return self.vendor.team_secrets

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the digest that stands; refuses during a deployment, and where nothing would run with it."""
        wanted = self.wanted(request)
        key, ref = wanted.key, wanted.value
        app, target = request.target.name, whole_app(request.target)
        (machines, compared), stored, releases = await asyncio.gather(
            self.vendor.machines_compared(target), self.vendor.secrets(app), self.vendor.releases_if_told(app)
        )
        if not machines:
            raise PolicyError(Rule.NOTHING_RUNS, f"{app} has no machine that would run with {key}")
        await refuse_while_deploying(self.vendor, target, machines, releases, request.as_of)
        digest = stored[key].digest if key in stored else None
        units = units_of(key, ref, digest, [machine for machine in machines if machine.is_reachable])
        return self.change(
            request,
            units,
            f"set the secret {key} of {app} from the team's {ref.secret},"
            f" and update {amount(sum(unit.id != SECRET for unit in units), 'machine')} with it",
            undo=_way_back(wanted, units, digest),
            effects=(
                *self.spec.effects,
                *left_alone(machines, compared=compared, told=bool(releases)),
            ),
            because="a machine runs with the secrets of its last update",
            settles_within=time_to_stop(self, machines),
            settings=FlySecret(
                key=key,
                value=ref,
                before=wanted.before,
                machines=tuple(sorted(machine.id for machine in machines)),
                since=newest_before(units, machines, key, ref),
            ),
            nothing_to_do=f"every machine already runs with {ref.secret} as {key}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The secret by its digest, the machines by what was noted on them; the secret comes first."""
        goes_on(done)
        target, known = whole_app(change.target), FlySecret.of(change).machines
        machines, stored = await asyncio.gather(
            self.vendor.machines(target, known), self.vendor.secrets(change.target.name)
        )
        standing = stored.get(FlySecret.of(change).key)
        return seen_of(change, done, machines, standing.digest if standing else None)

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
        app, settings = change.target.name, FlySecret.of(change)
        key, goal = settings.key, settings.goal(change)
        if not any(unit.id == SECRET for unit in change.units):
            return [f"fly secrets deploy --app {app}"]
        if goal is None:
            return [f"fly secrets unset {key} --app {app}"]
        return [f"printf '%s=%s\\n' {key} \"{shell_name(goal)}\" | fly secrets import --app {app}"]

    async def _note(self, change: Change) -> None:
        """Says what is about to happen: else a lost answer could not be told from somebody's change."""
        settings = FlySecret.of(change)
        if not change.goes_back:
            said = intent(settings.value.fingerprint, change.marker)
            await self.vendor.note(change.target.name, settings.machines[0], key_of(settings.key), said)

    async def _put(self, change: Change) -> int:
        """The secret as it shall be; by value, so that once more is no other."""
        app, settings = change.target.name, FlySecret.of(change)
        goal = settings.goal(change)
        if goal is None:
            return await self.vendor.unset_secret(app, settings.key)
        return await self.vendor.set_secret(app, settings.key, self.secrets.approved(goal))

    async def _hold_against(self, change: Change, unit: Unit, version: int) -> None:
        """Raise where the team's store held something else than what stood before the change."""
        if not change.goes_back or unit.to is None:
            return
        settings, stored = FlySecret.of(change), await self.vendor.secrets(change.target.name, version)
        key, goal = settings.key, settings.goal(change)
        if goal and (key not in stored or stored[key].digest != unit.to):
            raise Rejected("fly", f"{goal.secret} of the team's is not what {key} was: put it right")

    async def _update(self, change: Change, unit: Unit) -> None:
        app, settings = change.target.name, FlySecret.of(change)
        key, goal = settings.key, settings.goal(change)
        version = await self._version(change)
        stored = await self.vendor.secrets(app, version)
        async with leased(self.vendor, change, unit.id) as (machine, lease):
            if runs_with(settings, machine) is not change.goes_back:
                return
            metadata = {name: said for name, said in machine.metadata.items() if name != key_of(key)}
            if goal and key in stored:
                metadata[key_of(key)] = str(Record(goal.fingerprint, stored[key].digest, version))
            body = {
                "config": {**machine.config, "metadata": {**metadata, MARK: change.marker}},
                "current_version": machine.instance_id,
                "skip_launch": machine.is_to_stand_still,
            }
            if version:
                body["min_secrets_version"] = version
            await self.vendor.api.post(f"apps/{app}/machines/{unit.id}", body, headers=lease)

    async def _version(self, change: Change) -> int:
        """As a machine before this one noted it; else Fly says it only to who sets the secret, once more."""
        machines = await self.vendor.machines(whole_app(change.target))
        return version_known(change, machines) or await self._put(change)


class SetWebhookSecret(SetSecret):
    """Sets the secret that webhooks are signed with; two people are asked."""

    spec: ClassVar = of_webhooks(
        SetSecret.spec,
        f"{_SAYS}; for what webhooks are signed with",
        "what was signed with the old secret is refused from the moment a machine runs with the new one",
    )
    is_of_webhooks: ClassVar = True


def _way_back(wanted: SecretSettings, units: Sequence[Unit], digest: str | None) -> Undo:
    if not any(unit.id == SECRET for unit in units):
        return Undo(kind=UndoKind.NONE, why="the secret itself stays as it is")
    if wanted.before or digest is None:
        return Undo(kind=UndoKind.RESTORES)
    return Undo(
        kind=UndoKind.NONE,
        why=f"Fly never shows what {wanted.key} was, and before: names no secret of the team's that holds it",
    )
