"""Memory that copies of a service take with time."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.instances import ServiceInstance

_AN_HOUR = 60 * 60


@dataclass
class Leak:
    """How fast, and what each copy has taken since its start."""

    mb_per_hour: float = 120
    collected_at_mb: float = 0
    """So much is given back at once, by a collector; nothing where it never is."""
    is_watched: bool = False
    """The monitoring looks at how fast it grows, and not only at how much there is."""
    taken_mb: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def goes_on(self, serving: Iterable[ServiceInstance], seconds: float) -> None:
        """So long; copies that are gone are forgotten."""
        more = self.mb_per_hour * seconds / _AN_HOUR
        self.taken_mb = {one.life: self._left_of(self.taken_mb.get(one.life, 0) + more) for one in serving}

    def _left_of(self, taken: float) -> float:
        return 0 if 0 < self.collected_at_mb <= taken else taken
