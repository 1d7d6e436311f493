"""`fly.set_config`: a variable of the environment, on one machine after the other.

Fly keeps variables in each machine's config (docs.machines.dev, read 2026-11): setting one is an update.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from shlex import quote
from typing import ClassVar

from activities.contract import Seen, Settings, Verb, arguments_of, same
from activities.fly.answers import MARK, Machine
from activities.fly.client import NEEDS, Fly
from activities.fly.leased import GONE, Config, left_alone, refuse_failed, settling_of, time_to_stop, update
from activities.fly.patient_api import goes_on
from activities.fly.roll_back import refuse_while_deploying
from activities.open_values import (
    Key,
    NewValue,
    moved,
    refuse_a_secret,
    refuse_what_is_no_flag,
    resolved,
    stated,
)
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, VerbSpec
from stanch.plain import amount
from stanch.rules import Rule


class SetConfigArguments(Written):
    """Which variable gets which value."""

    key: Key
    value: NewValue


class VariableSettings(Settings):
    """Which variable, and the machines that there were."""

    key: str
    machines: tuple[str, ...]


class SetConfig(Verb[Fly]):
    """Sets the variable in each machine's config."""

    spec: ClassVar = VerbSpec(
        name="fly.set_config",
        awaits_health=True,
        says="A variable of the environment, each machine updated with it in turn",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.SEEN, usually="10 to 90 s for each machine"),
        arguments=SetConfigArguments,
        of="fly",
        floor=Approval.ONE,
        effects=(
            "restarts each machine, one after the other",
            "a later fly deploy sets the variable to what fly.toml says",
        ),
        takes=timedelta(minutes=15),  # Fly: stuck is what updates for over 10 min
        needs=NEEDS,
    )
    arrives_within: ClassVar = timedelta(0)  # by lease and version

    async def plan(self, request: PlanRequest) -> Change:
        """Reads what stands on each machine; refuses what is a secret's, and during a deployment."""
        wanted, target = arguments_of(SetConfigArguments, request), request.target
        refuse_a_secret(wanted.key, "fly.set_secret")
        (machines, compared), stored, releases = await asyncio.gather(
            self.vendor.machines_compared(target),
            self.vendor.secrets(target.name),
            self.vendor.releases_if_told(target.name),
        )
        if wanted.key in stored:
            raise PolicyError(Rule.HOLDS_A_SECRET, f"{wanted.key} is a secret of the app: use fly.set_secret")
        if not machines:
            raise PolicyError(Rule.NOTHING_RUNS, f"{target.name} has no machine to set {wanted.key} on")
        await refuse_while_deploying(self.vendor, target, machines, releases, request.as_of)
        every = (_unit(machine, wanted) for machine in machines if machine.is_reachable)
        units = tuple(unit for unit in every if unit.was != unit.to)
        return self.change(
            request,
            units,
            f"set {stated(wanted.key, wanted.value)} on {amount(len(units), 'machine')}"
            f" of {target.name}{moved(units)}",
            because="a machine keeps the environment of its last update",
            settings=VariableSettings(key=wanted.key, machines=tuple(sorted(one.id for one in machines))),
            effects=(
                *self.spec.effects,
                *left_alone(machines, compared=compared, told=bool(releases)),
            ),
            settles_within=time_to_stop(self, machines),
            nothing_to_do=f"every machine runs with {stated(wanted.key, wanted.value)}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The variable in each machine's config; a machine that is new makes the plan stale."""
        goes_on(done)
        planned = {*VariableSettings.of(change).machines}
        machines = {machine.id: machine for machine in await self.vendor.machines(change.target, planned)}
        found = {unit.id: _seen(change, unit, machines.get(unit.id)) for unit in change.units}
        new = sorted(machines.keys() - planned)
        if (
            new
            and not change.goes_back
            and any(same(found[unit.id].value, unit.was) for unit in change.units)
        ):
            raise PolicyError(Rule.TARGET_GREW, f"machine {new[0]} appeared since this was planned")
        return found

    async def write(self, change: Change, unit: Unit) -> None:
        """Replaces the machine's config by the same one with the other value."""
        key = VariableSettings.of(change).key

        def edit(config: Config) -> Config:
            rest = {name: value for name, value in (config.get("env") or {}).items() if name != key}
            return {**config, "env": rest if unit.to is None else {**rest, key: unit.to}}

        await update(self.vendor, change, unit.id, lambda machine: _of(machine, key) == unit.was, edit)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """One `fly machine update` for each machine; flyctl can empty a variable, not take it away."""
        key, app = VariableSettings.of(change).key, change.target.name
        return [
            f"fly machine update {unit.id} --env {quote(assigned)} --app {app} --yes"
            for unit in change.units
            for assigned in (f"{key}={unit.to or ''}",)
        ]


def _unit(machine: Machine, wanted: SetConfigArguments) -> Unit:
    stands = _of(machine, wanted.key)
    return Unit(id=machine.id, was=stands, to=resolved(wanted.key, wanted.value, stands))


def _of(machine: Machine, key: str) -> str | None:
    found = (machine.config.get("env") or {}).get(key)
    value = None if found is None else str(found)
    refuse_what_is_no_flag(key, value)
    return value


def _seen(change: Change, unit: Unit, machine: Machine | None) -> Seen:
    if machine is None:
        return GONE
    if not machine.is_reachable:
        return Seen(unit.was, "its host does not answer")
    value = _of(machine, VariableSettings.of(change).key)
    if value != unit.to:
        return Seen(value)
    ours = machine.metadata.get(MARK) == change.marker
    refuse_failed(machine, change, ours=ours)
    return Seen(value, settling_of(machine, change, ours=ours))
