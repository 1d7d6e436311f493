"""`fly.restart`: one machine after the other, each once.

A restart has no end state. Its marker is Fly's own: a `start` event newer than the one planned on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen, Verb
from activities.fly.answers import Machine
from activities.fly.client import NEEDS, Fly
from activities.fly.leased import GONE, leased, left_alone, refuse_failed, time_to_stop
from activities.fly.patient_api import goes_on
from activities.fly.roll_back import refuse_while_deploying
from stanch.errors import PolicyError
from stanch.model.change import Change, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.plain import amount
from stanch.rules import Rule

RESTARTED = "restarted"
_GRACE = timedelta(seconds=30)


class Restart(Verb[Fly]):
    """Restarts every machine of the app that runs, and starts what crashed; not what is to stand still."""

    spec: ClassVar = VerbSpec(
        name="fly.restart",
        awaits_health=True,
        says="Restart the machines, one at a time; the next only when the one before is healthy",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(waits_for=WaitsFor.SEEN, usually="10 to 90 s for each machine"),
        takes_away=(Direction.THERE,),
        of="fly",
        effects=("each machine is away for some seconds, one after the other",),
        takes=timedelta(minutes=15),  # Fly: stuck is what restarts for over 10 min
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers each machine's last start, so that a newer one proves the restart."""
        target = request.target
        (every, compared), releases = await asyncio.gather(
            self.vendor.machines_compared(target), self.vendor.releases_if_told(target.name)
        )
        machines = [one for one in every if one.is_reachable and (one.state == "started" or one.crash)]
        if not machines:
            raise PolicyError(
                Rule.NOTHING_TO_RESTART, f"{target.name} has no machine that runs or has crashed"
            )
        await refuse_while_deploying(self.vendor, target, machines, releases, request.as_of)
        return self.change(
            request,
            (Unit(id=machine.id, was=machine.last_start, to=RESTARTED) for machine in machines),
            f"restart {amount(len(machines), 'machine')} of {target.name}, one at a time",
            undo=Undo(kind=UndoKind.NONE, why="a restart cannot be taken back"),
            settles_within=time_to_stop(self, machines),
            effects=(
                *self.spec.effects,
                *left_alone(every, compared=compared, told=bool(releases)),
            ),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """A start event newer than the planned one means restarted."""
        goes_on(done)
        known = {unit.id for unit in change.units}
        machines = {machine.id: machine for machine in await self.vendor.machines(change.target, known)}
        return {unit.id: _seen(change, unit, machines.get(unit.id), done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Restarts one machine under its lease, unless it started meanwhile."""
        async with leased(self.vendor, change, unit.id) as (machine, lease):
            if machine.moving or machine.is_to_stand_still or _has_started(unit, machine):
                return
            path = f"apps/{change.target.name}/machines/{unit.id}"
            if machine.crash:
                await self.vendor.api.post(f"{path}/start", headers=lease)
            else:
                # Fly kills what has not stopped by then: it gets the time that its own settings give it.
                within = {"timeout": f"{int(max(_GRACE, machine.stops_within).total_seconds())}s"}
                await self.vendor.api.post(f"{path}/restart", params=within, headers=lease)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """One `fly machine restart` for each machine."""
        app = change.target.name
        return [f"fly machine restart {unit.id} --app {app}" for unit in change.units]


def _seen(change: Change, unit: Unit, machine: Machine | None, done: frozenset[str]) -> Seen:
    if machine is None:
        return GONE
    has_started = _has_started(unit, machine)
    refuse_failed(machine, change, ours=has_started)
    if has_started:
        return Seen(RESTARTED, machine.settling, shown=machine.last_start)
    if machine.is_to_stand_still:
        return Seen(RESTARTED, shown=machine.last_start)  # stopped meanwhile: it runs anew whenever it starts
    if unit.id in done or machine.moving:
        return Seen(RESTARTED, machine.moving or "restarting", shown=machine.last_start)
    return Seen(unit.was, shown=machine.last_start)


def _has_started(unit: Unit, machine: Machine) -> bool:
    """Newer, not merely other: Fly lists only the last events, and an old start drops out."""
    return machine.last_start > int(str(unit.was))
