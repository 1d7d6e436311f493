"""`aws.set_config`: a plain variable of a container, by a new revision of what the service runs."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from activities.aws import ecs
from activities.aws.client import Aws
from activities.aws.containers import container_of
from activities.aws.revisions import EFFECTS, NEEDS, Definition, Revisions, RevisionSettings, by_hand
from activities.contract import Seen, Verb, arguments_of
from activities.open_values import Key, NewValue, moved, refuse_a_secret, resolved, stated
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, VerbSpec
from stanch.rules import Rule


class SetConfigArguments(Written):
    """Which variable gets which value, and of which container; without one, the only essential."""

    key: Key
    value: NewValue
    container: str = ""


class VariableSettings(RevisionSettings):
    """The variable, and its container."""

    container: str
    key: str


class SetConfig(Verb[Aws]):
    """Deploys the running task definition with one variable changed."""

    spec: ClassVar = VerbSpec(
        name="aws.set_config",
        awaits_health=True,
        says="A plain variable of the service's container: a new revision like the running one, deployed",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN,
            usually="2 to 15 min",
            limits="Fargate starts about 100 tasks at once, then 20 a second; older accounts 10, then 1",
        ),
        arguments=SetConfigArguments,
        of="aws",
        floor=Approval.ONE,
        effects=EFFECTS,
        takes=timedelta(minutes=45),  # as a deployment: ECS: 2 to 15 min, and draining
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    stale_for: ClassVar = ecs.STALE_FOR
    arrives_within: ClassVar = timedelta(0)  # by value; a revision that is not deployed harms nobody

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self._revisions = Revisions(aws)

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the variable of what runs; refuses secrets, and what is no flag."""
        wanted = arguments_of(SetConfigArguments, request)
        refuse_a_secret(wanted.key, "aws.set_secret")
        _, whole, standing = await self._revisions.standing(request)
        every = {one["name"]: one for one in whole["containerDefinitions"]}
        essential = {name: bool(one.get("essential", True)) for name, one in every.items()}
        container = every[container_of(essential, wanted.container)]
        if any(one.get("name") == wanted.key for one in container.get("secrets") or []):
            raise PolicyError(
                Rule.HOLDS_A_SECRET, f"{wanted.key} comes from a store of secrets: use aws.set_secret"
            )
        was = _variables(container).get(wanted.key)
        to = resolved(wanted.key, wanted.value, was)
        units = () if was == to else (Unit(id=wanted.key, was=was, to=to),)
        return self.change(
            request,
            units,
            f"set {stated(wanted.key, wanted.value)} for {container['name']} of {request.target.name}"
            f"{moved(units)}",
            because="tasks keep the environment of their task definition",
            settings=VariableSettings(
                **standing.model_dump(), container=str(container["name"]), key=wanted.key
            ),
            nothing_to_do=f"{wanted.key} is {was} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the task definition that the service wants."""
        settings = VariableSettings.of(change)
        return {unit.id: await self._revisions.seen(change, unit, settings) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Registers the revision, and deploys it; on the way back, the one that ran before."""
        settings = VariableSettings.of(change)

        def edit(whole: Definition) -> Definition:
            return {
                **whole,
                "containerDefinitions": [
                    _with(one, unit) if one["name"] == settings.container else one
                    for one in whole["containerDefinitions"]
                ],
            }

        await self._revisions.deploy(change, settings, edit)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws ecs register-task-definition` of the edited one, then `aws ecs update-service`."""
        settings = VariableSettings.of(change)
        found = (
            f"(.containerDefinitions[] | select(.name == {json.dumps(settings.container)}) | .environment)"
        )
        return [
            line
            for unit in change.units
            for line in by_hand(
                change,
                settings,
                f"{found} |= (map(select(.name != {json.dumps(unit.id)}))"
                f" + [{json.dumps({'name': unit.id, 'value': unit.to})}])",
            )
        ]


def _variables(container: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in container.get("environment") or []}


def _with(container: Definition, unit: Unit) -> Definition:
    variables = {**_variables(container), unit.id: str(unit.to)}
    return {
        **container,
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
    }
