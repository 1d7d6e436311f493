"""`heroku.maintenance`: visitors get Heroku's maintenance page, or the app again; other dynos work on."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from activities.contract import Seen, Verb, arguments_of
from activities.heroku.client import NEEDS, Heroku
from stanch.model.base import Written
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec

_MODE = "maintenance"
_OFF = ("visitors reach the app again",)


class MaintenanceArguments(Written):
    """On, or off."""

    on: bool = True


class Maintenance(Verb[Heroku]):
    """Turns maintenance mode on or off."""

    spec: ClassVar = VerbSpec(
        name="heroku.maintenance",
        says="Maintenance mode on or off: visitors get a page with status 503, workers go on",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE),
        takes_away=(Direction.THERE, Direction.BACK),
        arguments=MaintenanceArguments,
        of="heroku",
        floor=Approval.ONE,
        if_no_help=NoHelp.UNDO,
        effects=(
            "every visitor gets a maintenance page with status 503",
            "dynos run on, workers go on working",
        ),
        risk=Risk.HIGH,
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the mode of now."""
        wanted, app = arguments_of(MaintenanceArguments, request).on, await self.vendor.app(request.target)
        return self.change(
            request,
            () if app.maintenance is wanted else (Unit(id=_MODE, was=app.maintenance, to=wanted),),
            f"turn maintenance mode of {app.name} {_word(on=wanted)}",
            effects=self.spec.effects if wanted else _OFF,
            takes_away=(Direction.THERE,) if wanted else (Direction.BACK,),
            nothing_to_do=f"maintenance mode is {_word(on=wanted)} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the mode of now: there are only two."""
        mode = (await self.vendor.app(change.target)).maintenance
        return {unit.id: Seen(mode) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the mode."""
        await self.vendor.call("PATCH", change.target, json={"maintenance": unit.to})

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`heroku maintenance:on` or `:off`."""
        return [_typed(change.target, on=bool(unit.to)) for unit in change.units]

    @classmethod
    def commands_without_plan(cls, target: Target, arguments: Mapping[str, Any]) -> Sequence[str]:
        """The mode is set, whatever it is now."""
        return [_typed(target, on=MaintenanceArguments.model_validate(dict(arguments)).on)]


def _typed(target: Target, *, on: bool) -> str:
    return f"heroku maintenance:{_word(on=on)} -a {target.name}"


def _word(*, on: bool) -> str:
    return "on" if on else "off"
