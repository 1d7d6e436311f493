"""`fly.restart`: one machine after the other, each once.

A restart has no end state. Its marker is Fly's own: a `start` event newer than the one planned on.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Verb
from activities.fly.answers import Machine
from activities.fly.client import NEEDS, Fly
from activities.fly.leased import leased, refuse_failed
from activities.fly.roll_back import refuse_while_deploying
from stanch.errors import PolicyError
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import VerbSpec
from stanch.rules import Rule

EFFECTS = ("each machine is away for some seconds, one after the other",)


class Restart(Verb):
    """Restarts every started machine of the app."""

    spec: ClassVar = VerbSpec(
        name="fly.restart",
        awaits_health=True,
        says="Restart the machines, one at a time; the next only when the one before is healthy",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        of="fly",
        effects=EFFECTS,
        takes=timedelta(minutes=15),  # Fly: stuck is what restarts for over 10 min
        needs=NEEDS,
    )

    def __init__(self, fly: Fly) -> None:
        self._fly = fly

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers each machine's last start, so that a newer one proves the restart."""
        target = request.target
        machines = [machine for machine in await self._fly.machines(target) if machine.state == "started"]
        if not machines:
            raise PolicyError(Rule.NOTHING_TO_RESTART, f"{target.name} has no started machine")
        await refuse_while_deploying(self._fly, target, machines, await self._fly.releases(target.name))
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=tuple(Unit(id=machine.id, was=machine.last_start, to="restarted") for machine in machines),
            undo=Undo(kind=UndoKind.NONE, why="a restart cannot be taken back"),
            summary=f"restart {len(machines)} machines of {target.name}, one at a time",
            effects=EFFECTS,
            marker=request.marker,
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """A start event newer than the planned one means restarted."""
        machines = {machine.id: machine for machine in await self._fly.machines(change.target)}
        return Survey(places=tuple(_place(unit, machines.get(unit.id), done) for unit in change.units))

    async def write(self, change: Change, unit: Unit) -> None:
        """Restarts one machine under its lease, unless it started meanwhile."""
        async with leased(self._fly, change, unit.id) as (machine, lease):
            if not (machine.moving or _has_started(unit, machine)):
                await self._fly.api.post(
                    f"apps/{change.target.name}/machines/{unit.id}/restart",
                    params={"timeout": "30s"},
                    headers=lease,
                )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """One `fly machine restart` for each machine."""
        app = change.target.name
        return [f"fly machine restart {unit.id} --app {app}" for unit in change.units]


def _place(unit: Unit, machine: Machine | None, done: frozenset[str]) -> Place:
    if machine is None:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen="a machine that no longer exists")
    refuse_failed(machine)
    if _has_started(unit, machine):
        return Place(unit=unit.id, at=At.TO, seen=machine.last_start, settling=machine.settling)
    if unit.id in done or machine.moving:
        return Place(unit=unit.id, at=At.TO, seen=machine.last_start, settling=machine.moving or "restarting")
    return Place(unit=unit.id, at=At.WAS, seen=machine.last_start)


def _has_started(unit: Unit, machine: Machine) -> bool:
    """Newer, not merely other: Fly lists only the last events, and an old start drops out."""
    return machine.last_start > int(str(unit.was))
