"""`fly.set_config`: a variable of the environment, on one machine after the other.

Fly keeps variables in each machine's config (docs.machines.dev, read 2026-11): setting one is an update.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from shlex import quote
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Verb, arguments_of
from activities.fly.answers import MARK, Machine
from activities.fly.client import NEEDS, Fly
from activities.fly.leased import Config, refuse_failed, update
from activities.fly.roll_back import refuse_while_deploying
from activities.open_values import OpenValue, direction, refuse_a_secret, refuse_what_is_no_flag
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, VerbSpec
from stanch.rules import Rule

EFFECTS = (
    "restarts each machine, one after the other",
    "a later fly deploy sets the variable to what fly.toml says",
)


class SetConfigArguments(Written):
    """Which variable gets which value."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128)]
    value: OpenValue


class SetConfig(Verb):
    """Sets the variable in each machine's config."""

    spec: ClassVar = VerbSpec(
        name="fly.set_config",
        awaits_health=True,
        says="A variable of the environment, each machine updated with it in turn",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetConfigArguments,
        of="fly",
        floor=Approval.ONE,
        if_no_help=NoHelp.KEEP,
        effects=EFFECTS,
        takes=timedelta(minutes=15),  # Fly: stuck is what updates for over 10 min
        needs=NEEDS,
    )
    arrives_within: ClassVar = timedelta(0)  # by lease and version

    def __init__(self, fly: Fly) -> None:
        self._fly = fly

    async def plan(self, request: PlanRequest) -> Change:
        """Reads what stands on each machine; refuses what is a secret's, and during a deployment."""
        wanted, target = arguments_of(SetConfigArguments, request), request.target
        refuse_a_secret(wanted.key, "fly.set_secret")
        machines, stored, releases = await asyncio.gather(
            self._fly.machines(target), self._fly.secrets(target.name), self._fly.releases(target.name)
        )
        if wanted.key in stored:
            raise PolicyError(Rule.HOLDS_A_SECRET, f"{wanted.key} is a secret of the app: use fly.set_secret")
        if not machines:
            raise PolicyError(Rule.NOTHING_RUNS, f"{target.name} has no machine to set {wanted.key} on")
        await refuse_while_deploying(self._fly, target, machines, releases)
        units = tuple(
            Unit(id=machine.id, was=_of(machine, wanted.key), to=wanted.value)
            for machine in machines
            if _of(machine, wanted.key) != wanted.value
        )
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=units,
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"set {wanted.key}={wanted.value} on {len(units)} machines of {target.name}"
            f"{direction(units)}",
            because="a machine keeps the environment of its last update",
            effects=EFFECTS,
            settings={"key": wanted.key, "machines": sorted(machine.id for machine in machines)},
            marker=request.marker,
            nothing_to_do="" if units else f"every machine runs with {wanted.key}={wanted.value}",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - the configs tell
        """By the variable in each machine's config."""
        machines = {machine.id: machine for machine in await self._fly.machines(change.target)}
        found = tuple(_place(change, unit, machines.get(unit.id)) for unit in change.units)
        new = sorted(machines.keys() - set(change.settings["machines"]))
        if new and not change.settings.get("undo") and any(place.at is At.WAS for place in found):
            raise PolicyError(Rule.TARGET_GREW, f"machine {new[0]} appeared since this was planned")
        return Survey(places=found)

    async def write(self, change: Change, unit: Unit) -> None:
        """Replaces the machine's config by the same one with the other value."""
        key = change.settings["key"]

        def edit(config: Config) -> Config:
            rest = {name: value for name, value in (config.get("env") or {}).items() if name != key}
            return {**config, "env": rest if unit.to is None else {**rest, key: unit.to}}

        await update(self._fly, change, unit.id, lambda machine: _of(machine, key) == unit.was, edit)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """One `fly machine update` for each machine; flyctl can empty a variable, not take it away."""
        key, app = change.settings["key"], change.target.name
        return [
            f"fly machine update {unit.id} --env {quote(assigned)} --app {app} --yes"
            for unit in change.units
            for assigned in (f"{key}={unit.to or ''}",)
        ]


def _of(machine: Machine, key: str) -> str | None:
    found = (machine.config.get("env") or {}).get(key)
    value = None if found is None else str(found)
    refuse_what_is_no_flag(key, value)
    return value


def _place(change: Change, unit: Unit, machine: Machine | None) -> Place:
    if machine is None:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen="a machine that no longer exists")
    seen = _of(machine, change.settings["key"])
    if seen == unit.to:
        refuse_failed(machine)
        awaited = machine.metadata.get(MARK) == change.marker and not change.settings.get("undo")
        return Place(
            unit=unit.id, at=At.TO, seen=seen, settling=machine.settling if awaited else machine.moving
        )
    return Place(unit=unit.id, at=At.WAS if seen == unit.was else At.ELSEWHERE, seen=seen)
