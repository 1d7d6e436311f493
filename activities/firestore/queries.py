"""What a query asks, before any library has heard of it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """A field, an operator as Firestore's library writes it, and a value."""

    field: str
    op: str
    value: Any


@dataclass(frozen=True)
class Asked:
    """The documents of one collection that meet all conditions."""

    collection: str
    conditions: tuple[Condition, ...] = ()
    newest_by: str = ""
    """The field by which the newest come first."""
