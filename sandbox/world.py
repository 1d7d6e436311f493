"""All that exists in the sandbox."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta

from sandbox import scenes
from sandbox.base import SandboxBase
from sandbox.clock import SandboxClock
from sandbox.fly import scenes as fly
from sandbox.inbox import Letter
from sandbox.instances import Host
from sandbox.service import FakeService
from sandbox.status_pages import FakeStatusPage, Make
from sandbox.taking_back import TakingBack
from sandbox.vendors import behind
from sandbox.vercel import scenes as vercel

Scene = Callable[["Sandbox"], None]


class Sandbox(SandboxBase):
    """Fake vendors, the services that run on them, and the record of what was done to them."""

    def __init__(self, scene: Scene = scenes.empty, clock: SandboxClock | None = None) -> None:
        self._scene = scene
        super().__init__(clock or SandboxClock())
        self.reset()

    @classmethod
    def slurpy(cls, clock: SandboxClock | None = None) -> "Sandbox":
        """A backend on Fly whose newest release is bad, and four calm status pages."""
        return cls(fly.slurpy, clock)

    @classmethod
    def shop(cls, clock: SandboxClock | None = None) -> "Sandbox":
        """A shop on Vercel whose newest production deployment is bad."""
        return cls(vercel.shop, clock)

    @classmethod
    def everything(cls, clock: SandboxClock | None = None) -> "Sandbox":
        """All scenes in one world."""
        return cls(scenes.everything, clock)

    @classmethod
    def fleet(cls, clock: SandboxClock | None = None) -> "Sandbox":
        """A thousand small apps, all of whose newest releases are bad."""
        return cls(fly.fleet, clock)

    def reset(self) -> None:
        """Everything is as at the beginning, the clock as well."""
        self.clock.restart()
        self.clear()
        self._to_put_back: list[TakingBack] = []
        self.put_back = 0
        """How often somebody has seen to it that a vendor's world is as it was before a write."""
        self.status_pages: dict[str, FakeStatusPage] = {}
        self.inbox: list[Letter] = []
        self._scene(self)

    def arrange(self, scene: Scene) -> None:
        """Another world, from its beginning; a reset leads back to it from now on."""
        self._scene = scene
        self.reset()

    def pass_time(self, by: timedelta) -> None:
        """The sandbox's clock goes forward."""
        self.catch_up()
        self.clock.advance(by)
        self.catch_up()

    def catch_up(self) -> None:
        """Visitors have been everywhere up to now, and what was to be put back by now is."""
        self.visitors.catch_up(self.services, self._put_back)

    def likeness(self) -> "Sandbox":
        """Another sandbox in which everything is as it is here, but for troubles."""
        made = deepcopy(self)
        made.faults.clear()
        return made

    def put_back_later(self, path: str, seconds: float) -> None:
        """In so many seconds the vendor at this path has everything as it is now: somebody sees to it."""
        due, world = self.clock.now() + timedelta(seconds=seconds), self.of(behind(path).world)
        if all(one.world is not world for one in self._to_put_back):
            self._to_put_back.append(TakingBack.of(self, world, due))
            self.put_back += 1
            self.clock.expect(due)

    def _put_back(self, now: datetime) -> None:
        for one in [each for each in self._to_put_back if each.due <= now]:
            self._to_put_back.remove(one)
            one.happen(self)

    def add_service(self, name: str, host: Host) -> FakeService:
        """A service that runs there; the host's own checks say what it says."""
        service = FakeService(name, host)
        self.services[name] = service
        host.listen(service.complaint)
        return service

    def add_status_page(self, name: str, make: Make, components: list[str]) -> FakeStatusPage:
        """A calm status page."""
        self.status_pages[name] = FakeStatusPage(name, self.clock, make, components=components)
        return self.status_pages[name]
