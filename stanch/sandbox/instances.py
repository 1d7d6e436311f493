"""What a service finds wherever it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Instance:
    """One running copy of a service, as far as its health follows from it."""

    name: str
    release: str
    good: bool = True
    serving: bool = True
    stuck: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int | None = None
    cpus: float | None = None


class Host(Protocol):
    """Whatever runs a service."""

    def instances(self) -> list[Instance]:
        """The copies that exist now; asking counts as one read of them."""
        ...
