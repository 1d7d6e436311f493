"""How every provider's `logs` is read: the vendor shows lines, and what is in them is told here."""

import asyncio
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from activities.contract import Reader
from activities.portable.kept_lines import kept
from activities.portable.log_lines import LogCount, LoggedLine, count, wanted_of
from stanch.model.evidence import Look
from stanch.secrets import Redactor


class Redacting(Protocol):
    """What a vendor's connection has, whatever else it has."""

    @property
    def redactor(self) -> Redactor:
        """Keeps secrets out of every text."""


W = TypeVar("W", bound=Redacting)


@dataclass(frozen=True)
class OfAll:
    """What is known of the number of all lines, where only some of them are shown."""

    count: int
    is_cut: bool


@dataclass(frozen=True)
class Shown:
    """The lines that a vendor shows."""

    lines: Iterable[LoggedLine]
    whole: bool
    """Nothing is missing of what was asked for."""
    of_all: OfAll | None = None
    """Where there are more lines, and these are what the named counts are about."""
    until: datetime | None = None
    """When the newest came, where the vendor was listened to after it was asked."""


class LogReader(Reader[W]):
    """A provider's `logs`."""

    @abstractmethod
    async def shown(self, look: Look) -> Shown:
        """What the vendor shows of the time that is looked at; what lies outside is left out later."""

    async def read(self, look: Look) -> LogCount:
        """Many lines take a moment, in which the worker has other things to do."""
        shown = await self.shown(look)
        return await asyncio.to_thread(
            self._told, shown, look.model_copy(update={"as_of": shown.until or look.as_of})
        )

    def _told(self, shown: Shown, look: Look) -> LogCount:
        wanted, lines = wanted_of(look), [*shown.lines]
        found = count(lines, look, self.vendor.redactor, whole=shown.whole)
        if shown.of_all and not wanted.matching:
            of_all = {"count": max(found.count, shown.of_all.count), "is_cut": shown.of_all.is_cut}
            found = found.model_copy(update=of_all)
        if not wanted.keep or self.folder is None:
            return found
        path = kept(lines, look, self.vendor.redactor, self.folder, self.spec.name)
        return found.model_copy(update={"kept": str(path)})
