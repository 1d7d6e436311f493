"""CEL as a text: the names in it, and its compiler's complaints in the author's words and place.

In a division quotients are real numbers, and what is divided by nothing is not known.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from stanch.policy.fact_types import Variables

STRING_LITERAL = (
    r"""[rRbB]{0,2}(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
)
_CHAIN = r"[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*"
_TOKEN = re.compile(
    rf"(?P<constant>(?<![\w.])(?:duration|timestamp|int|double)\s*\(\s*(?:{STRING_LITERAL}|\d[\d.]*)\s*\))"
    rf"|(?<![\w.])has\s*\(\s*(?P<tested>{_CHAIN})\s*\)"
    rf"|//[^\n]*|{STRING_LITERAL}|\d[\w.]*|\.\s*\w+"
    rf"|(?P<name>{_CHAIN})(?P<called>\s*\()?",
    re.ASCII,
)


_WORDS = {"true", "false", "null", "in"}
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*(\w+)\s*,", re.ASCII)
_FUNCTIONS = (
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "duration",
    "timestamp",
    "int",
    "double",
)
_SAID = re.compile(
    r"ERROR: <input>:(-?\d+):(-?\d+): (?:Syntax error: )?([^\n]*?)(?: expecting \{.*)?(?: \[INV.*)?$",
    re.MULTILINE,
)


_HINTS = (  # what the author most likely meant, by what CEL said; the first that fits
    (r"to Duration|duration\(int64", 'units are h, m, s, ms: "90s", "30m", "1h30m"; a day is "24h"'),
    (r"to Timestamp", 'a timestamp has a date, a time and a zone: "2026-11-21T07:30:00Z"'),
    (r"input '(and|or|not|if)'", "write && for and, || for or, ! for not, a ? b : c for if"),
    (r"error at: '=", "equality is written =="),
    (r"error at: '[&|]", "write && for and, || for or"),
    (r"input '(ms|s|m|h|d)'", 'a length of time is written duration("30m")'),
    (r"`(&&|\|\||!)`", "&&, || and ! take conditions: compare the value with something"),
    (r"`\*`.*duration", "a duration is not multiplied: write the product"),
    (r"null_type", "a missing fact is never null: write x.known"),
    (r"(timestamp|duration), (int|string)", 'write duration("30m"), timestamp("2026-11-21T07:30:00Z")'),
    (r"timestamp, duration|duration, timestamp", "the difference of two timestamps is a duration"),
    (
        r"int.*double|double.*int",
        "write 2.0 where a double is wanted and 2 where an int is, or double(x), int(x)",
    ),
    (r"\(.*string.*(int|double)|\(.*(int|double).*string", 'write "2" in quotes, or int(x), string(x)'),
    (r"wanted bool", "compare it with something: ==, !=, <, >"),
    (r"regular expression", "RE2 is spoken here: no look-ahead, and brackets close"),
    (r"mismatched input '<EOF>'", "the expression is not finished"),
    (r"recursion", "shorten it, or make two options of it"),
)


class ConditionError(ValueError):
    """A text of a playbook cannot mean what it must: where, why, and what to write instead."""

    def __init__(self, text: str, at: int, reason: str, suggestion: str = "") -> None:
        super().__init__(text, at, reason, suggestion)
        before = text[:at].split("\n")
        self.text, self.at, self.reason = text, at, reason
        self.line, self.column = len(before), len(before[-1]) + 1
        self.suggestion = suggestion or next((hint for said, hint in _HINTS if re.search(said, reason)), "")

    def __str__(self) -> str:
        ending = f". Suggestion: {self.suggestion}" if self.suggestion else ""
        shown = self.text.split("\n")[self.line - 1].replace("\t", " ").rstrip()
        caret = " " * (self.column - 1) + "^"
        return f"line {self.line}, column {self.column}: {self.reason}{ending}\n    {shown}\n    {caret}"


def names_used(text: str) -> frozenset[str]:
    """The dotted names a text refers to, as written, without what its loops bind."""
    bound = _WORDS | set(_LOOP.findall(re.sub(rf"//[^\n]*|{STRING_LITERAL}", '""', text)))
    names = (name for name, _ in names_written(text))
    return frozenset(name for name in names if name and name.split(".")[0] not in bound)


def names_written(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Each dotted name with its place; of a call, what stands before the function."""
    for token in _TOKEN.finditer(text):
        name = re.sub(r"\s", "", token["tested"] or token["name"] or "")
        yield (name.rpartition(".")[0] if token["called"] else name), token


def refusal(text: str, error: str, known: Variables) -> ConditionError:
    """What CEL's compiler said, in the author's words and at the author's place."""
    said = _SAID.search(error)
    if said is None:
        return ConditionError(text, 0, re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", error))
    line, column, reason = max(int(said[1]), 1), max(int(said[2]), 1), said[3]
    at = sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + column - 1
    if unknown := re.match(r"undeclared reference to '(.*?)'", reason):
        return _unknown(text, at, unknown[1], known)
    if misfit := re.match(r"found no matching overload for '(.*)' applied to '(.*)'", reason):
        operator = misfit[1].strip("@").replace("_", "")
        reason = f"`{operator}` does not take {misfit[2]}"
    if selected := re.match(r"expression of type '(.*)' cannot be the operand", reason):
        reason = f"a {selected[1]} has no fields"
    reason = reason.rstrip(".")
    return ConditionError(text, at, re.sub(r"google\.protobuf\.(\w+)", lambda m: m[1].lower(), reason))


def _unknown(text: str, at: int, name: str, known: Variables) -> ConditionError:
    """CEL points at the last dot or bracket; a person looks at the start of the name."""
    start = text.rfind(name, 0, at + 1 + len(name))
    start = at if start < 0 else start
    if text[at : at + 1] == "(" and text[:at].rstrip().endswith(name):
        there = ", ".join(get_close_matches(name, _FUNCTIONS, 1) or _FUNCTIONS)
        instead = f'methods are written x.{name}("y")' if name == there else f"there is {there}"
        return ConditionError(text, start, f"no function {name}() takes this", instead)
    head = name.partition(".")[0]
    heads = {variable.partition(".")[0]: None for variable in known}
    fields = [variable for variable in known if variable.startswith(f"{head}.")]
    near = get_close_matches(name, known, 3) or get_close_matches(head, heads.keys() - {head}, 3)
    hints = [f"did you mean {' or '.join(near)}?"] if near else []
    hints += [f"{head} has {', '.join(variable[len(head) + 1 :] for variable in fields)}"] if fields else []
    hints = hints or [f"known are {', '.join(heads)}" if heads else "nothing is known here"]
    return ConditionError(text, start, f"{name} is not known", "; ".join(hints))


WHOLE_DIVISION = b"divide_int64"
"""CEL's own name of the division that drops what is behind the point, in a compiled expression."""
_REFUSED = "double(1 / 0)"
_SKIPPED = re.compile(rf"//[^\n]*|{STRING_LITERAL}")
_ATOM = re.compile(rf"\s*[-!]*\s*(?:{STRING_LITERAL}|[\w]+)?")
_MORE = re.compile(r"\s*(?:\.\s*\w+|(?=[(\[]))")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def divisions_guarded(text: str) -> str:
    """The text with every divisor refused while it is 0: CEL would make infinity of it."""
    done, at = "", 0
    for slash in _slashes(text):
        if slash < at:
            continue  # a divisor may divide too; it is guarded from the inside
        end = _end_of_operand(text, slash + 1)
        divisor = divisions_guarded(text[slash + 1 : end])
        done += f"{text[at:slash]}/ (({divisor.strip()}) == 0.0 ? {_REFUSED} : ({divisor.strip()}))"
        at = end
    return done + text[at:]


def first_division(text: str) -> int:
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
