"""Larger tasks of Fargate: a new revision of what the service runs, with more CPU and memory."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from activities.aws import fargate
from activities.aws.client import Aws
from activities.aws.fargate import Size
from activities.aws.revisions import EFFECTS, Definition, Revisions, RevisionSettings, by_hand
from activities.contract import Seen, arguments_of, largest_sizes
from activities.portable.verbs import ONE_MORE, Capacity
from stanch.errors import PolicyError
from stanch.model.change import Change, PlanRequest, Unit
from stanch.rules import Rule

SIZE = "size"
"""The unit that is the size of a task."""
_DEARER = "larger tasks cost more until they are taken back"


@dataclass(frozen=True)
class Resize:
    """What a larger size comes to."""

    units: tuple[Unit, ...]
    summary: str
    because: str
    effects: tuple[str, ...]
    revision: RevisionSettings
    largest: str
    nothing_to_do: str


class Sizes:
    """The size of a service's tasks."""

    def __init__(self, aws: Aws) -> None:
        self._revisions = Revisions(aws)

    async def plan(self, request: PlanRequest, arguments: type[Capacity]) -> Resize:
        """At least so much of both, or the next step, capped by the limits."""
        _, whole, standing = await self._revisions.standing(request)
        name, now = request.target.name, _size_of(whole)
        asked = str(arguments_of(arguments, request, {"size": str(now)}).size)
        wanted = _wanted(asked, now)
        largest = [fargate.read(one) for one in largest_sizes(request, str(fargate.LARGEST))]
        goal = Size(
            min(wanted.cpu, *(one.cpu for one in largest)),
            min(wanted.memory, *(one.memory for one in largest)),
        )
        found = fargate.at_least(Size(max(goal.cpu, now.cpu), max(goal.memory, now.memory)))
        if found is None or not all(one.holds(found) for one in largest):
            found = now
        capped = f"the largest size allowed is {min(largest)}: cap reached" if not found.holds(wanted) else ""
        return Resize(
            units=() if found == now else (Unit(id=SIZE, was=str(now), to=str(found)),),
            summary=f"resize the tasks of {name} from {now} to {found} (CPU units/MiB)",
            because=f"{asked} asked for; {min(largest)} is the largest allowed",
            effects=(*EFFECTS, _DEARER, *_held_back(whole)),
            revision=standing,
            largest=str(min(largest)),
            nothing_to_do=capped or f"the tasks of {name} have {now}, at least {wanted}",
        )

    async def seen(self, change: Change, unit: Unit, revision: RevisionSettings) -> Seen:
        """By the task definition that the service wants."""
        return await self._revisions.seen(change, unit, revision)

    async def write(self, change: Change, unit: Unit, revision: RevisionSettings) -> None:
        """Registers a revision of that size, and deploys it; on the way back, the one that ran before."""
        size = fargate.read(str(unit.to))

        def edit(whole: Definition) -> Definition:
            return {**whole, "cpu": str(size.cpu), "memory": str(size.memory)}

        await self._revisions.deploy(change, revision, edit)


def commands_of(change: Change, revision: RevisionSettings) -> Sequence[str]:
    """`aws ecs register-task-definition` of the edited one, then `aws ecs update-service`."""
    found: list[str] = []
    for unit in change.units:
        cpu, _, memory = str(unit.to).partition("/")
        found += by_hand(change, revision, f".cpu = {json.dumps(cpu)} | .memory = {json.dumps(memory)}")
    return found


def _size_of(whole: Definition) -> Size:
    cpu, memory = str(whole.get("cpu") or ""), str(whole.get("memory") or "")
    if "FARGATE" not in (whole.get("requiresCompatibilities") or []) or not (
        cpu.isdigit() and memory.isdigit()
    ):
        raise PolicyError(Rule.UNKNOWN_SIZE, "what runs has no size of Fargate's that could be raised")
    return Size(int(cpu), int(memory))


def _wanted(asked: str, now: Size) -> Size:
    if asked != ONE_MORE:
        return fargate.read(asked)
    found = fargate.after(now)
    if found is None:
        raise PolicyError(Rule.LARGEST_SIZE, f"{now} is the largest size that Fargate has")
    return found


def _held_back(whole: Definition) -> list[str]:
    """Containers that have a limit of their own, which stays as it is."""
    limited: list[dict[str, Any]] = [one for one in whole["containerDefinitions"] if one.get("memory")]
    return [f"the container {one['name']} keeps its own limit of {one['memory']} MiB" for one in limited]
