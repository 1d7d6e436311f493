"""`vercel.set_config`: an environment variable, and a new build of production's commit that carries it."""

from collections.abc import Sequence
from shlex import quote
from typing import ClassVar, Literal

from activities.carried import CarriedArguments, units_of_value
from activities.contract import Seen, arguments_of
from activities.open_values import refuse_a_secret
from activities.vercel.answers import Variable
from activities.vercel.by_hand import scope
from activities.vercel.client import NEEDS
from activities.vercel.environment import PRODUCTION, VercelVariable
from activities.vercel.rebuild import BUILD_TAKES, OF_A_BUILD, REBUILDS, Builds, Rebuilt, build_of
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.verb import Approval, VerbSpec


class SetConfigArguments(CarriedArguments):
    """Which variable of production gets which value."""

    target: Literal["production"] = "production"


class SetConfig(Rebuilt):
    """Sets the variable, and rebuilds what is in production with it."""

    spec: ClassVar = VerbSpec(
        name="vercel.set_config",
        formerly=("vercel.set_flag",),
        says="An environment variable of production, and a new build of its commit that carries it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=OF_A_BUILD,
        arguments=SetConfigArguments,
        of="vercel",
        floor=Approval.ONE,
        effects=(REBUILDS,),
        takes=BUILD_TAKES,
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the value that stands; refuses where it is a secret's, or a new build would not go live."""
        wanted = arguments_of(SetConfigArguments, request)
        refuse_a_secret(wanted.key, "vercel.set_secret")
        standing = await self.standing(request)
        current = standing.current
        found = await self._environment.variable(request.target, standing.project.id, wanted.key)
        unit = wanted.unit(found.value if found else None)
        build = build_of(current, f"{wanted.key}={unit.to}")
        units = units_of_value(unit, build, carried=current.carries(found))
        return self.change_of_value(
            request,
            wanted,
            units,
            effects=_effects(found),
            settings=VercelVariable.planned(request, standing, key=wanted.key),
        )

    async def seen_variable(self, change: Change, unit: Unit, builds: Builds, done: frozenset[str]) -> Seen:
        """By its value."""
        found = await self._variable(change)
        return Seen(found.value if found else None)

    async def set_variable(self, change: Change, unit: Unit) -> None:
        """The value, as if it had always been so."""
        body = None if unit.to is None else {"value": str(unit.to)}
        await self._environment.put(change, await self._variable(change), body, "encrypted")

    @classmethod
    def variable_by_hand(cls, change: Change, unit: Unit) -> Sequence[str]:
        """`vercel env`."""
        key, team = VercelVariable.of(change).key, scope(change.target.at.get("team", ""))
        removed = f"vercel env rm {key} production --yes{team}"
        if unit.to is None:
            return [removed]
        return [removed, f"printf %s {quote(str(unit.to))} | vercel env add {key} production{team}"]

    async def _variable(self, change: Change) -> Variable | None:
        settings = VercelVariable.of(change)
        return await self._environment.variable(change.target, settings.project, settings.key)


def _effects(variable: Variable | None) -> tuple[str, ...]:
    others = [one for one in variable.targets if one != PRODUCTION] if variable else []
    shared = f"the variable is shared with {', '.join(others)}, which get it with their next build"
    return (REBUILDS, *([shared] if others else []))
