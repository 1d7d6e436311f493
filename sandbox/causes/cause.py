"""One thing that is so, and every kind of it by name."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Unpack

from pydantic import BaseModel, ConfigDict

from sandbox.furnishing import Furnished
from sandbox.instances import ImpossibleError
from sandbox.service import FakeService

SINCE = timedelta(minutes=6)
"""For how long it has been so when somebody looks."""
KINDS: dict[str, type["Cause"]] = {}
"""By the word that a world writes it with."""


class Cause(BaseModel, ABC):
    """One thing that is so; a class with a kind is one that a world can name."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def __init_subclass__(cls, kind: str = "", **others: Unpack[ConfigDict]) -> None:
        """It is known by its kind from now on."""
        super().__init_subclass__(**others)
        if kind:
            KINDS[kind] = cls

    @abstractmethod
    def bring_about(self, world: Furnished) -> None:
        """From now on it is so."""


def service_of(world: Furnished, name: str) -> FakeService:
    """The service of that name."""
    if name not in world.sandbox.services:
        raise ImpossibleError(f"{name} is nothing that visitors call")
    return world.sandbox.services[name]
