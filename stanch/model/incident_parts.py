"""Parts of what an incident remembers: each is frozen, and replaced."""

from pydantic import AwareDatetime

from stanch.model.base import Frozen
from stanch.model.change import Target
from stanch.model.playbook import Pinned


class HeldLock(Frozen):
    """A lock: held, or on its way back."""

    target: Target
    leaving: bool = False


class Refusal(Frozen):
    """An option that was true and could not be planned, and the rule that said so."""

    option: str
    rule: str
    because: str
    doubt: bool
    """It might have been the right one: what follows it asks at least one person."""


class Unanswered(Frozen):
    """What a provider did not answer, or was in no state to do, when it was asked last."""

    asked: str
    """The reading or verb, and of what: `fly.status of backend`."""
    at: AwareDatetime
    because: str


class Waiting(Frozen):
    """A scenario whose turn comes when the present one has nothing left."""

    pinned: Pinned
    alerts: tuple[str, ...]
    """Hashes of the alerts it was pinned for; it has its turn only while one of them fires."""
