"""Causes that make a service ill while something is so."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sandbox.causes.cause import Cause, service_of
from sandbox.furnishing import Furnished
from sandbox.holding import (
    AllHold,
    HasLessMemory,
    HasRun,
    IsEmpty,
    PageSpeaksOfTrouble,
    RunsFewer,
    SwitchIsBelow,
    SwitchStands,
)
from sandbox.instances import ImpossibleError
from sandbox.symptoms import Holds, Symptom

_SAYS = "500 Internal Server Error"


class When(BaseModel):
    """What has to be so: a switch stands at something, a page speaks of trouble, or there is too little."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    switch: str = ""
    of: str = ""
    """Whose switch, where it is another service's."""
    is_: Any = Field(default="on", alias="is")
    below: float | None = None
    page: str = ""
    memory_below_mb: int = 0
    copies_below: int = 0
    empty: str = ""
    """A collection of documents of the service that `of` names."""
    ran: str = ""
    """A command that somebody has run beside the service."""

    def holds(self, world: Furnished, service: str) -> Holds:
        """As a condition on each copy."""
        if self.page:
            return PageSpeaksOfTrouble(world.sandbox.status_pages[self.page])
        if self.memory_below_mb:
            return HasLessMemory(self.memory_below_mb)
        if self.copies_below:
            return RunsFewer(service_of(world, service).host, self.copies_below)
        if self.empty:
            vendor_world, store = world.store(self.of)
            return IsEmpty(vendor_world, world.place(self.of), store, self.empty)
        if self.ran:
            return self._has_run(world, service)
        return self._stands(world, service)

    def _has_run(self, world: Furnished, service: str) -> Holds:
        place = world.place(service)
        vendor_world, hosting = world.hosting(place)
        if hosting.ran is None:
            raise ImpossibleError(f"nothing is run beside a service at {place.provider} here")
        return HasRun(vendor_world, place, hosting.ran, self.ran)

    def _stands(self, world: Furnished, service: str) -> Holds:
        owner = self.of or service
        if self.below is not None:
            return SwitchIsBelow(world.seen[owner, self.switch], self.below)
        written = world.catalogue["services"][owner]["switches"][self.switch]
        value = written.get(self.is_, self.is_) if isinstance(self.is_, str) else self.is_
        return SwitchStands(world.seen[owner, self.switch], value)


class Illness(Cause):
    """What of a service is ill, and while what is so."""

    of: str
    paths: tuple[str, ...] = ()
    share: float = Field(default=1.0, gt=0, le=1)
    says: str = _SAYS
    numbers: dict[str, float] = Field(default_factory=dict)
    seconds: float = 0
    fills_memory: bool = False
    """It takes all the memory that there is, however much that is."""
    while_: When | None = Field(default=None, alias="while")
    unless: When | None = None

    def falls_ill(self, world: Furnished, *these: Holds) -> None:
        """The service has this while all of that is so, too."""
        asked = (self.while_.holds(world, self.of),) if self.while_ else ()
        none_of = (self.unless.holds(world, self.of),) if self.unless else ()
        holds = AllHold((*these, *asked), none_of)
        service_of(world, self.of).symptoms.append(
            Symptom(
                holds,
                self.says,
                self.paths,
                self.share,
                self.seconds,
                self.numbers,
                fills_memory=self.fills_memory,
            )
        )
