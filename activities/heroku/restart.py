"""`heroku.restart`: one dyno after the other, the next only when the one before is up again.

Heroku restarts an app's dynos all at once unless preboot is on; dyno by dyno visitors notice less. A
restarted dyno keeps its name and gets another id: that is its trace. The number of dynos is never touched.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

import httpx
from pydantic import Field

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.heroku.answers import Dyno
from activities.heroku.client import NEEDS, Fleet, Heroku
from activities.heroku.history import refuse_while_releasing
from activities.heroku.release_progress import crashed_types, not_up, not_waited_for
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.plain import amount
from stanch.rules import Rule

RESTARTED = "restarted"


class RestartArguments(Written):
    """Which process type; without it the target's, or all of them."""

    process_type: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=128)] = ""


class CrashedSettings(Settings):
    """Process types that nobody waits for, where others are restarted too."""

    crashed: tuple[str, ...] = ()


class Restart(Verb[Heroku]):
    """Restarts every dyno of the app, or of one process type."""

    spec: ClassVar = VerbSpec(
        name="heroku.restart",
        awaits_health=True,
        says="Restart the dynos, one at a time; the next only when the one before is up again",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.SEEN, usually="up to a minute for each dyno, several in private spaces"
        ),
        takes_away=(Direction.THERE,),
        arguments=RestartArguments,
        of="heroku",
        effects=("each dyno is away until it is up again, one after the other",),
        takes=timedelta(minutes=30),  # dyno by dyno, each with a minute and more to boot
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=5)

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers each dyno's id, so that another one proves the restart."""
        target, fleet = request.target, await self.vendor.fleet(request.target)
        refuse_while_releasing(target, fleet.releases, request.as_of)
        wanted = arguments_of(RestartArguments, request).process_type or target.at.get("process_type", "")
        dynos = [dyno for dyno in fleet.dynos if wanted in {"", dyno.type}]
        if not dynos:
            raise PolicyError(Rule.NOTHING_TO_RESTART, f"{target.name} runs no {wanted or 'such'} dyno")
        if not all(dyno.number for dyno in dynos):
            raise PolicyError(
                Rule.NO_LASTING_NAMES, f"dynos of {target.name} get a new name with each restart"
            )
        crashed = crashed_types(fleet.formation, dynos)
        crashed = () if all(dyno.type in crashed for dyno in dynos) else crashed
        # One that serves nobody is tried first: if it does not come up again, the others are left alone. What
        # crashes always says nothing of the others, and comes last.
        dynos.sort(key=lambda dyno: (dyno.type in crashed, dyno.is_well, dyno.type, dyno.number))
        alone = [one.type for one in fleet.formation if one.quantity == 1 and wanted in {"", one.type}]
        unserved = f"nothing else does the work meanwhile of {', '.join(alone)}, which has one dyno"
        return self.change(
            request,
            (Unit(id=dyno.name, was=dyno.id, to=RESTARTED) for dyno in dynos),
            f"restart {amount(len(dynos), 'dyno')} of {target.name}, one at a time",
            undo=Undo(kind=UndoKind.NONE, why="a restart cannot be taken back"),
            effects=(*self.spec.effects, *((unserved,) if alone else ()), *not_waited_for(crashed)),
            settings=CrashedSettings(crashed=crashed),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """Another id under the same name means restarted."""
        formation, every = await asyncio.gather(
            self.vendor.formation(change.target), self.vendor.dynos(change.target)
        )
        fleet = Fleet([], formation, every)
        dynos = {dyno.name: dyno for dyno in every}
        return {unit.id: _seen(change, unit, dynos.get(unit.id), fleet, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Restarts one dyno by the id that it had: whichever has its name by now is left alone.

        Heroku's schema says that id and name both do (heroku/platform-api, 2026-06); that only names did was
        reported once (martyzz1/heroku3.py#85, 2019). So one that is still listed and not found is called by
        its name.
        """
        try:
            await self.vendor.call("DELETE", change.target, f"/dynos/{unit.was}")
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            if await self._is_there(change.target, str(unit.was)):
                await self.vendor.call("DELETE", change.target, f"/dynos/{unit.id}")

    async def _is_there(self, target: Target, dyno: str) -> bool:
        return any(one.id == dyno for one in await self.vendor.dynos(target))

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """One `heroku ps:restart` for each dyno."""
        return [f"heroku ps:restart --dyno-name {unit.id} -a {change.target.name}" for unit in change.units]


def _seen(change: Change, unit: Unit, dyno: Dyno | None, fleet: Fleet, done: frozenset[str]) -> Seen:
    process_type, _, number = unit.id.rpartition(".")
    if dyno is None and int(number or 0) > fleet.quantity(process_type):
        return Seen("a dyno that was scaled away")
    if dyno is None:
        return Seen(RESTARTED, f"{unit.id} is away", shown="")
    if dyno.id != unit.was:
        must_be_well = dyno.type not in CrashedSettings.of(change).crashed
        return Seen(RESTARTED, not_up(dyno, must_be_well=must_be_well), shown=dyno.id)
    if unit.id in done:
        return Seen(RESTARTED, f"{unit.id} is asked to restart", shown=dyno.id)
    return Seen(dyno.id)
