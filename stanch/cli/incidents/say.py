"""What a person says to an incident besides yes and no to a plan."""

from typing import Annotated

import typer

from stanch.cli import arguments
from stanch.cli.arguments import Note, Number
from stanch.cli.failures import Misuse
from stanch.cli.incidents.session import GatewaySession, number_of
from stanch.model.alert import Severity


def _say(context: typer.Context, number: str | None, word: str, **body: object) -> None:
    session = GatewaySession.of(context)
    session.say(number_of(session.gateway, number), word, **body)


def ack(context: typer.Context, number: Number = None, note: Note = "") -> None:
    """Says that you are looking at it; the escalation stops climbing."""
    _say(context, number, "acknowledge", note=note)


def escalate(context: typer.Context, number: Number = None, note: Note = "") -> None:
    """Asks for help: the people whom the playbook names are told at once."""
    _say(context, number, "escalate", note=note)


def undo(context: typer.Context, number: Number = None, note: Note = "") -> None:
    """Takes back the changes of this incident that were kept, each compared with what was left there."""
    _say(context, number, "undo", note=note)


def resolve(context: typer.Context, number: Number = None, note: Note = "") -> None:
    """Closes it as resolved; nothing is undone."""
    _say(context, number, "resolve", note=note)


def abort(context: typer.Context, number: Number = None, note: Note = "") -> None:
    """Stops all further change; what is half done is finished or undone, and a person has it."""
    _say(context, number, "abort", note=note)


def severity(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="[NUMBER] SEVERITY", hidden=True)],
    note: Note = "",
) -> None:
    """Sets how grave it is, up or down: critical, high, medium or low.

    NUMBER may be left out where only one incident is open.
    """
    number, rank = arguments.number_and(words, "SEVERITY")
    if rank.lower() not in list(Severity):
        raise Misuse(f"a severity is one of {', '.join(Severity)}, not {rank!r}")
    _say(context, number, "severity", severity=rank.lower(), note=note)


def note(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="[NUMBER] TEXT", hidden=True)],
) -> None:
    """Writes a line on the timeline; a text of several words stands in quotes.

    NUMBER may be left out where only one incident is open.
    """
    number, text = arguments.number_and(words, "TEXT")
    if not text.strip():
        raise Misuse("the note is empty")
    _say(context, number, "note", note=text)


def run(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="[NUMBER] VERB", hidden=True)],
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME=VALUE", help="An argument, or all of them as a JSON object."),
    ] = None,
    note: Note = "",
) -> None:
    """Asks for one change by hand: same limits, same approval, same record as a playbook's.

    VERB is what a playbook writes after `uses:`. NUMBER may be left out where only one incident is open.
    """
    number, verb = arguments.number_and(words, "VERB")
    if "." not in verb:
        raise Misuse(f"a verb has a dot in it, such as fly.restart; {verb!r} has none")
    given = arguments.values(with_ or [], "--with")
    _say(context, number, "run", uses=verb, note=note, **{"with": given})
