"""`fly.scale` by size: every machine at least so large, one after the other."""

from typing import Any

from activities.contract import Seen, Settings, Verb, largest_sizes
from activities.fly.answers import Machine
from activities.fly.leased import GONE, left_alone, refuse_failed, settling_of, time_to_stop
from activities.fly.sizes import SIZES, Guest, holding, is_smaller, rank
from activities.portable.verbs import ONE_MORE
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Direction, PlanRequest, Unit
from stanch.plain import amount
from stanch.rules import Rule

_LARGEST = list(SIZES)[-1]


class ScaleSettings(Settings):
    """By `size`, or from `count` machines to more."""

    size: str = ""
    count: int = 0
    machines: tuple[str, ...] = ()
    """Those that there were."""


def larger(
    verb: Verb[Any], request: PlanRequest, machines: list[Machine], wanted: str, *, compared: bool
) -> Change:
    """Every smaller machine at least so large, capped by the limit; with `+1` twice its memory too."""
    here = [machine for machine in machines if machine.is_reachable]
    doubles = wanted == ONE_MORE
    wanted = _next(here) if doubles else wanted
    largest = _least(largest_sizes(request, wanted))
    goal = largest if is_smaller(SIZES[largest], SIZES[wanted]) else wanted
    smaller = [machine for machine in here if is_smaller(size_of_machine(machine), SIZES[goal])]
    capped = f"largest size allowed is {largest}: cap reached" if goal != wanted else ""
    return verb.change(
        request,
        (Unit(id=one.id, was=size_of_machine(one), to=_grown(one, goal, doubles=doubles)) for one in smaller),
        f"resize {amount(len(smaller), 'machine')} of {request.target.name} to {goal}",
        because=f"{wanted} wanted; {largest} is the largest allowed",
        effects=(
            "restarts each machine, one after the other",
            "a later fly deploy may set it back",
            *left_alone(machines, compared=compared),
        ),
        settings=ScaleSettings(size=goal, machines=tuple(one.id for one in machines)),
        takes_away=(Direction.THERE, Direction.BACK),
        limits={"largest_size": largest},
        settles_within=time_to_stop(verb, smaller),
        nothing_to_do=capped or f"every machine is at least {goal}",
    )


def _least(allowed: tuple[str, ...]) -> str:
    for size in allowed:
        if size not in SIZES:
            raise PolicyError(Rule.LARGEST_SIZE, f"the limit largest_size {size} is no size of Fly's")
    return min(allowed, key=lambda size: rank(SIZES[size]))


def _next(machines: list[Machine]) -> str:
    """The first preset beyond the smallest machine's with room for twice its memory; else the last."""
    smallest = min((size_of_machine(one) for one in machines), key=rank, default=SIZES[_LARGEST])
    doubled = 2 * _memory(smallest)
    beyond = (size for size, guest in SIZES.items() if rank(guest)[:2] > rank(smallest)[:2])
    return next((size for size in beyond if holding(SIZES[size], doubled)), _LARGEST)


def _grown(machine: Machine, size: str, *, doubles: bool) -> Guest:
    """That size, and never less memory than now; twice of it, where that is wanted and can be."""
    memory = _memory(machine.guest)
    guest = (holding(SIZES[size], 2 * memory) if doubles else None) or holding(SIZES[size], memory)
    if guest is None:
        raise PolicyError(Rule.LESS_MEMORY, f"machine {machine.id} has {memory} MB, which {size} cannot have")
    return guest


def _memory(guest: Guest) -> int:
    return int(guest.get("memory_mb") or 0)


def size_of_machine(machine: Machine) -> Guest:
    """What of a machine's guest is its size."""
    guest = machine.guest
    return {key: guest.get(key) for key in ("cpu_kind", "cpus", "memory_mb")}


def as_guest(value: Any) -> dict[str, Any]:
    """A unit's value as a size."""
    if not isinstance(value, dict):
        raise Rejected("fly", "the plan names no size for this machine")
    return value


def seen_size(change: Change, unit: Unit, machine: Machine | None) -> Seen:
    """The size of one machine; what is larger already is as good, on the way there."""
    if machine is None:
        return GONE
    size = size_of_machine(machine)
    if size != unit.was and is_large_enough(size, unit):
        refuse_failed(machine, change)
        return Seen(size, settling_of(machine, change))
    return Seen(size)


def is_large_enough(size: Guest, unit: Unit) -> bool:
    """Whether a size is the wanted one, or beyond it where the plan makes machines larger."""
    grows = is_smaller(as_guest(unit.was), as_guest(unit.to))
    return size == unit.to or (grows and not is_smaller(size, as_guest(unit.to)))
