"""The Typer application: commands are loaded when they are called, and end in one place."""

import contextlib
import importlib
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from stanch.cli.arguments import Json
from stanch.cli.command_table import COMMANDS, SECTIONS, CliCommand
from stanch.cli.failures import CommandError, ExitCode, Misuse, failure_of
from stanch.cli.texts import clean
from stanch.errors import StanchError

_INSTEAD = {(): ["--help"], ("--version",): ["version"]}


def _options(
    url: Annotated[
        str, typer.Option(envvar="STANCH_URL", help="The gateway's address.", show_default=False)
    ] = "",
    data: Annotated[
        Path,
        typer.Option(
            envvar="STANCH_DATA", readable=False, help="The data folder, with gateway.json and tokens/."
        ),
    ] = Path(".stanch"),
    as_json: Json = False,
) -> None:
    """What every command that talks to a gateway takes."""


class _Talking(TyperCommand):
    """A command that talks to a gateway: with the options above, which its function finds in `Session.of`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.params += _built(_options, TyperCommand).params

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Without the braces that Typer draws around words that are required."""
        pieces = super().collect_usage_pieces(ctx)
        return [piece.removeprefix("{").removesuffix("...").removesuffix("}") for piece in pieces]

    def invoke(self, ctx: Any) -> Any:
        """Runs the function, after putting the options above where it finds them."""
        names = {"url": "url", "data": "data", "as_json": "json"}
        ctx.meta["stanch"] = {name: ctx.params.pop(param) for param, name in names.items()}
        return super().invoke(ctx)


class _Commands(TyperGroup):
    """`stanch` itself: it knows its commands by name and loads the one that is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Rows without a function: enough for suggestions, and nothing is imported for them.
        self.commands = {
            name: TyperCommand(name=name, help=command.says) for name, command in COMMANDS.items()
        }

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        command = COMMANDS.get(cmd_name)
        return _loaded(command) if command else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(f"{command.name:10}", command.says) for command in commands])

    def main(self, *args: Any, **settings: Any) -> Any:
        """One command, from its words to its exit code."""
        said = args[0] if args else settings.pop("args", None)
        given = sys.argv[1:] if said is None else list(said)
        words = _INSTEAD.get(tuple(given), given)
        try:
            code = super().main(words, **{**settings, "prog_name": "stanch", "standalone_mode": False})
        except (StanchError, TyperException, typer.Abort) as error:
            failure = _failure(error)
            _tell(failure, in_json="--json" in words)
            code = failure.exit_code
        sys.exit(code if isinstance(code, int) else ExitCode.OK)


def _failure(error: Exception) -> CommandError:
    if isinstance(error, StanchError):
        return failure_of(error)
    if not isinstance(error, TyperException):
        return CommandError("no-answer", "the question was not answered; nothing was done")
    context = getattr(error, "ctx", None)
    hint = f"\nTry: {context.command_path} --help" if context else ""
    return Misuse(error.format_message() + hint)


def _tell(failure: CommandError, *, in_json: bool) -> None:
    """Machines find every answer on standard output, also this one."""
    with contextlib.suppress(BrokenPipeError):
        if in_json:
            typer.echo(json.dumps({"error": {"code": failure.code, "message": str(failure)}}, indent=2))
        else:
            typer.echo(f"stanch: {clean(str(failure))}", err=True)


def _loaded(row: CliCommand) -> Any:
    where, _, name = row.at.partition(":")
    try:
        function = getattr(importlib.import_module(where), name)
    except ModuleNotFoundError as error:
        if error.name != where:
            raise
        raise Misuse(f"`stanch {row.name}` is not in this installation ({where} is missing)") from error
    function = function(row.word, row.told) if row.word else function
    command = _built(function, _Talking if row.talks else TyperCommand, name=row.name)
    if row.example:
        command.epilog = f"\b\nExample:\n  {row.example}"
    return command


def _built(function: Any, kind: type[TyperCommand], name: str | None = None) -> Any:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, cls=kind)(function)
    return typer.main.get_command(alone)


# Plain help: it is read over ssh at night, and costs half of what panels cost to import.
app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Stanch runs your incident playbook: alert in, evidence, approval, change, verification, "
    "post-mortem out.",
    epilog="\b\nTry it:\n  stanch demo",
)


@app.callback()
def _stanch() -> None:
    pass
