"""What the kinds of status page have in common: where the JSON is, and what is made of it.

A new kind is a module with one function from its JSON to `Seen`, and a line in `KINDS` of `known.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
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
class Incident:
    """An open incident, or maintenance that is under way; without components it is about everything."""

    name: str
    impact: Impact
    components: tuple[Component, ...] = ()

    def touches(self, wanted: frozenset[str]) -> bool:
        """True when it is about one of the wanted components, or does not say what it is about."""
        if not wanted or not self.components:
            return True
        return any(component.answers_to(wanted) for component in self.components)


@dataclass(frozen=True)
class Seen:
    """What a page says, in the same words whatever its kind."""

    indicator: str
    """The page's own one word."""
    impact: Impact
    """What that word means."""
    headline: str
    updated_at: datetime | None
    components: tuple[Component, ...] = ()
    incidents: tuple[Incident, ...] = ()
    maintenance: tuple[Incident, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One make of page: where its JSON stands below the page's address, and how it is read.

    `read` raises pydantic's `ValidationError` for what is not such a page.
    """

    name: str
    path: str
    read: Callable[[Any], Seen]
