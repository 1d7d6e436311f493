"""`status.page`: whether a vendor says that it is down."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.contract import Reader
from activities.status_pages.makes import Impact, PageStatus, Wanted
from activities.status_pages.pages import Pages
from stanch.errors import Rejected
from stanch.model.base import Written
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec


class PageArguments(Written):
    """Which page, by name; `components` narrows it to what the team uses, instead of the team's own list."""

    page: str
    components: tuple[str, ...] = ()


class PageReading(Reading):
    """What a vendor says of itself, as far as the wanted components go."""

    page: str
    is_down: bool
    """The worst of the page's word and its open incidents is major or critical."""
    is_degraded: bool
    """Anything is wrong at all."""
    indicator: str
    """The page's own one word, about everything it covers."""
    headline: str
    incidents: tuple[str, ...] = ()
    maintenance: tuple[str, ...] = ()
    """Maintenance that is under way; what is only announced is left out."""
    updated_at: Annotated[datetime | None, AgeAs("age")] = None
    moved: str = ""
    """How the page is not what it was taken for any more, and what to write."""

    def line(self) -> str:
        """`fly: down, Machines fail to start in ORD`."""
        said = "down" if self.is_down else "degraded" if self.is_degraded else "fine"
        under_way = f"; maintenance: {', '.join(self.maintenance)}" if self.maintenance else ""
        moved = f"; the page {self.moved}" if self.moved else ""
        return f"{self.page}: {said}, {self.headline}{under_way}{moved}"


class ReadPage(Reader[Pages]):
    """`status.page`."""

    spec: ClassVar = ReadingSpec(
        name="status.page",
        says="Whether a vendor's public status page speaks of an outage, of all or of some components",
        result=PageReading,
        arguments=PageArguments,
        good_when="!it.is_down",
    )

    async def read(self, look: Look) -> PageReading:
        """The page's word and its open incidents, worst first; an incident without components counts."""
        asked = PageArguments.model_validate(look.arguments)
        return await page_reading(self.vendor, asked.page, asked.components, look.as_of)


async def page_reading(pages: Pages, name: str, components: tuple[str, ...], at: datetime) -> PageReading:
    """What a page says at that instant of these components, or of those that the team named for it."""
    page = pages.named(name)
    seen = await pages.seen(name, at)
    wanted = frozenset(one.casefold() for one in components or page.components)
    return summed_up(name, seen, wanted).model_copy(update={"moved": pages.moved(name)})


def summed_up(page: str, seen: PageStatus, names: frozenset[str]) -> PageReading:
    """What the page says, as far as the wanted components and regions go; all of it when none is named."""
    wanted = seen.wanted(names)
    if seen.must_be_placed and not wanted.places:
        raise Rejected(
            "status", f"page {page} tells of every region at once: name yours among components of the page"
        )
    stated = _stated(page, seen, wanted)
    incidents = sorted(
        (one for one in seen.incidents if one.touches(wanted)), key=lambda one: one.impact, reverse=True
    )
    # A page's word may say none while an incident is open (seen on a large page, 2026-09): the worst counts.
    worst = max([stated, *(one.impact for one in incidents)])
    return PageReading(
        page=page,
        is_down=worst.is_down,
        is_degraded=worst > Impact.NONE,
        indicator=seen.indicator,
        headline=incidents[0].name if incidents else seen.headline,
        incidents=tuple(one.name for one in incidents),
        maintenance=tuple(one.name for one in seen.maintenance if one.touches(wanted)),
        updated_at=seen.updated_at,
    )


def _stated(page: str, seen: PageStatus, wanted: Wanted) -> Impact:
    """The page's word for everything; the worst component where only some are wanted."""
    if not wanted.names:
        return seen.impact
    found = [component for component in seen.components if component.answers_to(wanted.names)]
    missing = wanted.names - {name.casefold() for one in found for name in (one.name, one.group)}
    if missing and seen.unlisted is None:
        here = ", ".join(sorted({component.name for component in seen.components})[:12])
        raise Rejected("status", f"page {page} has no component {min(missing)}; it has {here}")
    unlisted = [seen.unlisted] if missing and seen.unlisted is not None else []
    return max([*(component.impact for component in found), *unlisted])
