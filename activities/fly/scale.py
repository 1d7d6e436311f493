"""`fly.scale`: more machines, or larger ones; never fewer and never smaller.

`count` copies a machine of the app under a name of its own; `size` updates one machine after the other.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from activities.contract import Seen, Verb, arguments_of
from activities.fly.answers import Machine
from activities.fly.client import NEEDS, Fly
from activities.fly.leased import Config, left_alone, refuse_failed, update
from activities.fly.listing import named_by_graphql
from activities.fly.patient_api import goes_on
from activities.fly.readings import size_of
from activities.fly.resizing import (
    ScaleSettings,
    as_guest,
    is_large_enough,
    larger,
    seen_size,
    size_of_machine,
)
from activities.fly.sizes import SIZES
from activities.portable.verbs import ONE_MORE, Capacity, Size, so_many
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.change import Change, Direction, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.rules import Rule


def _known(size: str | None) -> str | None:
    if size not in {None, ONE_MORE, *SIZES}:
        message = f"{size} is no size of Fly's; one is {', '.join(SIZES)}"
        raise ValueError(message)
    return size


class ScaleArguments(Capacity):
    """`size` is one of Fly's presets; the next comes with twice the memory."""

    size: Annotated[Size, AfterValidator(_known)] = None


class Scale(Verb[Fly]):
    """Adds capacity within the service's limits."""

    spec: ClassVar = VerbSpec(
        name="fly.scale",
        awaits_health=True,
        says="At least so many machines, or machines of at least such a size, within the limits",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN,
            usually="10 to 90 s for each machine",
            limits="the quota of the organisation, and the room on a host",
        ),
        takes_away=(Direction.BACK,),
        arguments=ScaleArguments,
        of="fly",
        was={"count": "int", "memory_mb": "int", "size": "string"},
        effects=("a larger size restarts each machine", "a later fly deploy may set it back"),
        takes=timedelta(minutes=15),  # Fly: stuck is what updates for over 10 min
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves `at least` against what is there now, capped by the limits."""
        machines, compared = await self.vendor.machines_compared(request.target)
        if not machines:
            raise PolicyError(Rule.NOTHING_TO_SCALE, f"{request.target.name} has no machine to copy")
        was = {
            "count": len(machines),
            "memory_mb": int(machines[0].guest.get("memory_mb", 0)),
            "size": size_of(machines[0]),
        }
        wanted = arguments_of(ScaleArguments, request, was)
        if wanted.size is not None:
            return larger(self, request, machines, wanted.size, compared=compared)
        count = so_many(wanted.count or 1, len(machines))
        return self._more(request, machines, count, compared=compared)

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """New machines by their names; sizes machine by machine."""
        goes_on(done)
        known = ScaleSettings.of(change).machines
        if change.goes_back:  # the ids of ours stand in no plan: a list that lacks them would pass for done
            known = (*known, *(await named_by_graphql(self.vendor, change.target.name) or ()))
        machines = await self.vendor.machines(change.target, known)
        if ScaleSettings.of(change).size:
            by_id = {machine.id: machine for machine in machines}
            return {unit.id: seen_size(change, unit, by_id.get(unit.id)) for unit in change.units}
        by_name = {machine.name: machine for machine in machines}
        _refuse_other_count(change, by_name)
        return {unit.id: _seen(change, unit, by_name.get(unit.id)) for unit in change.units}

    def is_reached(self, change: Change, unit: Unit, value: Any) -> bool:
        """A larger machine is as good."""
        if ScaleSettings.of(change).size and isinstance(value, dict):
            return is_large_enough(value, unit)
        return super().is_reached(change, unit, value)

    async def write(self, change: Change, unit: Unit) -> None:
        """Creates, removes or resizes one machine."""
        if ScaleSettings.of(change).size:
            await self._resize(change, unit)
        elif unit.to is None:
            await self._remove(change, unit)
        else:
            await self._create(change, unit)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`fly machine update` with a size, `fly scale count`, or machines destroyed on the way back."""
        app, planned = change.target.name, ScaleSettings.of(change)
        if planned.size:
            return [
                f"fly machine update {unit.id} --vm-cpu-kind {size['cpu_kind']} --vm-cpus {size['cpus']}"
                f" --vm-memory {size['memory_mb']} --app {app} --yes"
                for unit in change.units
                for size in (as_guest(unit.to),)
            ]
        count = planned.count + (0 if change.goes_back else len(change.units))
        return [f"fly scale count {count} --app {app} --yes"]

    def _more(self, request: PlanRequest, machines: list[Machine], wanted: int, *, compared: bool) -> Change:
        cap = int(str(request.limits.get("max_count", wanted)))
        goal = max(len(machines), min(wanted, cap))
        peer = _peer(request, machines)
        if peer.config.get("mounts") and goal > len(machines):
            raise PolicyError(Rule.NEEDS_VOLUME, f"machines of {request.target.name} mount a volume each")
        stem = re.sub(r"[^a-z0-9]+", "-", request.marker.lower())
        names = [f"{stem}-{n}" for n in range(1, goal - len(machines) + 1)]
        here = f"{len(machines)} machines run"
        return self.change(
            request,
            (Unit(id=name, was=None, to={"copy_of": peer.id, "region": peer.region}) for name in names),
            f"scale {request.target.name} from {len(machines)} to {goal} machines",
            because=f"{here}; {wanted} wanted, at most {cap} allowed",
            effects=("a later fly deploy keeps the new machines", *left_alone(machines, compared=compared)),
            settings=ScaleSettings(count=len(machines), machines=tuple(one.id for one in machines)),
            limits={"max_count": cap},
            nothing_to_do=_enough(here, wanted, cap),
        )

    async def _resize(self, change: Change, unit: Unit) -> None:
        def edit(config: Config) -> Config:
            return {**config, "guest": {**config.get("guest", {}), **as_guest(unit.to)}}

        await update(self.vendor, change, unit.id, lambda machine: size_of_machine(machine) == unit.was, edit)

    async def _create(self, change: Change, unit: Unit) -> None:
        wish = as_guest(unit.to)
        peer = await self.vendor.listed_machine(change.target.name, str(wish["copy_of"]))
        config = {**peer.config, "metadata": {**peer.metadata, "stanch_change": change.marker}}
        try:
            await self.vendor.api.post(
                f"apps/{change.target.name}/machines",
                {"name": unit.id, "region": wish["region"], "config": config},
            )
        except Rejected as error:
            if "name" in str(error) and "taken" in str(error):
                raise Conflict("fly", f"{unit.id} was created just now") from error
            raise

    async def _remove(self, change: Change, unit: Unit) -> None:
        app = change.target.name
        machine = next(
            (found for found in await self.vendor.machines(change.target) if found.name == unit.id), None
        )
        if machine is None:
            return
        await self.vendor.api.post(f"apps/{app}/machines/{machine.id}/cordon")
        await self.vendor.api.post(f"apps/{app}/machines/{machine.id}/stop")
        await self.vendor.api.send("DELETE", f"apps/{app}/machines/{machine.id}", params={"force": "true"})


def _peer(request: PlanRequest, machines: list[Machine]) -> Machine:
    """The one that is copied: what its host does not tell whole is no model."""
    groups = sorted({machine.process_group for machine in machines if machine.is_reachable})
    if len(groups) > 1:
        raise PolicyError(
            Rule.AMBIGUOUS,
            f"{request.target.name} has the process groups {', '.join(groups)}: name one in runs_on",
        )
    here = sorted(
        (machine for machine in machines if machine.is_reachable), key=lambda one: one.state != "started"
    )
    if not here:
        raise PolicyError(
            Rule.NOTHING_TO_SCALE, f"no machine of {request.target.name} is on a host that answers"
        )
    return here[0]


def _enough(here: str, wanted: int, cap: int) -> str:
    return f"{here} and the limit is {cap}: cap reached" if cap < wanted else f"{here}, {wanted} wanted"


def _seen(change: Change, unit: Unit, machine: Machine | None) -> Seen:
    """A machine of ours exists or does not; either is the end state of one direction."""
    if (machine is not None) is not (unit.to is not None):
        return Seen(unit.was, shown=machine is not None)
    if machine is None:
        return Seen(unit.to, shown=False)
    refuse_failed(machine, change)
    settling = "created" if machine.state == "created" else machine.settling
    return Seen(unit.to, settling, shown=True)


def _refuse_other_count(change: Change, machines: dict[str, Machine]) -> None:
    """Machines that are not ours must be as many as were planned on, or the cap would be passed.

    On the way back there may be more, but not fewer: ours may be what carries the app by now.
    """
    ours = {unit.id for unit in change.units}
    others, planned = sum(name not in ours for name in machines), ScaleSettings.of(change).count
    if others < planned or (others > planned and not change.goes_back):
        raise PolicyError(
            Rule.TARGET_MOVED, f"{change.target.name} has {others} other machines, not {planned} as planned"
        )
