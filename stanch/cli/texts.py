"""Texts from outside, made safe for a terminal; durations and instants, made readable."""

import unicodedata
from datetime import UTC, datetime, timedelta

_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Control characters, invisible and direction-changing ones, halves of characters, odd line ends."""

_LEAST = timedelta(seconds=1)
_UNITS = ((timedelta(days=2), timedelta(days=1), "d"), (timedelta(hours=2), timedelta(hours=1), "h"))
_MINUTES = (timedelta(minutes=2), timedelta(minutes=1), "min")


def clean(text: str) -> str:
    r"""The text with everything a terminal might obey shown as `\x1b`; lines stay lines."""
    return "".join(_shown(char) for char in text.replace("\r\n", "\n").replace("\t", " "))


def _shown(char: str) -> str:
    if char == "\n" or unicodedata.category(char) not in _UNSAFE:
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"  # noqa: PLR2004 - one byte


def one_line(text: str) -> str:
    """The text, safe and on one line, so that an alert cannot write lines of its own."""
    return " ".join(clean(text).split())


def stamp(at: datetime) -> str:
    """`2026-11-21 08:22:53 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(at: datetime, beside: datetime) -> str:
    """`08:22:53`, and the date too where it is another day's than that of the instant beside it."""
    here, there = at.astimezone(UTC), beside.astimezone(UTC)
    return f"{here:%H:%M:%S}" if here.date() == there.date() else f"{here:%Y-%m-%d %H:%M:%S}"


def ago(at: datetime, now: datetime) -> str:
    """`3 min ago`; a clock that is behind ours makes nothing happen in the future."""
    passed = now - at
    if passed < _LEAST:
        return "just now"
    for enough, one, unit in (*_UNITS, _MINUTES):
        if passed >= enough:
            return f"{passed // one} {unit} ago"
    return f"{passed // _LEAST} s ago"


def moment(at: datetime, now: datetime) -> str:
    """`2026-11-21 08:22:53 UTC (3 min ago)`."""
    return f"{stamp(at)} ({ago(at, now)})"
