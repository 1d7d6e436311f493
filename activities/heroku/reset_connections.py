"""`heroku.reset_connections`: every connection to a Heroku Postgres database ends, and apps connect anew.

The same as `heroku pg:killall` (heroku/cli, packages/cli/src/commands/pg/killall.ts, read 2026-11). It leaves
no trace that could be found again, and does no harm twice.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, answered, arguments_of
from activities.heroku.answers import AddOn
from activities.heroku.client import NEEDS, Heroku
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Delivery, Kind, PlanRequest, Target, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, VerbSpec
from stanch.rules import Rule

_POSTGRES = "heroku-postgresql"
_MAIN = "DATABASE_URL"


class ResetConnectionsArguments(Written):
    """The add-on's name; without it the only database, or the one behind DATABASE_URL."""

    database: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=256)] = ""


class AddOnSettings(Settings):
    """The database by its id."""

    add_on: str


class ResetConnections(Verb[Heroku]):
    """Ends all connections of one database."""

    spec: ClassVar = VerbSpec(
        name="heroku.reset_connections",
        says="Every connection to a Heroku Postgres database ends, as by pg:killall",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.ACCEPTED,
            usually="some seconds",
            visitors="when their connections are made anew",
        ),
        arguments=ResetConnectionsArguments,
        of="heroku",
        floor=Approval.ONE,
        effects=(
            "every query and transaction under way fails, and apps connect anew",
            "is sent again when its answer is lost, which ends the new connections once more",
        ),
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Finds the database among the app's add-ons."""
        wanted, target = arguments_of(ResetConnectionsArguments, request).database, request.target
        found = _chosen(target, await self.vendor.add_ons(target), wanted)
        return self.change(
            request,
            (Unit(id=found.name, was=None, to="connections ended"),),
            f"end every connection to {found.name} of {target.name}",
            undo=Undo(kind=UndoKind.NONE, why="connections that ended stay ended"),
            settings=AddOnSettings(add_on=found.id),
            delivery=Delivery.AT_LEAST_ONCE,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """Only what this change is known to have been answered counts as done."""
        return answered(change, done)

    async def write(self, change: Change, unit: Unit) -> None:
        """Ends the connections."""
        await self.vendor.reset_connections(change.target, AddOnSettings.of(change).add_on)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`heroku pg:killall`."""
        return [f"heroku pg:killall {unit.id} -a {change.target.name}" for unit in change.units]


def _chosen(target: Target, add_ons: list[AddOn], wanted: str) -> AddOn:
    databases = [one for one in add_ons if one.addon_service.name == _POSTGRES]
    named = [one for one in databases if wanted in {one.name, one.id}]
    main = [one for one in databases if _MAIN in one.config_vars]
    candidates = named if wanted else main or databases
    if len(candidates) == 1:
        return candidates[0]
    names = ", ".join(one.name for one in databases) or "none"
    raise PolicyError(
        Rule.WHICH_DATABASE, f"name one Heroku Postgres database of {target.name}: it has {names}"
    )
