"""`netlify.set_flag`: a variable that all may see, and a new build of production that carries it."""

from datetime import timedelta
from shlex import quote
from typing import ClassVar

from activities.contract import arguments_of
from activities.netlify.answers import Deploy, Variable
from activities.netlify.carried import BECAUSE, REBUILDS, Carried, Key, carries, deployment, resolved
from activities.netlify.client import NEEDS
from activities.open_values import OpenValue, moved, refuse_a_secret, refuse_what_is_no_flag
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, VerbSpec

_SHARED = "production gets a value of its own; other contexts keep the one they share"


class SetFlagArguments(Written):
    """Which variable of production gets which value."""

    key: Key
    value: OpenValue


class SetFlag(Carried):
    """Sets the variable, and builds what is in production with it."""

    spec: ClassVar = VerbSpec(
        name="netlify.set_flag",
        says="An environment variable of production, and a new build of its commit that carries it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetFlagArguments,
        of="netlify",
        floor=Approval.ONE,
        if_no_help=NoHelp.KEEP,
        effects=(REBUILDS,),
        takes=timedelta(hours=1),  # docs.netlify.com: a build may take half an hour, after its queue
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the value that stands; refuses a secret's, and a build that would bring anything else."""
        wanted = arguments_of(SetFlagArguments, request)
        refuse_a_secret(wanted.key, "netlify.set_secret")
        standing = await self._standing(request)
        settings = resolved(request, standing, wanted.key)
        variable = await self._environment.variable(settings)
        shared = variable is not None and variable.own is None
        units = _units(wanted, variable, standing.current)
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=units,
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"set {wanted.key}={wanted.value} on {request.target.name} and build it anew"
            f"{moved(unit for unit in units if unit.to == wanted.value)}",
            because=BECAUSE,
            effects=(REBUILDS, *((_SHARED,) if shared else ())),
            settings={**settings, "shared": shared},
            marker=request.marker,
            nothing_to_do="" if units else f"production was built with {wanted.key}={wanted.value}",
        )

    @classmethod
    def _typed(cls, change: Change, unit: Unit) -> str:
        key = change.settings["key"]
        if unit.to is None:
            return f"env:unset {key}"
        return f"env:set {key} {quote(str(unit.to))} --context production"

    async def _stands(self, change: Change, unit: Unit, done: frozenset[str]) -> Place:  # noqa: ARG002 - the value tells
        found = await self._environment.variable(change.settings)
        seen = found.production if found else None
        at = {unit.was: At.WAS, unit.to: At.TO}.get(seen, At.ELSEWHERE)
        return Place(unit=unit.id, at=at, seen=seen)

    async def _set(self, change: Change, unit: Unit) -> None:
        await self._environment.put(
            change.settings, None if unit.to is None else str(unit.to), goes_back=change.goes_back
        )


def _units(wanted: SetFlagArguments, variable: Variable | None, current: Deploy) -> tuple[Unit, ...]:
    was = variable.production if variable else None
    refuse_what_is_no_flag(wanted.key, was)
    build = deployment(current, f"{wanted.key}={wanted.value}")
    if was != wanted.value:
        return (Unit(id=f"env:{wanted.key}", was=was, to=wanted.value), build)
    return () if carries(current, variable) else (build,)
