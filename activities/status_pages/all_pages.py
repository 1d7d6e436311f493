"""`status.pages`: what all the vendors that a service depends on say of themselves."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.status_pages.pages import Pages
from activities.status_pages.reading import PageReading, page_reading
from stanch.errors import ConfigError, Rejected, Unavailable
from stanch.model.base import Frozen, Written
from stanch.model.evidence import Look, NamedBy, Reading
from stanch.model.verb import ReadingSpec


class ManyPagesArguments(Written):
    """Which pages, by name, and which of them is that of the service's hosting; the service says both."""

    pages: Annotated[tuple[str, ...], Field(max_length=30)] = ()
    hosting: str = ""


class VendorStanding(Frozen):
    """What one page says."""

    is_down: bool
    is_degraded: bool
    headline: str


class ManyPages(Reading):
    """What the pages say together; one that cannot be read leaves open whatever it alone could tell."""

    is_down: bool | None
    """A page speaks of an outage; unknown where none does and one cannot be read."""
    is_degraded: bool | None
    """Anything is wrong at all; unknown where nothing is known to be and a page cannot be read."""
    unread: tuple[str, ...] = ()
    hosting: VendorStanding | None = None
    standings: Annotated[dict[str, VendorStanding], NamedBy("pages", directly=True)] = Field(
        default_factory=dict
    )
    """By the name of the page; those that could not be read are not in it."""
    told: tuple[str, ...] = ()
    """A line for each page about which there is something to say."""
    fine: int
    """How many pages say that all is well."""

    def line(self) -> str:
        """`fly: down, Machines fail to start; not read: clerk, did not answer within 5 s; 3 pages fine`."""
        fine = [f"{self.fine} page{'' if self.fine == 1 else 's'} fine"] if self.fine else []
        return "; ".join([*self.told, *fine])


class ReadPages(Reader[Pages]):
    """`status.pages`."""

    spec: ClassVar = ReadingSpec(
        name="status.pages",
        says="Whether a vendor that the service depends on speaks of an outage, its hosting among them",
        result=ManyPages,
        arguments=ManyPagesArguments,
        good_when="!it.is_down",
    )

    async def read(self, look: Look) -> ManyPages:
        """All pages at once, each as `status.page` reads it."""
        asked = ManyPagesArguments.model_validate(look.arguments)
        names = list(dict.fromkeys(filter(None, [asked.hosting, *asked.pages])))
        if not names:
            raise ConfigError("status.pages has no page: write depends_on: [...] on the service")
        found = await asyncio.gather(*(self._one(name, look) for name in names))
        return _together(dict(zip(names, found, strict=True)), asked.hosting)

    async def _one(self, name: str, look: Look) -> PageReading | str:
        """What a page says, or why it could not be read."""
        try:
            return await page_reading(self.vendor, name, (), look.as_of)
        except (ConfigError, Rejected, Unavailable) as error:
            return str(error)


def _together(found: dict[str, PageReading | str], hosting: str) -> ManyPages:
    read = {name: one for name, one in found.items() if isinstance(one, PageReading)}
    unread = {name: why for name, why in found.items() if isinstance(why, str)}
    standings = {name: _standing(one) for name, one in read.items()}
    worst_first = sorted(read.values(), key=lambda one: (not one.is_down, not one.is_degraded))
    return ManyPages(
        is_down=_any((one.is_down for one in read.values()), unread),
        is_degraded=_any((one.is_degraded for one in read.values()), unread),
        unread=tuple(unread),
        hosting=standings.get(hosting),
        standings=standings,
        told=(
            *(one.line() for one in worst_first if one.is_degraded),
            *(f"not read: {why}" for why in unread.values()),
        ),
        fine=sum(not one.is_degraded for one in read.values()),
    )


def _standing(page: PageReading) -> VendorStanding:
    return VendorStanding(is_down=page.is_down, is_degraded=page.is_degraded, headline=page.headline)


def _any(said: Iterable[bool], unread: Mapping[str, str]) -> bool | None:
    """True where one page says so; what was not read keeps it from being false."""
    return any(said) or (None if unread else False)
