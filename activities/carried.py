"""A variable of the environment that a build carries.

A build takes the environment of its moment, and what is in production keeps that of its own: the variable
alone changes nothing for visitors.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Generic, TypeVar

from activities.contract import Seen, V, Verb
from activities.open_values import Key, NewValue, moved, resolved, stated
from activities.team_secrets import SecretSettings
from stanch.model.base import Written
from stanch.model.change import Change, PlanRequest, SecretRef, Undo, UndoKind, Unit

DEPLOYMENT = "deployment"
B = TypeVar("B")
"""What a vendor shows of its builds and of what visitors get."""


class CarriedArguments(Written):
    """Which variable of production gets which value."""

    key: Key
    value: NewValue

    def unit(self, stands: str | None) -> Unit:
        """The variable, where this stands."""
        to = resolved(self.key, self.value, stands)
        return Unit(id=f"env:{self.key}", was=stands, to=to)


class Carried(Verb[V], Generic[V, B]):
    """Sets the variable first and then asks for the build, in both directions."""

    look_again_in: ClassVar = timedelta(seconds=10)
    because: ClassVar[str]

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The variable, and then the build that carries it."""
        builds = await self.look(change)
        return {
            unit.id: self.seen_build(change, unit, builds)
            if unit.id == DEPLOYMENT
            else await self.seen_variable(change, unit, builds, done)
            for unit in _in_order(change)
        }

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the variable, or asks for the build; on the way back, what stood before."""
        await (self.build(change, unit) if unit.id == DEPLOYMENT else self.set_variable(change, unit))

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """What sets the variable, and then what builds."""
        found: list[str] = []
        for unit in _in_order(change):
            by_hand = cls.build_by_hand if unit.id == DEPLOYMENT else cls.variable_by_hand
            found += by_hand(change, unit)
        return found

    @abstractmethod
    async def look(self, change: Change) -> B:
        """What visitors get, and what became of the build that the change asked for."""

    @abstractmethod
    def seen_build(self, change: Change, unit: Unit, builds: B) -> Seen:
        """Where the deployment of a change stands."""

    @abstractmethod
    async def build(self, change: Change, unit: Unit) -> None:
        """Asks for the build; on the way back, for the deployment from before."""

    @classmethod
    @abstractmethod
    def build_by_hand(cls, change: Change, unit: Unit) -> Sequence[str]:
        """What a person types to build, or to go back."""

    @abstractmethod
    async def seen_variable(self, change: Change, unit: Unit, builds: B, done: frozenset[str]) -> Seen:
        """Where the variable stands."""

    @abstractmethod
    async def set_variable(self, change: Change, unit: Unit) -> None:
        """Brings the variable to where it shall be."""

    @classmethod
    @abstractmethod
    def variable_by_hand(cls, change: Change, unit: Unit) -> Sequence[str]:
        """What a person types to set the variable, or to take it away."""

    def change_of_value(
        self, request: PlanRequest, wanted: CarriedArguments, units: Sequence[Unit], **more: Any
    ) -> Change:
        """The change by which production gets a value that all may see."""
        said = stated(wanted.key, wanted.value)
        return self.change(
            request,
            units,
            f"set {said} on {request.target.name} and build it anew"
            f"{moved(unit for unit in units if unit.id != DEPLOYMENT)}",
            because=self.because,
            nothing_to_do=f"production was built with {said}",
            **more,
        )

    def change_of_secret(
        self, request: PlanRequest, settings: SecretSettings, units: Sequence[Unit], **more: Any
    ) -> Change:
        """The change by which production gets one of the team's secrets."""
        key, secret = settings.key, settings.value.secret
        return self.change(
            request,
            units,
            f"set the secret {key} of {request.target.name} from the team's {secret}, and build it anew",
            undo=_way_back(key, units),
            because=self.because,
            settings=settings,
            nothing_to_do=f"production was built with {secret} as {key}",
            **more,
        )


def units_of_value(variable: Unit, build: Unit, *, carried: bool) -> tuple[Unit, ...]:
    """The variable where it is another, and the build unless production is `carried` by one with it."""
    if variable.was != variable.to:
        return (variable, build)
    return () if carried else (build,)


def units_of_secret(settings: SecretSettings, was: SecretRef | str | None, build: Unit) -> tuple[Unit, ...]:
    """The variable, and the build; `was` is a text where what stood is kept nowhere else."""
    return (Unit(id=f"env:{settings.key}", was=was, to=settings.value), build)


def _way_back(key: str, units: Sequence[Unit]) -> Undo:
    if not any(unit.id != DEPLOYMENT and isinstance(unit.was, str) for unit in units):
        return Undo(kind=UndoKind.RESTORES)
    return Undo(
        kind=UndoKind.NONE,
        why=f"what {key} was is kept nowhere else: name the team's secret that holds it as `before`",
    )


def _in_order(change: Change) -> list[Unit]:
    return sorted(change.units, key=lambda unit: unit.id == DEPLOYMENT)
