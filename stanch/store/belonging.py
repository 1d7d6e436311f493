"""To which Temporal a store belongs, and what to think when the two do not fit together."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from stanch.model.base import Frozen
from stanch.model.guard import Holder
from stanch.store.tables import belonging


class Belonging(Frozen):
    """A store's own name, the Temporal namespace it belongs to, and how far it has come.

    The epoch rises with every start and after grants. Temporal keeps the last one too: a store that has an
    earlier one was restored from a backup.
    """

    store: str
    namespace: str = ""
    epoch: int = 0


class Found(Frozen):
    """What Temporal knows of stores and incidents."""

    namespace: str
    has_incidents: bool
    store: str = ""
    epoch: int = 0
    unknown: tuple[tuple[str, Holder], ...] = ()
    """Locks whose holders Temporal does not know, by target."""


def read(connection: Connection) -> Belonging:
    """What this store is."""
    row = connection.execute(select(belonging)).mappings().one()
    return Belonging.model_validate(dict(row))


def belongs_to(connection: Connection, namespace: str, least: int) -> Belonging:
    """From now on it belongs there, in a new epoch that is greater than `least` too."""
    epoch = max(read(connection).epoch, least) + 1
    connection.execute(update(belonging).values(namespace=namespace, epoch=epoch))
    return read(connection)


def doubt(known: Belonging, found: Found) -> str:
    """Why automation must not begin until a person has looked; empty where the two fit together."""
    return "; ".join(text for text in (_strange(known, found), _lost(found.unknown)) if text)


def _strange(known: Belonging, found: Found) -> str:
    if known.namespace == found.namespace and found.epoch > known.epoch:
        return (
            f"the store was restored from a backup: it is {found.epoch - known.epoch} steps behind Temporal"
        )
    if not found.has_incidents:
        return ""
    if not known.namespace:
        return "the store is new, and the namespace has incidents whose changes it does not know"
    if known.namespace != found.namespace:
        return f"the store belongs to the namespace {known.namespace}, not to {found.namespace}"
    if found.store not in ("", known.store):
        return "another store was in use for this namespace: gateway and worker need one STANCH_STORE"
    return ""


def _lost(unknown: Sequence[tuple[str, Holder]]) -> str:
    if not unknown:
        return ""
    named = ", ".join(f"{holder.incident} ({target})" for target, holder in unknown)
    return f"Temporal has lost open incidents, which may have changed something: {named}"
