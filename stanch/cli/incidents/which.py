"""Which incident is meant: by its number, by the beginning or end of one, or because only one is open."""

import re

from stanch.cli.failures import CommandError, Misuse
from stanch.cli.incidents.answers import Listing
from stanch.cli.incidents.gateway import Gateway
from stanch.model.record import Summary

_WHOLE = re.compile(r"INC-\d{8}-[0-9A-HJKMNP-TV-Z]{6}")


def number_of(gateway: Gateway, named: str | None) -> str:
    """The number of the incident that is meant; where several could be, all are listed and none is taken."""
    if named is None:
        return _only(_open(gateway), "open", "say which one")
    name = named.strip().upper()
    if not name:
        # A script whose variable is empty has not said which one it means.
        raise Misuse("NUMBER is empty: leave it out to mean the only open incident")
    if _WHOLE.fullmatch(name):
        return name
    rows = _open(gateway)
    for row in rows:
        if row.number.upper() == name:
            return row.number
    found = [row for row in rows if row.number.upper().startswith(name) or row.number.upper().endswith(name)]
    if not found:
        raise CommandError(
            "not-found",
            f"no open incident's number begins or ends with {name} (a closed one needs its whole number)",
        )
    return _only(found, f"open and called {name}", "say more of its number")


def _open(gateway: Gateway) -> tuple[Summary, ...]:
    return gateway.get("incidents", open="true", limit="200").read(Listing).incidents


def _only(rows: tuple[Summary, ...] | list[Summary], which: str, remedy: str) -> str:
    if not rows:
        raise CommandError("not-found", f"no incident is {which}")
    if len(rows) == 1:
        return rows[0].number
    listed = "\n".join(f"  {row.number}  {row.severity}: {row.scenario} on {row.service}" for row in rows)
    raise CommandError("ambiguous", f"{len(rows)} incidents are {which}: {remedy}\n{listed}")
