"""`stanch incidents`: one row each."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from stanch.cli.incidents.answers import Listing
from stanch.cli.incidents.session import GatewaySession
from stanch.cli.incidents.show import STYLES, not_in_force
from stanch.cli.screen import Row
from stanch.cli.texts import ago
from stanch.model.record import Summary

_TITLES = tuple(Text(title, "bold") for title in ("NUMBER", "SEVERITY", "PHASE", "OPENED", "WHAT"))


def incidents(
    context: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are not closed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 30,
) -> None:
    """Lists incidents, open ones first, then the latest."""
    session = GatewaySession.of(context)
    query = {"open": "true"} if open_only else {}
    reply = session.gateway.get("incidents", limit=str(limit), **query)
    listing = reply.read(Listing)
    rows = listing.incidents
    if session.json:
        return session.screen.document(reply.document)
    not_in_force(session.screen, listing.in_force)
    if not rows:
        return session.screen.line("No incident is open" if open_only else "There are no incidents yet")
    now = datetime.now(UTC)
    return session.screen.rows([_TITLES, *(_cells(row, now) for row in rows)], indent=0)


def _cells(row: Summary, now: datetime) -> Row:
    style = STYLES.get(row.severity, "") if row.open else "dim"
    return (
        Text(row.number, "" if row.open else "dim"),
        Text(row.severity, style),
        _phase(row),
        ago(row.opened_at, now),
        f"{row.scenario} on {row.service}" if row.scenario else row.service,
    )


def _phase(row: Summary) -> str | Text:
    if not row.open:
        return Text("closed", "dim")
    return Text("stuck, see show", "bold red") if row.trouble else row.phase
