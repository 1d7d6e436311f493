"""How a change goes on at its vendor: what its verb waits for, how long that takes, when visitors have it."""

from datetime import timedelta
from enum import StrEnum

from stanch.model.base import Frozen


class WaitsFor(StrEnum):
    """What a verb has waited for when it says that a change is made."""

    ACCEPTED = "accepted"
    """The vendor has taken it, and tells nothing of what becomes of it."""
    DONE = "done for the vendor's API"
    """The vendor says that it is done, which may be earlier than visitors have it."""
    SEEN = "seen by visitors"
    """What the verb looks at is what visitors get."""


class Course(Frozen):
    """What a verb ends with, and what is known of the times around that; what is not known is left empty."""

    waits_for: WaitsFor
    usually: str = ""
    """How long it takes until there, where nothing is wrong: `10 to 90 s for each machine`."""
    visitors_after: timedelta | None = None
    """How much later visitors have it: a verdict on what it did begins no earlier."""
    visitors: str = ""
    """When visitors have it, in words, or under which condition so late."""
    limits: str = ""
    """What the vendor allows of it by minute, day, plan or lock, beside what it allows of all requests."""
