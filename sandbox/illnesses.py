"""Causes that make a service ill while something is so: its releases, features, secrets and dependencies."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sandbox.catalogues import secret_of
from sandbox.clock import digest_of
from sandbox.furnishing import Furnished
from sandbox.holding import AllHold, IsRelease, LacksSecret, PageSpeaksOfTrouble, SwitchStands
from sandbox.instances import ImpossibleError
from sandbox.named_places import CodeState
from sandbox.service import FakeService
from sandbox.symptoms import Holds, Symptom
from stanch.model.base import Duration

SINCE = timedelta(minutes=6)
"""For how long it has been so when somebody looks."""
_SAYS = "500 Internal Server Error"


class Cause(BaseModel, ABC):
    """One thing that is so."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @abstractmethod
    def bring_about(self, world: Furnished) -> None:
        """From now on it is so."""


class When(BaseModel):
    """What has to be so: a switch stands at something, or a vendor's page speaks of trouble."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    switch: str = ""
    of: str = ""
    """Whose switch, where it is another service's."""
    is_: Any = Field(default="on", alias="is")
    page: str = ""

    def holds(self, world: Furnished, service: str) -> Holds:
        """As a condition on each copy."""
        if self.page:
            return PageSpeaksOfTrouble(world.sandbox.status_pages[self.page])
        owner = self.of or service
        written = world.catalogue["services"][owner]["switches"][self.switch]
        value = written.get(self.is_, self.is_) if isinstance(self.is_, str) else self.is_
        return SwitchStands(world.seen[owner, self.switch], value)


class Illness(Cause):
    """What of a service is ill, and while what is so."""

    of: str
    paths: tuple[str, ...] = ()
    share: float = Field(default=1.0, gt=0, le=1)
    says: str = _SAYS
    numbers: dict[str, float] = {}
    seconds: float = 0
    while_: When | None = Field(default=None, alias="while")
    unless: When | None = None

    def falls_ill(self, world: Furnished, *these: Holds) -> None:
        """The service has this while all of that is so, too."""
        asked = (self.while_.holds(world, self.of),) if self.while_ else ()
        none_of = (self.unless.holds(world, self.of),) if self.unless else ()
        holds = AllHold((*these, *asked), none_of)
        service_of(world, self.of).symptoms.append(
            Symptom(holds, self.says, self.paths, self.share, self.seconds, self.numbers)
        )


class WrongRelease(Illness):
    """A release goes live that fails: wholly, on some paths, or while something is so."""

    good: bool = True
    ago: Duration = SINCE
    title: str = "Change how requests are read"
    by: str = "ana"

    def bring_about(self, world: Furnished) -> None:
        """Code host and platform know of it."""
        is_plain = not (self.paths or self.while_ or self.unless or self.share < 1 or self.numbers)
        commit = digest_of(f"{self.of} {self.title} {self.ago}")[:40]
        revision = CodeState(commit, self.title, self.by, self.ago, good=self.good or not is_plain)
        release = world.release(self.of, revision)
        if not self.good and not is_plain:
            self.falls_ill(world, IsRelease(release))


class FailingFeature(Illness):
    """Something fails in every release, while something is so."""

    def bring_about(self, world: Furnished) -> None:
        """From now on."""
        self.falls_ill(world)


class SlowAnswers(Illness):
    """Answers take long, and none fails."""

    says: str = ""
    seconds: float = Field(gt=0)

    def bring_about(self, world: Furnished) -> None:
        """From now on."""
        self.falls_ill(world)


class ChangedSecret(Illness):
    """A secret was changed where it is asked for, and the service still has the old one."""

    key: str
    value_of: str = ""
    """Which of the catalogue's secrets is right there, where that is another than the one of this name."""

    def bring_about(self, world: Furnished) -> None:
        """What is right stands in the team's store."""
        place = world.place(self.of)
        vendor_world, hosting = world.hosting(place)
        if hosting.keep is None:
            raise ImpossibleError(f"no secret is kept at {place.provider} here")
        with world.long_ago():
            hosting.keep(vendor_world, place, self.key, f"old value of {self.key} in the sandbox")
        right = secret_of(self.value_of or self.key, world.catalogue)
        self.falls_ill(world, LacksSecret(self.key, right))


def service_of(world: Furnished, name: str) -> FakeService:
    """The service of that name."""
    if name not in world.sandbox.services:
        raise ImpossibleError(f"{name} is nothing that visitors call")
    return world.sandbox.services[name]
