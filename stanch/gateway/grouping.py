"""Which alerts of one webhook belong to the same incident, and which playbook it runs by."""

from collections.abc import Iterable, Sequence

from stanch.control import Group
from stanch.model.alert import Alert
from stanch.model.playbook import Pinned
from stanch.playbooks.book import Book
from stanch.policy.outbreaks import severity_of


def groups_of(book: Book, alerts: Iterable[Alert]) -> list[Group]:
    """One group per key, in the order in which they first appear; nothing is left out."""
    matched: dict[str, list[tuple[Alert, Pinned]]] = {}
    for alert in alerts:
        pinned = book.match(alert)
        matched.setdefault(book.group_key(alert, pinned), []).append((alert, pinned))
    return [
        Group(key=key, pinned=_gravest(rows), alerts=tuple(alert for alert, _ in rows))
        for key, rows in matched.items()
    ]


def _gravest(rows: Sequence[tuple[Alert, Pinned]]) -> Pinned:
    """The scenario of the gravest firing alert; among equals one that can do something, then the first."""
    firing = [row for row in rows if row[0].firing] or rows
    return min(firing, key=lambda row: (severity_of(row[1], [row[0]]).rank, not row[1].options))[1]
