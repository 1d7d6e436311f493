"""All that exists in the sandbox."""

from collections.abc import Callable

from sandbox import scenes
from sandbox.clock import Clock
from sandbox.ground import Ground
from sandbox.instances import Host
from sandbox.people import Letter
from sandbox.service import Service
from sandbox.status_pages import Make, StatusPage

Scene = Callable[["Sandbox"], None]


class Sandbox(Ground):
    """Fake vendors, the services that run on them, and the record of what was done to them."""

    def __init__(self, scene: Scene = scenes.empty, clock: Clock | None = None) -> None:
        self._scene = scene
        super().__init__(clock or Clock())
        self.reset()

    @classmethod
    def slurpy(cls, clock: Clock | None = None) -> "Sandbox":
        """A backend on Fly whose newest release is bad, and four calm status pages."""
        return cls(scenes.slurpy, clock)

    @classmethod
    def shop(cls, clock: Clock | None = None) -> "Sandbox":
        """A shop on Vercel whose newest production deployment is bad."""
        return cls(scenes.shop, clock)

    @classmethod
    def everything(cls, clock: Clock | None = None) -> "Sandbox":
        """All scenes in one world."""
        return cls(scenes.everything, clock)

    @classmethod
    def fleet(cls, clock: Clock | None = None) -> "Sandbox":
        """A thousand small apps, all of whose newest releases are bad."""
        return cls(scenes.fleet, clock)

    def reset(self) -> None:
        """Everything is as at the beginning; the clock goes on."""
        self.clear()
        self.services: dict[str, Service] = {}
        self.status_pages: dict[str, StatusPage] = {}
        self.inbox: list[Letter] = []
        self._scene(self)

    def add_service(self, name: str, host: Host) -> Service:
        """A service that runs there; the host's own checks say what it says."""
        service = Service(name, host)
        self.services[name] = service
        host.listen(service.complaint)
        return service

    def add_status_page(self, name: str, make: Make, components: list[str]) -> StatusPage:
        """A calm status page."""
        self.status_pages[name] = StatusPage(name, self.clock, make, components=components)
        return self.status_pages[name]
