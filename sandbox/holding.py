"""Whether something is so for a copy of a service, at the moment somebody asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.breakers import Breaker, BreakerPosition
from sandbox.inlets import secret_in
from sandbox.instances import Host, ServiceInstance
from sandbox.named_places import DocumentStore, Seen, Spot
from sandbox.status_pages import FakeStatusPage
from sandbox.symptoms import Holds


@dataclass(frozen=True)
class RunsCode:
    """The copy runs what this release was built of."""

    built: str

    def __call__(self, instance: ServiceInstance) -> bool:
        """Whatever it is set to, and however much it is given."""
        return instance.built == self.built


@dataclass(frozen=True)
class SwitchStands:
    """The copy finds a switch at this."""

    seen: Seen
    value: Any

    def __call__(self, instance: ServiceInstance) -> bool:
        """However the store writes it."""
        return str(self.seen(instance)).lower() == str(self.value).lower()


@dataclass(frozen=True)
class PageSpeaksOfTrouble:
    """A vendor is ill, which its page says."""

    page: FakeStatusPage

    def __call__(self, _: ServiceInstance) -> bool:
        """For every copy."""
        return self.page.weather.is_incident


@dataclass(frozen=True)
class LacksSecret:
    """The copy has another value of a secret than the one that is accepted."""

    name: str
    value: str

    def __call__(self, instance: ServiceInstance) -> bool:
        """Wherever it was given to it."""
        return secret_in(instance, self.name) != self.value


@dataclass(frozen=True)
class AnyCopy:
    """Something is so for a copy that visitors get."""

    host: Host
    holds: Holds

    def __call__(self) -> bool:
        """One is enough."""
        return any(self.holds(one) for one in self.host.instances() if one.serving)


@dataclass(frozen=True)
class HasLessMemory:
    """The copy was given less memory than this."""

    megabytes: int

    def __call__(self, instance: ServiceInstance) -> bool:
        """Never, where nobody says how much it has."""
        return instance.memory_mb is not None and instance.memory_mb < self.megabytes


@dataclass(frozen=True)
class RunsFewer:
    """Fewer copies run than this."""

    host: Host
    count: int

    def __call__(self, _: ServiceInstance) -> bool:
        """For every copy."""
        return sum(one.serving for one in self.host.instances()) < self.count


@dataclass(frozen=True)
class IsEmpty:
    """A collection of documents holds none."""

    world: Any
    place: Spot
    store: DocumentStore
    collection: str

    def __call__(self, _: ServiceInstance) -> bool:
        """For every copy."""
        return not self.store.count(self.world, self.place, self.collection)


@dataclass(frozen=True)
class HasRun:
    """A command was run beside the service, and ended well."""

    world: Any
    place: Spot
    ran: Callable[[Any, Spot], list[str]]
    command: str

    def __call__(self, _: ServiceInstance) -> bool:
        """For every copy; vendors wrap what they run."""
        return any(self.command in one for one in self.ran(self.world, self.place))


@dataclass(frozen=True)
class AllHold:
    """Everything of this is so, and nothing of that."""

    these: tuple[Holds, ...] = ()
    none_of: tuple[Holds, ...] = ()

    def __call__(self, instance: ServiceInstance) -> bool:
        """Always, where nothing is asked."""
        return all(one(instance) for one in self.these) and not any(one(instance) for one in self.none_of)


@dataclass(frozen=True)
class SwitchIsBelow:
    """The copy finds a number of a switch that is too low."""

    seen: Seen
    least: float

    def __call__(self, instance: ServiceInstance) -> bool:
        """What is no number limits nothing."""
        try:
            return float(self.seen(instance)) < self.least
        except (TypeError, ValueError):
            return False


@dataclass(frozen=True)
class GetsThrough:
    """Nothing that stands before a service keeps an address out."""

    walls: tuple[Callable[[str, str], bool], ...]
    service: str
    address: str

    def __call__(self, _: ServiceInstance) -> bool:
        """For every copy."""
        return not any(turns_away(self.service, self.address) for turns_away in self.walls)


@dataclass(frozen=True)
class BreakerIsOpen:
    """The service calls a dependency no more."""

    breaker: Breaker

    def __call__(self, _: ServiceInstance) -> bool:
        """For every copy."""
        return self.breaker.position is BreakerPosition.OPEN
