"""All that exists in the sandbox."""

from collections.abc import Callable
from datetime import timedelta

from stanch.sandbox import scenes
from stanch.sandbox.clock import Clock, Origin
from stanch.sandbox.faults import Fault, Faults
from stanch.sandbox.fly.application import FlyApp
from stanch.sandbox.instances import Host
from stanch.sandbox.ledger import Ledger
from stanch.sandbox.pace import Pace
from stanch.sandbox.people import Letter
from stanch.sandbox.service import Service
from stanch.sandbox.status_pages import Make, StatusPage
from stanch.sandbox.vercel.project import Project

Scene = Callable[["Sandbox"], None]


class Sandbox:
    """Fake vendors, the services that run on them, and the record of what was done to them."""

    def __init__(self, scene: Scene = scenes.empty, clock: Clock | None = None) -> None:
        self._scene = scene
        self.clock = clock or Clock()
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
        self.origin = Origin(self.clock)
        self.pace = Pace()
        self.ledger = Ledger(self.clock)
        self.faults = Faults()
        self.fly: dict[str, FlyApp] = {}
        self.vercel: dict[str, Project] = {}
        self.services: dict[str, Service] = {}
        self.status_pages: dict[str, StatusPage] = {}
        self.inbox: list[Letter] = []
        self.enforce_rate_limits = False
        self._scene(self)

    def add_fly_app(self, name: str) -> FlyApp:
        """An app at Fly without releases or machines."""
        self.fly[name] = FlyApp(name=name, id=name, origin=self.origin, pace=self.pace)
        return self.fly[name]

    def add_project(self, name: str, account: str, domains: list[str]) -> Project:
        """A project at Vercel without deployments."""
        ident = f"prj_{self.origin.short(28)}"
        self.vercel[name] = Project(
            id=ident,
            name=name,
            account=account,
            origin=self.origin,
            pace=self.pace,
            ledger=self.ledger,
            domains=domains,
        )
        return self.vercel[name]

    def add_service(self, name: str, host: Host) -> Service:
        """A service that runs there; its machines' checks say what it says."""
        service = Service(name, host)
        self.services[name] = service
        if isinstance(host, FlyApp):
            host.complaint = service.complaint
        return service

    def add_status_page(self, name: str, make: Make, components: list[str]) -> StatusPage:
        """A calm status page."""
        self.status_pages[name] = StatusPage(name, self.clock, make, components=components)
        return self.status_pages[name]

    def order(self, fault: Fault) -> Fault:
        """A trouble is in force from the next call on."""
        return self.faults.order(fault)

    def pass_time(self, by: timedelta) -> None:
        """The sandbox's clock goes forward."""
        self.clock.advance(by)
