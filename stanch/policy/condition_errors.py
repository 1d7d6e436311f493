"""What is said when a text of a playbook is wrong, and when a fact is missing."""

import re

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


class MissingFact(Exception):
    """A value cannot be known, and why; `names` are the missing facts when that is the reason."""

    def __init__(self, names: tuple[str, ...], because: str) -> None:
        super().__init__(names, because)
        self.names, self.because = names, because

    def __str__(self) -> str:
        return self.because
