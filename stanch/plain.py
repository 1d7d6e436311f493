"""Foreign texts made plain: no line of their own, no control character, no markup.

Log lines, alerts and people's notes reach terminals, Temporal's pages, channels and documents. Whatever they
hold, it must not command a terminal, turn a line around, or look like a line, a table cell, a heading or a
link that Stanch has written.
"""

import re
from datetime import timedelta

_MARKUP = re.compile(r"[\\`*_\[\]<>|~]")
_IN_A_WORD = re.compile(r"(?<=[A-Za-z0-9])\\_(?=[A-Za-z0-9])")
_AT_THE_START = re.compile(r"(?:[#+=-]|\d+[.)])")
_LINES = re.compile(r"\r\n|\r|\n")


def one_line(text: str) -> str:
    """A text on one line, without what a terminal or a page would obey: controls, and turns of direction."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def lines(text: str) -> str:
    """A text whose lines stay lines, each of them plain; what it is indented by stays."""
    return "\n".join(_indented(line) for line in _LINES.split(text))


def _indented(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))] + one_line(line)


def markdown(text: str) -> str:
    """A foreign text within a line of Markdown, where it reads as it is written and is nothing but text."""
    escaped = _MARKUP.sub(lambda found: f"\\{found[0]}", one_line(text))
    escaped = _IN_A_WORD.sub("_", escaped)  # an underscore within a word is no emphasis
    return f"\\{escaped}" if _AT_THE_START.match(escaped) else escaped


def for_slack(text: str) -> str:
    """A text in which Slack sees no mention and no link that we have not made."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lasting(time: timedelta) -> str:
    """A length of time as people say it: `3 min 12 s`."""
    seconds = max(0, round(time.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    shown = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(shown) or "0 s"


def amount(number: int, one: str, many: str = "") -> str:
    """`1 machine`, `2 machines`."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
