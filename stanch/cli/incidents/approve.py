"""`stanch approve` and `stanch reject`: yes or no to exactly one plan."""

import sys
from typing import Annotated, Any

import typer

from stanch.cli import arguments
from stanch.cli.arguments import Digest, Note, Number
from stanch.cli.failures import CommandError, Misuse
from stanch.cli.incidents.answers import Card
from stanch.cli.incidents.session import GatewaySession, number_of
from stanch.cli.incidents.show import head, plan
from stanch.model.incident import Phase


def approve(
    context: typer.Context,
    number: Number = None,
    digest: Digest = "",
    lower: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Approve with a lower number than planned, such as count=2."),
    ] = None,
    note: Note = "",
) -> None:
    """Approves exactly one plan, named by its digest.

    Without --digest, on a terminal, the plan is shown and you are asked; what you saw is what is approved.
    Without a terminal --digest is required.
    """
    session = GatewaySession.of(context)
    lowered = arguments.values(lower or [], "--lower")
    if not digest and (session.json or not _is_terminal()):
        raise Misuse("--digest is required where nobody can be asked: `stanch show` names it")
    number = number_of(session.gateway, number)
    if not digest:
        digest = _asked(session, number, lowered)
    session.say(number, "approve", digest=digest, lower=lowered, note=note)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked(session: GatewaySession, number: str, lowered: dict[str, Any]) -> str:
    """The digest of the plan on the screen, once a person has said yes to it."""
    card = _waiting(session, number)
    head(session.screen, card)
    plan(session.screen, card)
    if lowered:
        said = ", ".join(f"{name}={value}" for name, value in lowered.items())
        session.screen.line(
            f"Lowered to {said}: that plan gets a digest of its own, and this word approves it"
        )
    if not _says_yes(f"Approve {card.digest} of {number}? [y/N] "):
        raise CommandError("not-approved", "nothing was approved")
    return card.digest


def _says_yes(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        sys.stderr.write("\nstanch: nothing was approved\n")
        raise


def _waiting(session: GatewaySession, number: str) -> Card:
    card = session.gateway.get("incidents", number).read(Card)
    if card.state.phase is not Phase.APPROVE or not card.digest:
        raise CommandError(
            "nothing-waits", f"{number}: no plan is waiting for an approval (phase: {card.state.phase})"
        )
    return card


def reject(context: typer.Context, number: Number = None, digest: Digest = "", note: Note = "") -> None:
    """Refuses the plan that is waiting; the playbook's next option is tried.

    Without --digest it is the plan that waits now.
    """
    session = GatewaySession.of(context)
    number = number_of(session.gateway, number)
    session.say(number, "reject", digest=digest or _waiting(session, number).digest, note=note)
