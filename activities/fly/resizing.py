"""`fly.scale` by size: every machine at least so large, one after the other."""

from typing import Any

from activities.contract import largest_sizes
from activities.fly.answers import Machine
from activities.fly.leased import refuse_failed
from activities.fly.sizes import SIZES, Guest, holding, is_smaller, rank
from stanch.errors import PolicyError, Rejected
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Undo, UndoKind, Unit
from stanch.rules import Rule


def larger(request: PlanRequest, machines: list[Machine], wanted: str) -> Change:
    """Every smaller machine at least so large, capped by the limit."""
    largest = _least(largest_sizes(request, wanted))
    goal = largest if is_smaller(SIZES[largest], SIZES[wanted]) else wanted
    smaller = [machine for machine in machines if is_smaller(size_of_machine(machine), SIZES[goal])]
    capped = f"largest size allowed is {largest}: cap reached" if goal != wanted else ""
    return Change(
        verb="fly.scale",
        kind=Kind.STATE,
        target=request.target,
        units=tuple(Unit(id=one.id, was=size_of_machine(one), to=_grown(one, goal)) for one in smaller),
        undo=Undo(kind=UndoKind.RESTORES),
        summary=f"resize {len(smaller)} machines of {request.target.name} to {goal}",
        because=f"{wanted} wanted; {largest} is the largest allowed",
        effects=("restarts each machine, one after the other", "a later fly deploy may set it back"),
        settings={"size": goal},
        limits={"largest_size": largest},
        marker=request.marker,
        nothing_to_do="" if smaller else capped or f"every machine is at least {goal}",
    )


def _least(allowed: tuple[str, ...]) -> str:
    for size in allowed:
        if size not in SIZES:
            raise PolicyError(Rule.LARGEST_SIZE, f"the limit largest_size {size} is no size of Fly's")
    return min(allowed, key=lambda size: rank(SIZES[size]))


def _grown(machine: Machine, size: str) -> Guest:
    """That size, and never less memory than now."""
    memory = int(machine.guest.get("memory_mb") or 0)
    guest = holding(SIZES[size], memory)
    if guest is None:
        raise PolicyError(Rule.LESS_MEMORY, f"machine {machine.id} has {memory} MB, which {size} cannot have")
    return guest


def size_of_machine(machine: Machine) -> Guest:
    """What of a machine's guest is its size."""
    guest = machine.guest
    return {key: guest.get(key) for key in ("cpu_kind", "cpus", "memory_mb")}


def as_guest(value: Any) -> dict[str, Any]:
    """A unit's value as a size."""
    if not isinstance(value, dict):
        raise Rejected("fly", "the plan names no size for this machine")
    return value


def size_place(change: Change, unit: Unit, machine: Machine | None) -> Place:
    """Where one machine's size stands."""
    if machine is None:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen="a machine that no longer exists")
    seen = size_of_machine(machine)
    if seen == unit.was:
        return Place(unit=unit.id, at=At.WAS, seen=seen)
    grows = is_smaller(as_guest(unit.was), as_guest(unit.to))
    beyond = grows and not is_smaller(seen, as_guest(unit.to))
    if seen == unit.to or beyond:
        refuse_failed(machine)
        # A size that was too small is no better on the way back: there it only has to stand.
        settling = machine.moving if change.settings.get("undo") else machine.settling
        return Place(unit=unit.id, at=At.TO, seen=seen, settling=settling)
    return Place(unit=unit.id, at=At.ELSEWHERE, seen=seen)
