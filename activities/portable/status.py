"""How a service stands: the one shape in which every provider answers `NAME.status`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from stanch.model.base import Duration, Written
from stanch.model.evidence import AgeAs, AtLeast, Reading


class StatusArguments(Written):
    """In which time restarts and kills are counted."""

    within: Duration = Field(default=timedelta(minutes=15), gt=timedelta(0), le=timedelta(days=1))


class Status(Reading):
    """The copies of a service, or one database or cache, as they are now.

    What a vendor does not tell is missing. An interface that cannot be reached is no answer, and so is no
    server that cannot be told from one which is only out of reach from here.
    """

    copies: ClassVar[str] = "copies"
    """What this vendor calls them."""

    is_down: bool
    """No copy of it runs, or it does not answer."""
    is_slow: bool | None = None
    settling: bool | None = None
    """It is on its way to what was asked for: starting, stopping, being replaced."""
    count: int | None = None
    """Copies there are, running or not."""
    wanted: int | None = None
    """Copies there shall be."""
    running: int | None = None
    """Copies that run and are not said to be ill."""
    failing_copies: int | None = None
    """Copies that run and are ill, or that ended although they shall run."""
    memory_kills: Annotated[int | None, AtLeast("is_cut")] = None
    """Copies ended for want of memory, within the asked-for time."""
    restarts: Annotated[int | None, AtLeast("is_cut")] = None
    """Copies that ended by themselves or were ended as ill, and were started again, within that time."""
    is_cut: bool = False
    """True where the vendor forgot part of that time: kills and restarts are at least so many."""
    cpu: float | None = None
    """The share of what it may use, of the copy that uses most; likewise memory."""
    memory: float | None = None
    hit_rate: float | None = None
    """The share of a cache's look-ups that find something, now and not since it started."""
    size: str | None = None
    memory_mb: int | None = None
    """What one copy may use."""
    restarted_at: Annotated[datetime | None, AgeAs("restarted_age")] = None
    """When the last of its copies started."""
    connections: int | None = None
    free: int | None = None
    """Connections that could be opened now."""
    why: str = ""
    """In the vendor's words, where it is down or ill."""

    def line(self) -> str:
        """`1 of 2 machines run, 1 failing, 4 killed for memory, 256 MB, memory 97 %`."""
        down = "down" if self.is_down else ""
        parts = (down, *self._copies(), *self._shares(), *self._connections(), *self.states(), self.why)
        return ", ".join(part for part in parts if part) or "up"

    def states(self) -> list[str]:
        """What is to be said of it beside its numbers; a vendor adds its own words."""
        return [text for text, holds in (("slow", self.is_slow), ("settling", self.settling)) if holds]

    def _copies(self) -> Iterator[str]:
        least = "at least " if self.is_cut else ""
        there = self.wanted if self.wanted is not None else self.count
        if self.running is not None and there is not None:
            yield f"{self.running} of {there} {self.copies} run"
        yield f"{self.failing_copies} failing" if self.failing_copies else ""
        yield f"{least}{self.memory_kills} killed for memory" if self.memory_kills else ""
        yield f"{least}{self.restarts} restarts" if self.restarts else ""
        yield " ".join((self.size or "", f"{self.memory_mb} MB" if self.memory_mb else "")).strip()

    def _shares(self) -> Iterator[str]:
        shares = (("cpu", self.cpu), ("memory", self.memory), ("hit rate", self.hit_rate))
        yield from (f"{name} {share:.0%}" for name, share in shares if share is not None)

    def _connections(self) -> Iterator[str]:
        yield f"{self.connections} connections" if self.connections is not None else ""
        yield f"{self.free} free" if self.free is not None else ""
