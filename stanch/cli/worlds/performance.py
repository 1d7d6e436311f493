"""What came of one world, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stanch.policy.conditions import Truth


@dataclass(frozen=True)
class Performance:
    """How one world ended, and what was otherwise than expected."""

    world: str
    scenario: str
    failures: Sequence[str]
    """What was otherwise than expected."""
    facts: Mapping[str, object]
    timeline: Sequence[str]
    seconds: float
    heard: Mapping[str, frozenset[Truth]] = field(default_factory=dict)
    """What every condition came to that was evaluated."""
    missing: frozenset[str] = frozenset()
    """The evidence that somewhere on the way nobody answered for."""
    has_end: bool = True
    """False where it got stuck or could not be played: then it says nothing of the playbook."""
    again_because: Sequence[str] = ()
    """What was otherwise at the first time, where it was played a second time: a busy machine can be why."""
