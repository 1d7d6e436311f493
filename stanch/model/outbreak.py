"""What fires in one incident, in a space that no storm can fill."""

from typing import NamedTuple

from pydantic import Field

from stanch.model.alert import Alert
from stanch.model.base import Frozen


class LastHeard(NamedTuple):
    """The last word on one fingerprint."""

    at: int
    """When it began to fire or, once it has resolved, when it ended; seconds since 1970."""
    name: int
    """Which of the outbreak's names it has."""
    said: int | None = None
    """How many seconds after `at` the gateway said so."""


class Outbreak(Frozen):
    """Every fingerprint by a short hash, and in full only the alerts that are shown."""

    firing: dict[str, LastHeard] = Field(default_factory=dict)
    resolved: dict[str, LastHeard] = Field(default_factory=dict)
    ended: tuple[str, ...] = ()
    """The latest episodes that have ended."""
    names: tuple[str, ...] = ()
    shown: dict[str, Alert] = Field(default_factory=dict)
    """The first to fire and the latest, by `source/fingerprint`."""
    unshown: int = 0
    """How many have fired whose labels are not kept."""
    saturated: bool = False
    """More fire than are counted one by one: only a person can say that it is over."""
