"""Secrets: references are read here, values are remembered only to keep them out of every text."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from stanch.errors import ConfigError
from stanch.masking import HIDDEN, masked

__all__ = ["HIDDEN", "Redactor", "read_reference"]

_SHORTEST = 6
"""A shorter value would blank out ordinary words; no vendor's token is that short."""

_UNGUESSABLE = 12
"""A shorter piece is a word, such as `webhooks` in an address."""


def read_reference(reference: str) -> str:
    """The value behind `env:NAME` or `file:PATH`; a missing or empty one is an error that names it."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name, "")
        if not value:
            raise ConfigError(f"{reference} is not set: export {name} in the environment of this process")
        return value
    if kind != "file":
        raise ConfigError("a secret is a reference, env:NAME or file:PATH; the one found is neither")
    value = _written_in(Path(name), reference)
    if not value:
        raise ConfigError(f"{reference} is empty")
    return value


def _written_in(path: Path, reference: str) -> str:
    """The text of a file, and of nothing else: a pipe would be waited for without end."""
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(f"{reference} cannot be read: it is no file. Write the secret into a file")
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{reference} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{reference} cannot be read: it is not UTF-8. Write the secret anew") from error


def _spellings(secret: str) -> Iterator[str]:
    """How a secret may turn up in a text: whole or in pieces, as it is, in JSON or in an address."""
    for piece in (secret, *_pieces(secret)):
        for spelled in (piece, unquote(piece), quote(piece, safe=""), json.dumps(piece)[1:-1]):
            if spelled == secret or len(spelled) >= _UNGUESSABLE:
                yield spelled


def _pieces(secret: str) -> Iterator[str]:
    """What vendors name alone: one token of several, or an address's path and query without its host."""
    address = secret.partition("://")[2] if secret.startswith(("http://", "https://")) else ""
    if not address:
        yield from re.split(r"[\s,]+", secret)
        return
    authority, _, rest = address.partition("/")
    yield from (*authority.rpartition("@")[0].split(":"), *re.split(r"[/?&=#]", rest))


class Redactor:
    """Blanks out every secret that this process has read, and whatever else looks like one."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        for value in values:
            self.hide(value)

    def hide(self, value: str) -> str:
        """Remember a secret, and give it back for use."""
        if len(value) >= _SHORTEST:
            self._values |= set(_spellings(value))
        return value

    def forget(self, value: str) -> None:
        """A secret that opens nothing any more, such as an access token that ran out, is no secret."""
        self._values -= set(_spellings(value))

    def read(self, reference: str) -> str:
        """The value behind a reference, remembered."""
        return self.hide(read_reference(reference))

    def clean(self, text: str) -> str:
        """The text without any remembered secret, longest first, and without those of others."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return masked(text)
