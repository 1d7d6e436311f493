"""What a watch is asked, what it remembers between looks, and how it ends."""

from enum import StrEnum

from pydantic import AwareDatetime

from stanch.model.base import Frozen
from stanch.model.playbook import PinnedCheck


class Quality(StrEnum):
    """What one look says."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


class End(StrEnum):
    """How a watch ends; `STILL` has not."""

    GOOD = "good"
    BAD = "bad"
    INCONCLUSIVE = "inconclusive"
    REFUSED = "refused"
    """Stanch itself is not let in, which says nothing of what is watched."""
    STILL = "still"


class WatchRequest(Frozen):
    """One check to watch."""

    check: PinnedCheck
    started_at: AwareDatetime
    """When visitors have what was changed: no verdict falls earlier, and a bad look counts from then on."""
    first_bad_at: AwareDatetime | None = None
    since: AwareDatetime | None = None
    """When something was changed last: looking back ends there."""


class WatchProgress(Frozen):
    """What a watch remembers between looks; travels in heartbeat details."""

    looks: int = 0
    good_since: AwareDatetime | None = None
    good_in_a_row: int = 0
    bad_in_a_row: int = 0
    was_good: bool = False
    last_known_at: AwareDatetime | None = None
    last_line: str = ""


class Watched(Frozen):
    """How a watch ended, and since when it had been good."""

    uses: str
    end: End
    good_since: AwareDatetime | None = None
    looks: int
    because: str
