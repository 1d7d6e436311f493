"""What a person says to an incident besides yes and no to a plan."""

from collections.abc import Callable
from typing import Annotated

import typer

from stanch.cli import arguments
from stanch.cli.arguments import Note, Number
from stanch.cli.failures import CommandError, Misuse
from stanch.cli.incidents.at_work import AtWork
from stanch.cli.incidents.session import GatewaySession, number_of
from stanch.model.alert import Severity


def _say(context: typer.Context, number: str | None, word: str, **body: object) -> None:
    session = GatewaySession.of(context)
    session.say(number_of(session.gateway, number), word, **body)


def plain(word: str, told: str) -> Callable[..., None]:
    """The command that says a word to which only a note can be added; `told` is its help."""

    def command(context: typer.Context, number: Number = None, note: Note = "") -> None:
        _say(context, number, word, note=note)

    command.__doc__ = told
    return command


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


def done(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="[NUMBER] ITEM", hidden=True)],
    *,
    undone: Annotated[bool, typer.Option("--not", help="It could not be done.")] = False,
    note: Note = "",
) -> None:
    """Ticks something that people do, by its number on the incident's list; --not says that it failed.

    NUMBER may be left out where only one incident is open.
    """
    number, item = arguments.number_and(words, "ITEM")
    if not item.isdecimal():
        raise Misuse(f"ITEM is a number, as `stanch show` lists what is to do; {item!r} is none")
    _say(context, number, "done", item=int(item), done=not undone, note=note)


def run(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="[NUMBER] VERB", hidden=True)],
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME=VALUE", help="An argument, or all of them as a JSON object."),
    ] = None,
    target: Annotated[
        str, typer.Option(help="Where else, by its name under also_on.", show_default=False)
    ] = "",
    note: Note = "",
) -> None:
    """Asks for one change by hand: same limits, same approval, same record as a playbook's.

    VERB is what a playbook writes after `uses:`, such as roll_back, or fly.roll_back. NUMBER may be left out
    where only one incident is open. Waits a moment for the plan, and exits with 1 where a limit refuses it;
    `stanch manual` has its commands.
    """
    number, verb = arguments.number_and(words, "VERB")
    given = arguments.values(with_ or [], "--with")
    session = GatewaySession.of(context)
    number = number_of(session.gateway, number)
    at_work = AtWork.now(session.gateway, number)
    reply = session.hear(number, "run", uses=verb, target=target, note=note, **{"with": given})
    if refused := at_work.refusal_of(verb):
        raise CommandError("refused", f"{number}: {refused}")
    session.tell(number, reply)
