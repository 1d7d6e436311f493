"""What the kinds of status page have in common: where the JSON is, and what is made of it.

A new kind is one function from its JSON to `PageStatus`, and a line in `KINDS` of `known.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from re import Pattern
from typing import Any


class Impact(IntEnum):
    """How bad a page says it is; the order is what `worst` goes by."""

    NONE = 0
    MINOR = 1
    MAJOR = 2
    CRITICAL = 3

    @property
    def is_down(self) -> bool:
        """True where the vendor speaks of an outage."""
        return self >= Impact.MAJOR


@dataclass(frozen=True)
class Component:
    """One part of the vendor's service; `group` is the heading it stands under."""

    name: str
    impact: Impact
    group: str = ""

    def answers_to(self, wanted: frozenset[str]) -> bool:
        """True when it, or its heading, is among the wanted names."""
        return not wanted.isdisjoint({self.name.casefold(), self.group.casefold()})


@dataclass(frozen=True)
class Wanted:
    """What a team uses of a vendor, in small letters; nothing named means everything."""

    names: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    """Regions, on pages that tell of each."""


@dataclass(frozen=True)
class Incident:
    """An open incident, or maintenance that is under way."""

    name: str
    impact: Impact
    components: tuple[Component, ...] = ()
    """Without any it is about everything."""
    places: tuple[str, ...] = ()
    """The regions it is in; without any it is everywhere."""

    def touches(self, wanted: Wanted) -> bool:
        """True when it is about something wanted in a wanted place, as far as it says."""
        named = not (wanted.names and self.components) or any(
            component.answers_to(wanted.names) for component in self.components
        )
        placed = not (wanted.places and self.places) or any(
            _reaches(place.casefold(), mine) for place in self.places for mine in wanted.places
        )
        return named and placed


def _reaches(place: str, mine: str) -> bool:
    """One lies in the other: a zone in its region, a region in its continent, everything in the world."""
    return place in ("global", mine) or place.startswith(f"{mine}-") or mine.startswith(f"{place}-")


@dataclass(frozen=True)
class PageStatus:
    """What a page says, in the same words whatever its kind."""

    indicator: str
    """The page's own one word."""
    impact: Impact
    """What that word means."""
    headline: str
    updated_at: datetime | None = None
    components: tuple[Component, ...] = ()
    incidents: tuple[Incident, ...] = ()
    maintenance: tuple[Incident, ...] = ()
    unlisted: Impact | None = None
    """How a wanted component stands that is not listed; None where a page lists them all."""
    place: Pattern[str] | None = None
    """What the name of a region looks like, on a page that tells of each."""
    must_be_placed: bool = False
    """It tells of the whole world: without a region it says nothing about anybody."""

    def wanted(self, names: frozenset[str]) -> Wanted:
        """The names that a team gave, told apart."""
        places = frozenset(name for name in names if self.place and self.place.fullmatch(name))
        return Wanted(names - places, places)


def _nothing(_: Any) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Make:
    """One make of page: where its JSON stands below the page's address, and how it is read.

    `read` raises pydantic's `ValidationError` for what is not such a page.
    """

    name: str
    path: str
    read: Callable[[Any], PageStatus]
    also: Callable[[Any], tuple[str, ...]] = _nothing
    """Where the rest stands of what was not whole; it adds what the first left out."""
