"""How a service runs: its load, its memory, its copies, the way to it."""

from pydantic import Field

from sandbox.causes.cause import Cause, service_of
from sandbox.furnishing import Furnished
from sandbox.instances import ImpossibleError
from sandbox.service import Ailment


class OtherLoad(Cause, kind="load"):
    """More or fewer come than usual."""

    of: str
    times: float = Field(default=1, gt=0)
    per_minute: float = 0

    def bring_about(self, world: Furnished) -> None:
        """The days before stay as they were."""
        service = service_of(world, self.of)
        service.usual_load = service.usual_load or service.load
        service.load = self.per_minute / 60 if self.per_minute else service.load * self.times


class MemoryNeed(Cause, kind="needs"):
    """A copy needs more memory: so much, or more with every hour."""

    of: str
    memory_mb: int = 0
    grows_mb_per_hour: float = 0
    collected_at_mb: float = 0
    """What has grown is given back at so much: a collector's saw, and no leak."""
    growth_is_watched: bool = False
    """The monitoring goes on to complain as long as it grows."""

    def bring_about(self, world: Furnished) -> None:
        """Copies that have too little were killed for it."""
        service = service_of(world, self.of)
        if self.grows_mb_per_hour:
            service.leak.mb_per_hour = self.grows_mb_per_hour
            service.leak.collected_at_mb = self.collected_at_mb
            service.leak.is_watched = self.growth_is_watched
            service.ailments.add(Ailment.LEAK)
        if self.memory_mb:
            service.memory_needed_mb = self.memory_mb
            service.host.run_out_of_memory()


class RunningCopies(Cause, kind="copies"):
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


class BrokenWay(Cause, kind="way"):
    """The service is out of reach from here, and from here alone."""

    of: str

    def bring_about(self, world: Furnished) -> None:
        """Visitors notice nothing."""
        service_of(world, self.of).is_out_of_reach = True
