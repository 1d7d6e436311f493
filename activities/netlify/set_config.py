"""`netlify.set_config`: a variable that all may see, and a new build of production that carries it."""

from collections.abc import Sequence
from shlex import quote
from typing import ClassVar

from activities.carried import CarriedArguments, units_of_value
from activities.contract import Seen, arguments_of
from activities.netlify.build import BUILD_TAKES, OF_A_BUILD, REBUILDS, Builds, Built, build_of
from activities.netlify.by_hand import variable
from activities.netlify.client import NEEDS
from activities.netlify.environment import NetlifyVariable
from activities.open_values import refuse_a_secret
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.verb import Approval, VerbSpec

_SHARED = "production gets a value of its own; other contexts keep the one they share"


class SetConfig(Built):
    """Sets the variable, and builds what is in production with it."""

    spec: ClassVar = VerbSpec(
        name="netlify.set_config",
        formerly=("netlify.set_flag",),
        says="An environment variable of production, and a new build of its commit that carries it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=OF_A_BUILD,
        arguments=CarriedArguments,
        of="netlify",
        floor=Approval.ONE,
        effects=(REBUILDS,),
        takes=BUILD_TAKES,
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the value that stands; refuses a secret's, and a build that would bring anything else."""
        wanted = arguments_of(CarriedArguments, request)
        refuse_a_secret(wanted.key, "netlify.set_secret")
        standing = await self.standing(request)
        current, settings = standing.current, NetlifyVariable.planned(request, standing, key=wanted.key)
        found = await self._environment.variable(settings)
        shared = found is not None and found.own is None
        unit = wanted.unit(found.production if found else None)
        build = build_of(current, f"{wanted.key}={unit.to}")
        units = units_of_value(unit, build, carried=current.carries(found))
        return self.change_of_value(
            request,
            wanted,
            units,
            effects=(REBUILDS, *((_SHARED,) if shared else ())),
            settings=settings.model_copy(update={"shared": shared}),
        )

    async def seen_variable(self, change: Change, unit: Unit, builds: Builds, done: frozenset[str]) -> Seen:
        """By the value that production gets."""
        found = await self._environment.variable(NetlifyVariable.of(change))
        return Seen(found.production if found else None)

    async def set_variable(self, change: Change, unit: Unit) -> None:
        """Production gets this value; what stood before is made again as it stood, and None takes it away."""
        settings, environment = NetlifyVariable.of(change), self._environment
        there = await environment.variable(settings)
        if there is None:
            if unit.to is not None:
                await environment.add(settings, str(unit.to))
            return
        if unit.to is None:
            await environment.delete(settings)
        elif change.goes_back and settings.shared and there.own:
            # It had none of its own: what all contexts share counts again.
            await environment.delete_own(settings, there)
        else:
            await environment.give(settings, str(unit.to))

    @classmethod
    def variable_by_hand(cls, change: Change, unit: Unit) -> Sequence[str]:
        """`netlify env:set`, or `env:unset`."""
        settings = NetlifyVariable.of(change)
        if unit.to is None:
            return [variable(settings.site, f"env:unset {settings.key}")]
        typed = f"env:set {settings.key} {quote(str(unit.to))} --context production"
        return [variable(settings.site, typed)]
