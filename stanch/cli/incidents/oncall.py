"""`stanch oncall`: who is called, until when, and who is next."""

from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from stanch.cli.failures import Misuse
from stanch.cli.incidents.session import GatewaySession
from stanch.cli.screen import Row, Screen
from stanch.cli.texts import stamp
from stanch.model.rota import Duty, OnCall
from stanch.policy import on_call

_TITLES = tuple(Text(title, "bold") for title in ("WHO", "FROM", "UNTIL"))


def oncall(
    context: typer.Context,
    at: Annotated[
        str,
        typer.Option(metavar="INSTANT", help="Then, not now: 2026-12-24T09:00+01:00.", show_default=False),
    ] = "",
    week: Annotated[bool, typer.Option("--week", help="Also the seven days from then on.")] = False,
) -> None:
    """Says who has the role on-call, until when, who is next, and from where that is known."""
    session = GatewaySession.of(context)
    query = {"at": _instant(at)} if at else {}
    reply = session.gateway.get("on-call", **query, **({"week": "true"} if week else {}))
    if session.json:
        return session.screen.document(reply.document)
    return _show(session.screen, reply.read(OnCall))


def _instant(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Misuse(f"--at takes an instant with its offset, such as 2026-12-24T09:00+01:00, not {text!r}")
    return at.isoformat()


def _show(screen: Screen, found: OnCall) -> None:
    who, *then = on_call.lines(found)
    screen.line(who, "bold")
    for line in then:
        screen.line(line)
    if found.week:
        screen.line()
        screen.rows([_TITLES, *(_row(one, found) for one in found.week)], indent=0)
        screen.line()
    read = f", as read {stamp(found.read_at)}" if found.read_at else ""
    screen.line(f"Known from {found.known_from}{read}", "dim")


def _row(duty: Duty, found: OnCall) -> Row:
    until = on_call.shown(duty.until, found.time_zone) if duty.until else "more than a year on"
    beside = f"{until}, by an override" if duty.stands_in else until
    return Text(duty.person), on_call.shown(duty.since, found.time_zone), beside
