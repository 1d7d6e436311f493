"""What can be wrong in a world, a line each: state of a vendor or a service, cured by its right change."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal

from pydantic import ConfigDict, Field

from sandbox import troubles
from sandbox.furnishing import Furnished
from sandbox.illnesses import (
    SINCE,
    Cause,
    ChangedSecret,
    FailingFeature,
    SlowAnswers,
    WrongRelease,
    service_of,
)
from sandbox.instances import ImpossibleError
from sandbox.service import Ailment
from sandbox.status_pages import Weather

_WEATHER = {"down": Weather.OUTAGE, "degraded": Weather.MINOR, "unreadable": Weather.UNREACHABLE}


class OtherLoad(Cause):
    """More or fewer come than usual."""

    of: str
    times: float = Field(default=1, gt=0)
    per_minute: float = 0

    def bring_about(self, world: Furnished) -> None:
        """The days before stay as they were."""
        service = service_of(world, self.of)
        service.usual_load = service.usual_load or service.load
        service.load = self.per_minute / 60 if self.per_minute else service.load * self.times


class MemoryNeed(Cause):
    """A copy needs more memory: so much, or more with every hour."""

    of: str
    memory_mb: int = 0
    grows_mb_per_hour: float = 0

    def bring_about(self, world: Furnished) -> None:
        """Copies that have too little were killed for it."""
        service = service_of(world, self.of)
        if self.grows_mb_per_hour:
            service.leaks_mb_per_hour = self.grows_mb_per_hour
            service.ailments.add(Ailment.LEAK)
        if self.memory_mb:
            service.memory_needed_mb = self.memory_mb
            service.host.run_out_of_memory()


class RunningCopies(Cause):
    """So many copies run, or every one hangs until it is started again."""

    of: str
    count: int = 0
    hang: bool = False

    def bring_about(self, world: Furnished) -> None:
        """At once."""
        place = world.place(self.of)
        vendor_world, hosting = world.hosting(place)
        if self.count and hosting.fit is None:
            raise ImpossibleError(f"{place.provider} decides itself how many copies run")
        if self.count and hosting.fit:
            hosting.fit(vendor_world, place, self.count)
        if self.hang:
            service_of(world, self.of).host.hang(hangs=True)


class PageNews(Cause):
    """What a status page says, of all or of one component."""

    name: str
    is_: Literal["down", "degraded", "unreadable"] = Field(default="down", alias="is")
    component: str = ""
    region: str = ""

    def bring_about(self, world: Furnished) -> None:
        """A component that the page lacks is added to it."""
        page = world.sandbox.status_pages[self.name]
        if self.component and self.component not in page.components:
            page.components.append(self.component)
        page.turn(_WEATHER[self.is_], [self.component] if self.component else [], self.region)


class VendorTrouble(Cause):
    """A vendor's own trouble, by its name; what else is said makes it another than usual."""

    model_config = ConfigDict(frozen=True, extra="allow")
    name: str
    trouble: str

    def bring_about(self, world: Furnished) -> None:
        """From the next call on."""
        troubles.order(world.sandbox, self.trouble, vendor=self.name, **(self.model_extra or {}))


class SwitchPosition(Cause):
    """What a switch has long stood at."""

    of: str
    name: str
    is_: Any = Field(alias="is")

    def bring_about(self, world: Furnished) -> None:
        """By the catalogue's own word for it, or as it is."""
        word = {True: "on", False: "off"}.get(self.is_, self.is_) if isinstance(self.is_, bool) else self.is_
        world.turn(self.of, self.name, word)


class BrokenWay(Cause):
    """The service is out of reach from here, and from here alone."""

    of: str

    def bring_about(self, world: Furnished) -> None:
        """Visitors notice nothing."""
        service_of(world, self.of).is_out_of_reach = True


KINDS: Mapping[str, type[Cause]] = {
    "switch": SwitchPosition,
    "release": WrongRelease,
    "feature": FailingFeature,
    "slow": SlowAnswers,
    "secret": ChangedSecret,
    "load": OtherLoad,
    "needs": MemoryNeed,
    "copies": RunningCopies,
    "page": PageNews,
    "vendor": VendorTrouble,
    "way": BrokenWay,
}


def cause_of(written: Mapping[str, Any]) -> Cause:
    """One line of a world: the kind, and what is so."""
    ((kind, facts),) = written.items()
    if kind not in KINDS:
        message = f"there is no cause {kind}; there are {', '.join(sorted(KINDS))}"
        raise ValueError(message)
    return KINDS[kind].model_validate(facts)


def bring_about(world: Furnished, state: Iterable[Mapping[str, Any]], since: timedelta = SINCE) -> None:
    """All of it has been so for that long, and visitors have met it."""
    causes = [cause_of(one) for one in state]
    with world.sandbox.clock.back_at(world.sandbox.clock.now() - since):
        world.sandbox.catch_up()
    for cause in causes:
        cause.bring_about(world)
    world.sandbox.catch_up()
