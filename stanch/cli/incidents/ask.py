"""`stanch open` and `stanch do`: what a playbook lets people ask for by its name."""

from typing import Annotated

import typer

from stanch.cli import arguments
from stanch.cli.incidents.answers import OpenedByHand
from stanch.cli.incidents.session import GatewaySession

With = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="NAME=VALUE", help="What has to be chosen; as often as needed."),
]


def open_scenario(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SCENARIO", help="Its name in a playbook.")],
    service: Annotated[
        str, typer.Option(help="Of which service, where it is for several.", show_default=False)
    ] = "",
    with_: With = None,
) -> None:
    """Opens an incident of a scenario that has `asked:`, or hands it to the one that is open.

    Its plans, limits, approvals and record are those of any incident.
    """
    _ask(context, "scenarios", name, service, with_)


def do(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="COMMAND", help="Its name under `commands:`.")],
    with_: With = None,
) -> None:
    """Gives a command of a playbook: same plan, limits, approval and record as in an incident."""
    _ask(context, "commands", name, "", with_)


def _ask(context: typer.Context, what: str, name: str, service: str, with_: list[str] | None) -> None:
    session = GatewaySession.of(context)
    body = {"service": service, "with": arguments.named(with_ or [], "--with")}
    reply = session.gateway.post(what, name, body=body)
    if session.json:
        return session.screen.document(reply.document)
    number = reply.read(OpenedByHand).incident
    session.screen.line(f"{name}: accepted by {number}")
    return session.screen.line(f"Follow it: stanch watch {number}")
