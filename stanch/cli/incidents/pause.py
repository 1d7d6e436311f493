"""`stanch pause` and `stanch resume`: the kill switch."""

from typing import Annotated

import typer

from stanch.cli.failures import Misuse
from stanch.cli.incidents.answers import PauseAnswer, PausesAnswer
from stanch.cli.incidents.session import GatewaySession
from stanch.model.pause import EVERYTHING

_KINDS = ("service", "provider")

Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="all, service:NAME or provider:NAME.")]


def pause(
    context: typer.Context,
    scope: Scope = EVERYTHING,
    why: Annotated[str, typer.Option(help="A few words for those who wonder.", show_default=False)] = "",
    listed: Annotated[bool, typer.Option("--list", help="Only say what is paused.")] = False,
) -> None:
    """Stops every further change by Stanch; incidents go on gathering, telling and asking.

    Without a scope it stops everything.
    """
    session = GatewaySession.of(context)
    if listed:
        return _list(session)
    reply = session.gateway.post("pause", body={"scope": _checked(scope), "why": why})
    if session.json:
        return session.screen.document(reply.document)
    state = "is paused now" if reply.read(PauseAnswer).changed else "was paused already"
    return session.screen.line(f"{scope} {state}. To go on: stanch resume {scope}")


def resume(context: typer.Context, scope: Scope = EVERYTHING) -> None:
    """Lets Stanch change things again; each scope that was paused is resumed by itself."""
    session = GatewaySession.of(context)
    reply = session.gateway.post("resume", body={"scope": _checked(scope)})
    if session.json:
        return session.screen.document(reply.document)
    state = "may act again" if reply.read(PauseAnswer).changed else "was not paused"
    return session.screen.line(f"{scope} {state}")


def _checked(scope: str) -> str:
    """A misspelt scope would stop nothing, and nobody would know."""
    kind, colon, name = scope.partition(":")
    if scope == EVERYTHING or (kind in _KINDS and colon and name):
        return scope
    raise Misuse(f"a scope is all, service:NAME or provider:NAME, not {scope!r}")


def _list(session: GatewaySession) -> None:
    reply = session.gateway.get("pause")
    switches = reply.read(PausesAnswer).paused
    if session.json:
        return session.screen.document(reply.document)
    for switch in switches:
        session.screen.line(switch)
    return None if switches else session.screen.line("Nothing is paused")
