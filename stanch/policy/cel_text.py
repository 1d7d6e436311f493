"""CEL as a text: the names in it, and its compiler's complaints in the author's words and place."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from stanch.policy.condition_errors import ConditionError
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
