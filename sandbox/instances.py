"""What a service finds wherever it runs."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from sandbox.traffic import Stretch


@dataclass(frozen=True)
class ServiceInstance:
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
    started: str = ""
    """Differs after each start, where the name stays."""
    code: str = ""
    """What was built, where a release is more than that: releases that differ in settings alone share it."""

    @property
    def life(self) -> tuple[str, str, str]:
        """From one start to the next."""
        return self.name, self.release, self.started

    @property
    def built(self) -> str:
        """What it runs, whatever it is set to."""
        return self.code or self.release


Complaint = Callable[[ServiceInstance], str]


class ImpossibleError(Exception):
    """What was asked of the sandbox cannot happen there; the message says what, and where."""


class Host(ABC):
    """Whatever runs a service."""

    purges_by_deploying: ClassVar[bool] = False
    """The cache before what runs there forgets all pages when something else goes live."""

    @abstractmethod
    def instances(self) -> list[ServiceInstance]:
        """The copies that exist now; asking counts as one read of them."""

    def listen(self, complaint: Complaint) -> None:  # noqa: B027 - few hosts have checks of their own
        """What a copy says of itself is what this host's own checks see."""

    def hear(self, stretch: Stretch) -> None:
        """What the service went through is written down in the vendor's own lines."""
        for at, level, text in stretch.lines():
            self.write(text, level, at)

    def write(self, text: str, level: str, at: datetime) -> None:  # noqa: B027 - not every host keeps lines
        """The service wrote a line."""

    def hang(self, *, hangs: bool) -> None:
        """Every copy hangs until it is started again, or none does."""
        if hangs:
            raise ImpossibleError(f"no copy can hang on a {type(self).__name__}")

    def run_out_of_memory(self) -> None:
        """Every copy was killed for want of memory and started again, which leaves its traces."""
        raise ImpossibleError(f"no copy can run out of memory on a {type(self).__name__}")
