"""The one line that somebody new can paste once `stanch up` is ready: an alert that opens something here."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from stanch.model.verb import AutomationMode
from stanch.playbooks.book import Book
from stanch.playbooks.opening import Opens

_DOES = {
    AutomationMode.SHADOW: "mode shadow: it changes nothing and tells what it would do",
    AutomationMode.APPROVE: "mode approve: it asks before it changes anything",
    AutomationMode.AUTO: "mode auto: it may change things without asking",
}


@dataclass(frozen=True)
class FirstAlert:
    """A command line, and how far what it opens may go."""

    command: str
    does: str


def first_alert(book: Book, data: Path) -> FirstAlert | None:
    """The alert that opens the most careful scenario; None where no name is written out."""
    source = book.team.sources.get("alertmanager")
    careful = sorted(book.entries, key=lambda entry: list(AutomationMode).index(entry.pinned.mode))
    named = [(entry, name) for entry in careful for name in _plain_names(entry)]
    if source is None or not named:
        return None
    entry, name = named[0]
    labels = [f"--label {shlex.quote(f'{key}={value}')}" for key, value in entry.labels.items()]
    words = [f"stanch alert {shlex.quote(name)} --service {shlex.quote(entry.pinned.service.name)}", *labels]
    if data != Path(".stanch").absolute():
        words.append(f"--data {shlex.quote(str(data))}")
    reference = source.token or ""
    if reference.startswith("env:"):
        words.insert(0, f'STANCH_ALERT_TOKEN="${reference.removeprefix("env:")}"')
    return FirstAlert(" ".join(words), _DOES[entry.pinned.mode])


def _plain_names(entry: Opens) -> list[str]:
    """Names without a pattern in them."""
    return [name for name in entry.names if "*" not in name]
