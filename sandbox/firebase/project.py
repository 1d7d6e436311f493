"""One project: its functions, services, sites, templates of flags, and log."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from sandbox.clock import Origin
from sandbox.firebase.backend import Backend
from sandbox.firebase.function import Function
from sandbox.firebase.project_log import ProjectLog
from sandbox.firebase.service import Service
from sandbox.firebase.site import Site
from sandbox.firebase.template import Template
from sandbox.ledger import Ledger
from sandbox.pace import Pace

REGION = "us-central1"


class Thing(Protocol):
    """Whatever can be deployed to."""

    def state(self) -> Any:
        """How it stands."""

    def deploy(self, *, good: bool, release: str, in_progress: bool) -> str:
        """Somebody deploys; what now runs is given."""


@dataclass
class Project:
    """Everything of one project, by name."""

    id: str
    origin: Origin
    pace: Pace
    ledger: Ledger
    number: str = "123456789012"
    functions: dict[str, Function] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    backends: dict[str, Backend] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    operations: dict[str, tuple[Service, dict[str, Any]]] = field(default_factory=dict)
    vault: dict[str, list[str]] = field(default_factory=dict)
    """Secret Manager's: the values of each secret's versions, the first of them first."""
    databases: list[str] = field(default_factory=list)
    """Firestore's."""
    alert_policies: dict[str, bool] = field(default_factory=dict)
    """By the names that people gave them, and whether each is on."""
    switched_off: set[str] = field(default_factory=set)
    monitoring_late: timedelta = timedelta(minutes=3)
    """What was measured can be read only so much later."""

    def __post_init__(self) -> None:
        self.journal = ProjectLog(self.id, self.origin)
        self.templates = {one: Template(one, self.number, self.origin) for one in ("client", "server")}

    def run(self, name: str, region: str = REGION) -> Service:
        """A service without a revision, whose environment has the project's flags."""
        made = Service(
            id=name,
            parent=f"projects/{self.id}/locations/{region}",
            origin=self.origin,
            pace=self.pace,
            journal=self.journal,
            flags=self.templates["client"].plain,
            vault=self.vault,
        )
        self.services[f"{region}/{name}"] = made
        return made

    def function(self, name: str, *, generation: int = 2, region: str = REGION) -> Function:
        """A function; of the 2nd generation it is a service of its name in lower case."""
        service = self.run(name.lower().replace("_", "-"), region) if generation > 1 else None
        place = f"projects/{self.id}/locations/{region}/functions/{name}"
        self.functions[f"{region}/{name}"] = Function(place, self.origin, service)
        return self.functions[f"{region}/{name}"]

    def site(self, name: str) -> Site:
        """A Hosting site without a release."""
        self.sites[name] = Site(name, self.number, self.origin)
        return self.sites[name]

    def backend(self, name: str, region: str = REGION) -> Backend:
        """An App Hosting backend without a rollout."""
        place = f"projects/{self.id}/locations/{region}/backends/{name}"
        self.backends[f"{region}/{name}"] = Backend(place, self.origin, self.pace)
        return self.backends[f"{region}/{name}"]

    def things(self) -> Iterator[tuple[str, Thing]]:
        """What can be deployed to, by its id: functions, services that are none, sites."""
        yield from ((one.id, one) for one in self.functions.values())
        behind = {id(one.service) for one in self.functions.values()}
        yield from ((one.id, one) for one in self.services.values() if id(one) not in behind)
        yield from ((f"backend {one.id}", one) for one in self.backends.values())
        yield from ((f"site {one.id}", one) for one in self.sites.values())

    def secrets(self) -> set[str]:
        """What services keep in their environment and show to nobody but who may read them."""
        held = {value for values in self.vault.values() for value in values}
        return held | {secret for one in self.services.values() for secret in one.secrets()}
