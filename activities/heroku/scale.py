"""`heroku.scale`: more dynos of one process type, or larger ones; never fewer and never smaller.

The formation is declared by value, so repeating is harmless. It makes no release. An app's process types are
all eco, all basic, or any of the professional sizes; one eco or basic dyno for each process type
(devcenter.heroku.com/articles/dyno-types and /articles/scaling, read 2026-11).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from activities.contract import Seen, Settings, Verb, arguments_of, largest_sizes
from activities.heroku.answers import Dyno, Formation
from activities.heroku.client import NEEDS, Heroku
from activities.heroku.release_progress import not_up
from activities.portable.verbs import ONE_MORE, Capacity, Size, so_many
from stanch.errors import PolicyError
from stanch.model.change import Change, Direction, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.rules import Rule

_TIERS: dict[str, tuple[str, ...]] = {
    "eco": ("eco",),
    "basic": ("basic",),
    "professional": (
        "standard-1x",
        "standard-2x",
        "performance-m",
        "performance-l",
        "performance-l-ram",
        "performance-xl",
        "performance-2xl",
    ),
    "private": ("private-s", "private-m", "private-l", "private-l-ram", "private-xl", "private-2xl"),
    "shield": ("shield-s", "shield-m", "shield-l", "shield-l-ram", "shield-xl", "shield-2xl"),
}
"""Dyno sizes by name, smallest first within a tier."""
SIZES: dict[str, str] = {size: tier for tier, sizes in _TIERS.items() for size in sizes}
_SPACES = {"private", "shield"}
SINGLE = {"eco", "basic"}
WEB = "web"
_AUTOSCALES = "Heroku's own autoscaling, where it is on for this process type, may change the number again"
_CONNECTS = "each new dyno opens database connections of its own"


def _known(size: str | None) -> str | None:
    size = size.lower() if size else size
    if size not in {None, ONE_MORE, *SIZES}:
        message = f"{size} is no size of Heroku's; one is {', '.join(SIZES)}"
        raise ValueError(message)
    return size


class ScaleArguments(Capacity):
    """Without `process_type` the target's, or web."""

    size: Annotated[Size, AfterValidator(_known)] = None
    process_type: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=128)] = ""


class FormationSettings(Settings):
    """What of the process type is declared anew."""

    by: Literal["quantity", "dyno_size"]


class Scale(Verb[Heroku]):
    """Adds capacity within the service's limits."""

    spec: ClassVar = VerbSpec(
        name="heroku.scale",
        awaits_health=True,
        says="At least so many dynos, or dynos of at least such a size, within the limits",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN, usually="up to a minute for a dyno, several in private spaces"
        ),
        takes_away=(Direction.BACK,),
        arguments=ScaleArguments,
        of="heroku",
        was={"count": "int", "size": "string"},
        effects=(_CONNECTS, _AUTOSCALES, "a larger size restarts every dyno of the process type at once"),
        takes=timedelta(minutes=15),  # a dyno has a minute to boot; Shield and Private ones take several
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=5)

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves `at least` against the formation of now, capped by the limits."""
        formation = await self.vendor.formation(request.target)
        named = request.arguments.get("process_type") or request.target.at.get("process_type") or WEB
        here = next((one for one in formation if one.type == named), None)
        if here is None or not here.quantity:
            raise PolicyError(Rule.NOTHING_TO_SCALE, f"{request.target.name} runs no {named} dyno")
        wanted = arguments_of(ScaleArguments, request, {"count": here.quantity, "size": here.sized})
        if wanted.size is not None:
            return self._larger(request, here, formation, wanted.size)
        return self._more(request, here, so_many(wanted.count or 1, here.quantity))

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The formation by value; then its dynos, as many and as large as it says."""
        formation, dynos = await asyncio.gather(
            self.vendor.formation(change.target), self.vendor.dynos(change.target)
        )
        found = {one.type: one for one in formation}
        return {unit.id: self._seen(change, unit, found.get(unit.id), dynos) for unit in change.units}

    def is_reached(self, change: Change, unit: Unit, value: Any) -> bool:
        """More and larger is as good, on the way there."""
        if change.goes_back:
            return super().is_reached(change, unit, value)
        if FormationSettings.of(change).by == "quantity":
            return isinstance(value, int) and value >= int(str(unit.to))
        return value == unit.to or _is_smaller(str(unit.to), str(value))

    async def write(self, change: Change, unit: Unit) -> None:
        """Declares the process type as it shall be."""
        by = FormationSettings.of(change).by
        value = unit.to if by == "quantity" else {"name": unit.to}
        await self.vendor.call(
            "PATCH", change.target, "/formation", {"updates": [{"type": unit.id, by: value}]}
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`heroku ps:scale` and `heroku ps:resize`."""
        command = {"quantity": "scale", "dyno_size": "resize"}[FormationSettings.of(change).by]
        return [f"heroku ps:{command} {unit.id}={unit.to} -a {change.target.name}" for unit in change.units]

    def _more(self, request: PlanRequest, here: Formation, wanted: int) -> Change:
        cap = int(str(request.limits.get("max_count", wanted)))
        goal = max(here.quantity, min(wanted, cap))
        if goal > 1 and goal > here.quantity and SIZES.get(here.sized) in SINGLE:
            raise PolicyError(
                Rule.TIER_LIMIT, f"Heroku runs one {here.sized} dyno for each process type, not {goal}"
            )
        said = f"{here.quantity} {here.type} dynos run"
        capped = f"{said} and the limit is {cap}: cap reached" if cap < wanted else ""
        return self.change(
            request,
            (Unit(id=here.type, was=here.quantity, to=goal),) if goal > here.quantity else (),
            f"scale {request.target.name} from {here.quantity} to {goal} {here.type} dynos",
            because=f"{said}; {wanted} wanted, at most {cap} allowed",
            effects=(_CONNECTS, _AUTOSCALES),
            settings=FormationSettings(by="quantity"),
            limits={"max_count": cap},
            nothing_to_do=capped or f"{said}, {wanted} wanted",
        )

    def _larger(
        self, request: PlanRequest, here: Formation, formation: list[Formation], wanted: str
    ) -> Change:
        wanted = _next(here) if wanted == ONE_MORE else wanted
        largest = _least(largest_sizes(request, wanted))
        goal = largest if _is_smaller(largest, wanted) else wanted
        grows = _is_smaller(here.sized, goal)
        others = [one.type for one in formation if one is not here and SIZES.get(one.sized) != SIZES[goal]]
        if grows and others and SIZES[goal] != SIZES[here.sized]:
            raise PolicyError(
                Rule.ANOTHER_TIER,
                f"{goal} is of another tier than {', '.join(others)}; Heroku does not mix them",
            )
        capped = f"the largest size allowed is {largest}: cap reached" if goal != wanted else ""
        return self.change(
            request,
            (Unit(id=here.type, was=here.sized, to=goal),) if grows else (),
            f"resize the {here.quantity} {here.type} dynos of {request.target.name} to {goal}",
            because=f"{wanted} wanted; {largest} is the largest allowed",
            effects=("restarts every dyno of this process type at once", "the bill grows with the size"),
            settings=FormationSettings(by="dyno_size"),
            limits={"largest_size": largest},
            nothing_to_do=capped or f"{here.type} dynos are {here.sized}: at least {goal}",
        )

    def _seen(self, change: Change, unit: Unit, here: Formation | None, dynos: list[Dyno]) -> Seen:
        if here is None:
            return Seen("a process type that no longer exists")
        value = here.quantity if FormationSettings.of(change).by == "quantity" else here.sized
        if not self.is_reached(change, unit, value):
            return Seen(value)
        return Seen(value, _settling(here, dynos, undoing=change.goes_back))


def _next(here: Formation) -> str:
    """The next size where the dynos run: those of private spaces have sizes of their own."""
    if here.sized not in SIZES:
        raise PolicyError(
            Rule.UNKNOWN_SIZE, f"{here.type} dynos are {here.sized}: which is larger is not known"
        )
    place = _place(here.sized)
    larger = (size for size in SIZES if _place(size) == place and _is_smaller(here.sized, size))
    return next(larger, here.sized)


def _place(size: str) -> str:
    return SIZES[size] if SIZES[size] in _SPACES else ""


def _least(allowed: tuple[str, ...]) -> str:
    sizes = [size.lower() for size in allowed]
    for size in sizes:
        if size not in SIZES:
            raise PolicyError(Rule.LARGEST_SIZE, f"the limit largest_size {size} is no size of Heroku's")
    return min(sizes, key=list(SIZES).index)


def _settling(here: Formation, dynos: list[Dyno], *, undoing: bool) -> str:
    """Too few, too small or not up; on the way back to too little, dynos only have to have started."""
    own = [dyno for dyno in dynos if dyno.type == here.type]
    if len(own) != here.quantity:
        return f"{len(own)} of {here.quantity} {here.type} dynos are there"
    other = next((dyno for dyno in own if dyno.size.lower() != here.sized), None)
    if other:
        return f"{other.name} is still {other.size.lower()}"
    return next((said for dyno in own if (said := not_up(dyno, must_be_well=not undoing))), "")


def _is_smaller(one: str, other: str) -> bool:
    """By tier, then by what a dyno of it has; a size nobody knows is never smaller."""
    return one in SIZES and other in SIZES and list(SIZES).index(one) < list(SIZES).index(other)
