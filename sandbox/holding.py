"""Whether something is so for a copy of a service, at the moment somebody asks."""

from dataclasses import dataclass
from typing import Any

from sandbox.instances import ServiceInstance
from sandbox.named_places import Seen
from sandbox.status_pages import FakeStatusPage
from sandbox.symptoms import Holds


@dataclass(frozen=True)
class IsRelease:
    """The copy runs this release."""

    release: str

    def __call__(self, instance: ServiceInstance) -> bool:
        """By the release's own name."""
        return instance.release == self.release


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
        known = {**instance.environment, **instance.secrets}
        return known.get(self.name) != self.value


@dataclass(frozen=True)
class AllHold:
    """Everything of this is so, and nothing of that."""

    these: tuple[Holds, ...] = ()
    none_of: tuple[Holds, ...] = ()

    def __call__(self, instance: ServiceInstance) -> bool:
        """Always, where nothing is asked."""
        return all(one(instance) for one in self.these) and not any(one(instance) for one in self.none_of)
