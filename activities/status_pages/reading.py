"""`status.page`: whether a vendor says that it is down, asked at most once a minute for the whole worker."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, ClassVar

from pydantic import ValidationError

from activities.connection import Connection
from activities.contract import Source, Surroundings
from activities.http import Api
from activities.status_pages.kinds import Impact, Kind, Seen
from activities.status_pages.known import HOSTS, kind_of
from stanch.errors import ConfigError, Rejected, Unavailable
from stanch.model.base import Written
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.team import StatusPage
from stanch.model.verb import ReadingSpec

DEADLINE = timedelta(seconds=5)
KEPT_FOR = timedelta(minutes=1)
_HEADERS = {"User-Agent": "stanch"}


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

    def line(self) -> str:
        """`fly: down, Machines fail to start in ORD`."""
        said = "down" if self.is_down else "degraded" if self.is_degraded else "fine"
        under_way = f"; maintenance: {', '.join(self.maintenance)}" if self.maintenance else ""
        return f"{self.page}: {said}, {self.headline}{under_way}"


@dataclass
class _Kept:
    """What a page said last, or why it did not; the lock makes one request of several at once."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_at: datetime | None = None
    seen: Seen | None = None
    why: str = ""

    def is_fresh(self, at: datetime) -> bool:
        """True within a minute; incidents whose clocks were moved in a rehearsal may lie either way."""
        return self.asked_at is not None and abs(at - self.asked_at) < KEPT_FOR


class Pages:
    """All status pages of a worker, and what they said last."""

    def __init__(self, api: Api, pages: Mapping[str, StatusPage]) -> None:
        self._api = api
        self._pages = {name: StatusPage(url=f"https://{host}") for name, host in HOSTS.items()} | dict(pages)
        self._kept: dict[str, _Kept] = {}

    @classmethod
    def connect(cls, around: Surroundings) -> "Pages":
        """`pages` of the settings, by name, beside the vendors' public ones."""
        given = around.settings.fields.get("pages") or {}
        pages = {name: StatusPage.model_validate(page) for name, page in given.items()}
        connection = Connection(
            timeout=DEADLINE.total_seconds(), follow_redirects=True, max_redirects=3, headers=_HEADERS
        )
        return cls(Api("status", connection, around.redactor), pages)

    def named(self, name: str) -> StatusPage:
        """The page of this name."""
        if name in self._pages:
            return self._pages[name]
        close = get_close_matches(name, self._pages, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ConfigError(f"there is no status page {name}: write status_pages.{name} in stanch.yaml{hint}")

    async def seen(self, name: str, at: datetime) -> Seen:
        """What the page says, read less than a minute before or after `at`; `Unavailable` is kept as long."""
        kept = self._kept.setdefault(name, _Kept())
        async with kept.lock:
            if not kept.is_fresh(at):
                kept.seen, kept.why = await self._ask(self.named(name).url, kind_of(name))
                kept.asked_at = at
        if kept.seen is None:
            raise Unavailable("status", f"page {name} {kept.why}")
        return kept.seen

    async def _ask(self, address: str, kind: Kind) -> tuple[Seen | None, str]:
        """A page that cannot be read says nothing of its vendor, whatever the reason."""
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                answer = await self._api.get(f"{address.rstrip('/')}/{kind.path}")
            return kind.read(answer.data), ""
        except TimeoutError:
            return None, f"did not answer within {DEADLINE.total_seconds():g} s"
        except (Unavailable, Rejected) as error:
            return None, f"cannot be read: {error}"
        except ValidationError as error:
            return None, f"is not a page of {kind.name}: {error.error_count()} fields are missing or unknown"


class ReadPage(Source):
    """`status.page`."""

    spec: ClassVar = ReadingSpec(
        name="status.page",
        says="Whether a vendor's public status page speaks of an outage, of all or of some components",
        result=PageReading,
        arguments=PageArguments,
        good_when="!it.is_down",
    )

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def read(self, look: Look) -> PageReading:
        """The page's word and its open incidents, worst first; an incident without components counts."""
        asked = PageArguments.model_validate(look.arguments)
        page = self._pages.named(asked.page)
        seen = await self._pages.seen(asked.page, look.as_of)
        wanted = frozenset(name.casefold() for name in asked.components or page.components)
        return summed_up(asked.page, seen, wanted)


def summed_up(page: str, seen: Seen, wanted: frozenset[str]) -> PageReading:
    """What the page says, as far as the wanted components go; all of it when none is named."""
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


def _stated(page: str, seen: Seen, wanted: frozenset[str]) -> Impact:
    """The page's word for everything; the worst component where only some are wanted."""
    if not wanted:
        return seen.impact
    found = [component for component in seen.components if component.answers_to(wanted)]
    missing = wanted - {name.casefold() for one in found for name in (one.name, one.group)}
    if missing:
        here = ", ".join(sorted({component.name for component in seen.components})[:12])
        raise Rejected("status", f"page {page} has no component {min(missing)}; it has {here}")
    return max(component.impact for component in found)
