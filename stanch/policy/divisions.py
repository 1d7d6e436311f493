"""Quotients in a condition: ratios are real numbers, and what is divided by nothing is not known."""

import re
from collections.abc import Iterator

from stanch.policy.cel_text import STRING_LITERAL

WHOLE = b"divide_int64"
"""CEL's own name of the division that drops what is behind the point, in a compiled expression."""
_REFUSED = "double(1 / 0)"
_SKIPPED = re.compile(rf"//[^\n]*|{STRING_LITERAL}")
_ATOM = re.compile(rf"\s*[-!]*\s*(?:{STRING_LITERAL}|[\w]+)?")
_MORE = re.compile(r"\s*(?:\.\s*\w+|(?=[(\[]))")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def guarded(text: str) -> str:
    """The text with every divisor refused while it is 0: CEL would make infinity of it."""
    done, at = "", 0
    for slash in _slashes(text):
        if slash < at:
            continue  # a divisor may divide too; it is guarded from the inside
        end = _end_of_operand(text, slash + 1)
        divisor = guarded(text[slash + 1 : end])
        done += f"{text[at:slash]}/ (({divisor.strip()}) == 0.0 ? {_REFUSED} : ({divisor.strip()}))"
        at = end
    return done + text[at:]


def first(text: str) -> int:
    """Where the first division stands; -1 where there is none."""
    return next(_slashes(text), -1)


def _slashes(text: str) -> Iterator[int]:
    at = 0
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        if text[at] == "/":
            yield at
        at += 1


def _end_of_operand(text: str, at: int) -> int:
    """Where the operand that begins here ends: a name, call, index, number, text or what is in brackets."""
    begun = _ATOM.match(text, at)
    end = begun.end() if begun else at
    if text[end : end + 1] in _CLOSING:
        end = _closed(text, end)
    while more := _MORE.match(text, end):
        end = more.end()
        if text[end : end + 1] in _CLOSING:
            end = _closed(text, end)
    return end


def _closed(text: str, opening: int) -> int:
    """Behind the bracket that closes the one here."""
    depth, at = 0, opening
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        depth += (text[at] in _CLOSING) - (text[at] in _CLOSING.values())
        at += 1
        if not depth:
            break
    return at
