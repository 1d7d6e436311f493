"""What every fake stands on, and what a fake is to the sandbox."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from starlette.routing import BaseRoute
from starlette.types import Scope

from sandbox.backings import Backing
from sandbox.clock import Origin, SandboxClock
from sandbox.faults import Fault, Faults, Trouble
from sandbox.instances import Host, ImpossibleError
from sandbox.ledger import Ledger
from sandbox.named_places import Furnishings
from sandbox.pace import Pace
from sandbox.past import Past
from sandbox.service import FakeService
from sandbox.traffic import Visitors, Window
from sandbox.wires import Wire

T = TypeVar("T")
W = TypeVar("W", bound="World")
BODY = "sandbox.body"
"""Where a request's body stands in its scope, for vendors who name a call in there."""


class SandboxBase(ABC):
    """The sandbox as a vendor knows it: time, names, what was done, faults, and every vendor's world."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self._worlds: dict[type[World], Any] = {}
        self.clear()

    def clear(self) -> None:
        """Nothing is left of any vendor; the clock goes on."""
        self.origin = Origin(self.clock)
        self.pace = Pace()
        self.ledger = Ledger(self.clock)
        self.faults = Faults()
        self.enforce_rate_limits = False
        self.services: dict[str, FakeService] = {}
        self.parts: dict[str, Backing] = {}
        self.shown_by: dict[str, dict[str, Callable[[], Any]]] = {}
        """What a part or service shows as JSON, by its name and path."""
        self.visitors = Visitors(self.clock)
        self.past = Past()
        for world in self._worlds.values():
            world.clear()

    def of(self, world: type[W]) -> W:
        """One vendor's part of the world; empty when nothing was put there."""
        if world not in self._worlds:
            self._worlds[world] = world(self)
        found: W = self._worlds[world]
        return found

    def warm_up(self) -> None:
        """What takes long to load is loaded, before anybody waits for an answer."""
        for world in self._worlds.values():
            world.warm_up()

    def part(self, name: str) -> Backing:
        """What services keep things in, by the name of the service that it is; healthy when it is new.

        One that is an app of a platform stands while a copy of it answers.
        """
        if name not in self.parts:
            app = self.services.get(name)
            self.parts[name] = Backing(name, partial(_answers, app)) if app else Backing(name)
        return self.parts[name]

    def complaints(self) -> list[str]:
        """What is wrong at any vendor, and no service shows."""
        return [line for world in self._worlds.values() for line in world.complaints()]

    @abstractmethod
    def add_service(self, name: str, host: Host) -> FakeService:
        """A service that runs there."""

    def purge_pages(self, is_behind: Callable[[FakeService], bool]) -> None:
        """A cache forgets the pages of the services that are behind it."""
        for service in filter(is_behind, self.services.values()):
            service.front.purge()

    def order(self, fault: Fault) -> Fault:
        """A trouble is in force from the next call on."""
        return self.faults.order(fault)


class World:
    """One vendor's part of the world."""

    def __init__(self, sandbox: SandboxBase) -> None:
        self.sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Nothing is there any more; the endpoints keep pointing to this same world."""

    def warm_up(self) -> None:
        """What takes long to load is loaded."""

    @property
    def vendor(self) -> str:
        """Whose world this is."""
        return type(self).__module__.split(".")[1]

    def arrived(self, said: Iterable[T], at: Callable[[T], str]) -> list[T]:
        """What can be seen by now of what was said at these instants; what says none can."""
        horizon = self.horizon
        return [one for one in said if _is_by(horizon, at(one))]

    @property
    def lateness(self) -> timedelta:
        """How long after it happened a thing is in a line or a number."""
        late = self.sandbox.faults.standing(Trouble.LATE, self.vendor)
        return late.age if late else timedelta()

    @property
    def horizon(self) -> datetime:
        """What happened after this is in no line and no number yet."""
        return self.clock.now() - self.lateness

    def points(
        self, name: str, gauge: str, window: Window, *, sparse: bool = False
    ) -> list[tuple[datetime, float]]:
        """A service's numbers as this vendor shows them now, each under the beginning of its time.

        `sparse`: nought is no number there, trouble or not.
        """
        standing = self.sandbox.faults.standing
        return self.sandbox.services[name].history.points(
            gauge,
            window,
            fragment=standing(Trouble.FRAGMENT, self.vendor) is not None,
            sparse=sparse or standing(Trouble.SPARSE, self.vendor) is not None,
        )

    @property
    def clock(self) -> SandboxClock:
        """The sandbox's own time."""
        return self.sandbox.clock

    @property
    def origin(self) -> Origin:
        """Where instants and identifiers come from."""
        return self.sandbox.origin

    @property
    def pace(self) -> Pace:
        """How long things take."""
        return self.sandbox.pace

    @property
    def ledger(self) -> Ledger:
        """Where effects are written down."""
        return self.sandbox.ledger

    def state(self) -> Any:
        """What runs there, as JSON; looking here moves nothing on."""
        return {}

    def secrets(self) -> set[str]:
        """What the vendor keeps and never shows."""
        return set()

    def complaints(self) -> Iterator[str]:
        """What is wrong there at this moment, and no service shows."""
        yield from ()

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """Somebody else deploys to the thing of that name; what now runs there is given."""
        raise ImpossibleError(f"nobody deploys {name} here ({good=}, {release=}, {in_progress=})")


def _is_by(horizon: datetime, at: str) -> bool:
    try:
        return datetime.fromisoformat(at) <= horizon
    except (TypeError, ValueError):  # an instant of no zone, or none at all
        return True


def _error(_: str, __: int, message: str) -> Any:
    return {"error": message}


def _answers(service: FakeService) -> bool:
    return any(one.serving and not service.complaint(one) for one in service.host.instances())


def _path(scope: Scope) -> str:
    return str(scope["path"])


def _is_write(scope: Scope) -> bool:
    return scope["method"] not in ("GET", "HEAD")


@dataclass
class Door(Generic[W]):
    """Every call to a vendor passes here, which knows whose credential it carries and what that reaches."""

    world: W


@dataclass(frozen=True)
class Vendor:
    """How the sandbox plays one vendor: under `/NAME`, by these endpoints, in the vendor's own manners."""

    name: str
    world: type[World]
    routes: Callable[[Any], Sequence[BaseRoute]]
    """Takes the world; every path begins with `/NAME`."""
    keys: tuple[str, ...] = ()
    """The credentials it accepts, the one that may do everything first."""
    refusal: Callable[[str, int, str], Any] = _error
    """The body of a refusal: what the call is known by, status, message; a text is XML."""
    headers: Callable[[int, dict[str, str]], dict[str, str]] = field(default=lambda _, ordered: ordered)
    """What headers a refusal of this status carries, with those that a test ordered."""
    malformed: int = 422
    """The status of a refusal whose author has to mend the request."""
    path: Callable[[Scope], str] = _path
    """What a call is known by in ledger and faults, for vendors whose path says nothing."""
    is_write: Callable[[Scope], bool] = _is_write
    """Whether a call may change something."""
    wire: Wire | None = None
    """What it is spoken to in instead of HTTP."""
    furnishings: Furnishings = field(default_factory=Furnishings)
    """What of a team's catalogue it knows to have there."""
    emptied: Callable[[bytes], bytes] | None = None
    """The same answer with every list in it empty, for vendors who do not speak JSON alone."""
