"""`vercel.set_flag`: an environment variable, and a new build of the commit in production that carries it.

A deployment keeps the environment it was built with (vercel.com/docs/environment-variables, read 2026-11):
the variable alone changes nothing for visitors.
"""

from collections.abc import Sequence
from datetime import timedelta
from shlex import quote
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from activities.contract import Verb, arguments_of
from activities.open_values import OpenValue, moved, refuse_a_secret, refuse_what_is_no_flag
from activities.vercel.answers import Deployment, Variable
from activities.vercel.by_hand import scope
from activities.vercel.client import NEEDS, Vercel
from activities.vercel.environment import PRODUCTION, Environment
from activities.vercel.rebuild import (
    DEPLOYMENT,
    REBUILDS,
    Rebuild,
    Seen,
    place_of_build,
    refuse_where_no_build_goes_live,
)
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, VerbSpec


class SetFlagArguments(Written):
    """Which variable of production gets which value."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=256)]
    value: OpenValue
    target: Literal["production"] = "production"


class SetFlag(Verb):
    """Sets the variable, and rebuilds what is in production with it."""

    spec: ClassVar = VerbSpec(
        name="vercel.set_flag",
        says="An environment variable of production, and a new build of its commit that carries it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetFlagArguments,
        of="vercel",
        floor=Approval.ONE,
        if_no_help=NoHelp.KEEP,
        effects=(REBUILDS,),
        takes=timedelta(hours=1),  # vercel.com/docs/builds: a build may take 45 min, after its queue
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=10)

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel
        self._environment = Environment(vercel)
        self._rebuild = Rebuild(vercel)

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the value that stands; refuses where it is a secret's, or a new build would not go live."""
        wanted = arguments_of(SetFlagArguments, request)
        refuse_a_secret(wanted.key, "vercel.set_secret")
        standing = await self._vercel.standing(request.target)
        standing.refuse_while_deploying()
        refuse_where_no_build_goes_live(standing)
        project, current = standing.project, standing.current
        variable = await self._environment.variable(request.target, project.id, wanted.key)
        units = _units(wanted, variable, current)
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=units,
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"set {wanted.key}={wanted.value} on {request.target.name} and build it anew"
            f"{moved(unit for unit in units if unit.to == wanted.value)}",
            because="a deployment keeps the environment it was built with",
            effects=_effects(variable),
            settings={
                "project": project.id,
                "name": project.name,
                "key": wanted.key,
                "build": request.marker,
                "last_move_at": project.last_move.requested_at if project.last_move else 0,
            },
            marker=request.marker,
            nothing_to_do="" if units else f"production was built with {wanted.key}={wanted.value}",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - Vercel knows
        """The variable first, in both directions: a build takes the environment of its moment."""
        seen = await self._rebuild.look(change)
        units = sorted(change.units, key=lambda unit: unit.id == DEPLOYMENT)
        return Survey(places=tuple([await self._place(change, unit, seen) for unit in units]))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the variable, or asks for the build; on the way back, what stood before."""
        if unit.id == DEPLOYMENT:
            await self._rebuild.write(change, unit)
            return
        value = None if unit.to is None else str(unit.to)
        await self._environment.put(change.target, change.settings["project"], change.settings["key"], value)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`vercel env` and `vercel redeploy`; on the way back the build that stood before."""
        key, team = change.settings["key"], scope(change.target.at.get("team", ""))
        found = []
        for unit in sorted(change.units, key=lambda unit: unit.id == DEPLOYMENT):
            if unit.id == DEPLOYMENT:
                going = f"promote {unit.to}" if change.goes_back else f"redeploy {unit.was}"
                found.append(f"vercel {going}{team}")
                continue
            found.append(f"vercel env rm {key} production --yes{team}")
            if unit.to is not None:
                found.append(f"printf %s {quote(str(unit.to))} | vercel env add {key} production{team}")
        return found

    async def _place(self, change: Change, unit: Unit, seen: Seen) -> Place:
        if unit.id == DEPLOYMENT:
            return place_of_build(change, unit, seen)
        settings = change.settings
        found = await self._environment.variable(change.target, settings["project"], settings["key"])
        value = found.value if found else None
        at = {unit.was: At.WAS, unit.to: At.TO}.get(value, At.ELSEWHERE)
        return Place(unit=unit.id, at=at, seen=value)


def _units(wanted: SetFlagArguments, variable: Variable | None, current: Deployment) -> tuple[Unit, ...]:
    was = variable.value if variable else None
    refuse_what_is_no_flag(wanted.key, was)
    built = f"a build of {current.commit[:7] or current.id} with {wanted.key}={wanted.value}"
    deployment = Unit(id=DEPLOYMENT, was=current.id, to=built)
    if was != wanted.value:
        return (Unit(id=f"env:{wanted.key}", was=was, to=wanted.value), deployment)
    return () if _carries(current, variable) else (deployment,)


def _carries(current: Deployment, variable: Variable | None) -> bool:
    """True when production was asked for after the variable was last touched."""
    return bool(variable and variable.updated_at is not None and variable.updated_at < current.created)


def _effects(variable: Variable | None) -> tuple[str, ...]:
    others = [one for one in variable.targets if one != PRODUCTION] if variable else []
    shared = f"the variable is shared with {', '.join(others)}, which get it with their next build"
    return (REBUILDS, *([shared] if others else []))
