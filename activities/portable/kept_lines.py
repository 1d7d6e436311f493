"""Lines of a log kept as a file for people: `logs-fly.logs-slurpy-backend-20261121T030000Z-1a2b3c.log`.

They stand beside the journal and in no history; the newest hundred files stay.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from activities import whole_files
from activities.portable.log_lines import LoggedLine, matched
from activities.portable.log_patterns import Finder
from stanch.errors import Unavailable
from stanch.model.base import digest_of
from stanch.model.evidence import Look
from stanch.secrets import Redactor

LARGEST = 5_000_000
"""Bytes of one file; what is beyond them is the oldest."""
FILES = 100
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


def kept(lines: Iterable[LoggedLine], look: Look, redactor: Redactor, folder: Path, reading: str) -> Path:
    """Writes the lines that are asked for, without secrets; asked again, it is the same file."""
    newest = [*_newest(matched(lines, look, Finder()))]
    text = redactor.clean("".join(reversed(newest)))
    path = folder / _name(look, reading)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        whole_files.replace(path, text)
        for old in sorted(folder.glob("logs-*.log"), key=lambda one: one.stat().st_mtime)[:-FILES]:
            old.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Unavailable("logs", f"nothing can be kept in {folder} ({why}): make room there") from error
    return path


def _newest(lines: Iterable[LoggedLine]) -> Iterator[str]:
    left = LARGEST
    for line in lines:
        source = f"{line.source} " if line.source else ""
        text = f"{line.at.isoformat()} {source}{line.text}\n".encode(errors="replace")
        left -= len(text)
        if left < 0:
            return
        yield text.decode()


def _name(look: Look, reading: str) -> str:
    target = _NOT_IN_NAMES.sub("-", look.target.name if look.target else "")[:_LONGEST_NAME]
    asked = digest_of(look.model_dump(mode="json"))
    return f"logs-{reading}-{target}-{look.as_of:%Y%m%dT%H%M%SZ}-{asked}.log"
