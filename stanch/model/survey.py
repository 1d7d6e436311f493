"""Where the units of a change stand, and what acting on them found and did."""

from enum import StrEnum

from pydantic import AwareDatetime, JsonValue

from stanch.model.base import Frozen
from stanch.model.change import SecretRef


class At(StrEnum):
    """Where a unit stands, compared with the plan."""

    WAS = "was"
    TO = "to"
    ELSEWHERE = "elsewhere"


class Place(Frozen):
    """Where one unit stands now."""

    unit: str
    at: At
    seen: SecretRef | JsonValue = None
    settling: str = ""
    """What is still under way there."""
    failed: str = ""
    """What the vendor says of a change that it took and that came to nothing."""
    more: bool = False
    """It takes several writes, and the next one is due."""


class Survey(Frozen):
    """Where every unit of a change stands now."""

    places: tuple[Place, ...]
    perhaps: tuple[str, ...] = ()
    """Units that were sent, whose outcome nobody knows, and that do not show it (yet)."""

    @property
    def settling(self) -> tuple[str, ...]:
        """The units at which the vendor is still at work."""
        return tuple(place.unit for place in self.places if place.settling)

    @property
    def arrived(self) -> tuple[str, ...]:
        """The units that already are where the change wants them."""
        return tuple(place.unit for place in self.places if place.at is At.TO)


class Receipt(Frozen):
    """What acting found and did, unit by unit, and when it was whole."""

    verb: str
    target: str
    changed: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    finished_at: AwareDatetime
