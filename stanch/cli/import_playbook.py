"""`import`: a Markdown playbook as a draft of ours, beside the messages that stand in it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from stanch.cli.arguments import Json
from stanch.cli.failures import CommandError, Misuse
from stanch.cli.screen import Screen
from stanch.importing.draft_text import text_of
from stanch.importing.meaning import MeaningKind
from stanch.importing.playbook_draft import PlaybookDraft, draft_of

_LARGEST = 2**20
_PLAYBOOKS = "playbooks"


def import_playbook(
    document: Annotated[
        Path, typer.Argument(metavar="PLAYBOOK.md", help="The document.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Where the draft is written; left out: playbooks/NAME.yaml.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    as_json: Json = False,
) -> None:
    """Make a draft of a Markdown playbook, in shadow mode, each line with where it comes from.

    Nothing is run, and nothing outside is asked. What is in doubt stays a command for people to type;
    what looks like a secret is left out. Templates are written to messages/ beside it.

    Example: stanch import docs/PLAYBOOK.md --out playbooks/shop.yaml
    """
    draft = draft_of(_text_of(document), document.name)
    if not draft.scenarios:
        raise CommandError("no-scenario", f"{document}: no heading has symptoms, steps or commands below it")
    written = _files(draft, out or Path(_PLAYBOOKS) / f"{_name_of(document)}.yaml")
    taken = [str(path) for path in written if path.exists()]
    if taken and not force:
        raise CommandError("exists", f"{', '.join(taken)} is there already; nothing was written. Try --force")
    for path, text in written.items():
        _write(path, text)
    _tell(draft, list(written), as_json=as_json)


def _text_of(document: Path) -> str:
    try:
        text = document.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{document} cannot be read: {type(error).__name__}") from error
    if len(text) > _LARGEST:
        raise Misuse(f"{document} is longer than {_LARGEST} characters: import its parts")
    return text


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"{path} cannot be written: {type(error).__name__}") from error


def _name_of(document: Path) -> str:
    return "-".join(document.stem.lower().replace("_", " ").split())


def _files(draft: PlaybookDraft, out: Path) -> dict[Path, str]:
    """Every file with its text; messages stand beside the draft, or beside the folder of the playbooks."""
    messages = (out.parent.parent if out.parent.name == _PLAYBOOKS else out.parent) / "messages"
    return {out: text_of(draft)} | {messages / f"{one.name}.txt": one.text for one in draft.messages}


def _tell(draft: PlaybookDraft, written: list[Path], *, as_json: bool) -> None:
    screen = Screen()
    if as_json:
        screen.document(_document(draft, written))
        return
    for path in written:
        screen.line(f"Written: {path}")
    if draft.hidden:
        screen.line(f"Left out, since it looks like a secret: line {', '.join(map(str, draft.hidden))}")
    screen.line(f"{draft.count}.")
    screen.line("Next: take over what stands at its end into stanch.yaml, then stanch check --offline")


def _document(draft: PlaybookDraft, written: list[Path]) -> dict[str, Any]:
    understood = len(draft.commands) - draft.manual
    return {
        "written": [str(path) for path in written],
        "scenarios": [scenario.name for scenario in draft.scenarios],
        "commands": len(draft.commands),
        "understood": understood,
        "corrected": draft.corrected,
        "manual": draft.manual,
        "left_to_people": [one.command.line for one in draft.commands if one.kind is MeaningKind.MANUAL],
        "hidden": list(draft.hidden),
    }
