"""Command lines of a document, read and never run: quotes, pipes, continued lines, what stands in `$(…)`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

_SUBSTITUTION = r"\$\((?:[^()]|\([^()]*\))*\)"
_DOUBLE = rf'"(?:\\.|{_SUBSTITUTION}|[^"\\])*"'
_SINGLE = r"'[^']*'"
_NAMED = r"<[A-Za-z][\w .:/-]*>"
_PLACEHOLDER = re.compile(_NAMED)
_WORD = re.compile(rf"(?:{_DOUBLE}|{_SINGLE}|{_SUBSTITUTION}|\\.|{_NAMED}|[^\s;|&<>\"'\\])+", re.DOTALL)
_SPACE = re.compile(r"\s*")
_COMMENT = re.compile(r"#[^\n]*")
_OPERATOR = re.compile(r"\d?>>?&?\d?|&&|\|\||\|&?|;|&>?|<<<?-?|<")
_SPLITS = {"&&", "||", ";", "&"}
_QUOTED = re.compile(rf"{_DOUBLE}|{_SINGLE}|\\.", re.DOTALL)
_HEREDOC = re.compile(r"(?<!<)<<(?!<)-?\s*['\"]?(?P<until>\w+)['\"]?")
_PROMPT = re.compile(r"^\s*\$\s+")
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_INNER = re.compile(r"\$\((?!\()(?P<inside>(?:[^()]|\([^()]*\))*)\)")
_CARRIERS = {"sudo", "time", "nohup", "exec", "command", "env"}
_MOST_JOINED = 200


class Unreadable(Exception):
    """No shell would take this line as it stands."""


@dataclass(frozen=True)
class TypedCommand:
    """One command of a pipe, as its words; the rest of the pipe beside it."""

    line: int
    text: str
    words: tuple[str, ...] = ()
    """Empty where nothing could be made of it."""
    sets: dict[str, str] = field(default_factory=dict)
    """What is assigned in front of it."""
    pipe: tuple[tuple[str, ...], ...] = ()
    """The further stages, each as its words."""
    said: str = ""
    """The comment that stands above it."""
    about: str = ""
    """What stands around its block: headings, labels, the sentence before it."""


def typed(lines: Sequence[str], first: int, about: str = "") -> Iterator[TypedCommand]:
    """Every command of a block whose first line has this number, and what the block is about."""
    prompted = any(_PROMPT.match(line) for line in lines)
    said = ""
    for number, text in _joined(lines, first):
        stripped = text.strip()
        if not stripped:
            said = ""
        elif stripped.startswith("#"):
            said = stripped.lstrip("#! ").strip()
        elif not prompted or _PROMPT.match(text):
            for command in commands_of(_PROMPT.sub("", text).strip(), number):
                yield replace(command, said=said, about=about)


def commands_of(text: str, line: int) -> Iterator[TypedCommand]:
    """The commands of one line: those between `&&` and `;` each by itself."""
    shown = re.sub(r"\s*\\\n\s*", " ", text)
    try:
        for stages in _pipes(_tokens(text)):
            yield _command(stages, line, shown)
    except Unreadable:
        yield TypedCommand(line, shown)


def inside(command: TypedCommand) -> TypedCommand | None:
    """The one command in its `$(…)`, where it does nothing but show or keep what that answers."""
    found = _INNER.findall(command.text)
    keeps = command.words[:1] in ((), ("echo",), ("printf",))
    if not keeps or len(found) != 1 or not (command.words or command.sets):
        return None
    inner = next(commands_of(found[0], command.line), None)
    return replace(inner, said=command.said) if inner and inner.words else None


def within_quotes(command: TypedCommand, text: str) -> TypedCommand | None:
    """A command that another one is given as a text, such as `watch`."""
    inner = next(commands_of(text, command.line), None)
    return replace(inner, said=command.said) if inner and inner.words else None


def _joined(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Lines that a shell takes for one, with the number of the first."""
    at = 0
    while at < len(lines):
        begun, text = at, lines[at]
        at += 1
        if text.lstrip().startswith("#"):
            yield first + begun, text
            continue
        while at < len(lines) and at - begun < _MOST_JOINED and _goes_on(text):
            text = f"{text}\n{lines[at]}"
            at += 1
        if at - begun > 1 and _goes_on(text):
            at, text = begun + 1, lines[begun]  # a quote that is never closed is one line's mistake
        if until := _HEREDOC.search(text):
            while at < len(lines) and lines[at].strip() != until["until"]:
                at += 1
            at += 1
        yield first + begun, text


def _goes_on(text: str) -> bool:
    bare = _QUOTED.sub("", text)
    return text.endswith("\\") or bare.rstrip().endswith("|") or '"' in bare or "'" in _uncommented(bare)


def _uncommented(bare: str) -> str:
    """An apostrophe in a comment opens nothing."""
    return re.sub(r"(?:^|\s)#[^\n]*", "", bare)


def _tokens(text: str) -> Iterator[tuple[bool, str]]:
    """Words and operators, in their order; True of an operator."""
    text = text.replace("\\\n", " ")
    at = 0
    while (at := _end(_SPACE, text, at)) < len(text):
        if _COMMENT.match(text, at):
            at = _end(_COMMENT, text, at)
            continue
        operator = None if _PLACEHOLDER.match(text, at) else _OPERATOR.match(text, at)
        found = operator or _WORD.match(text, at)
        if found is None:
            raise Unreadable
        yield operator is not None, found[0]
        at = found.end()


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _pipes(tokens: Iterator[tuple[bool, str]]) -> Iterator[list[list[str]]]:
    """Every pipe of a line, as its stages; where something is sent to or taken from is left out."""
    stages: list[list[str]] = [[]]
    skip = False
    for is_operator, token in tokens:
        if is_operator and token in _SPLITS:
            if any(stages):
                yield stages
            stages = [[]]
        elif is_operator and token.startswith("|"):
            stages.append([])
        elif is_operator:
            skip = not token[-1].isdigit()
        elif skip:
            skip = False
        else:
            stages[-1].append(token)
    if any(stages):
        yield stages


def _command(stages: list[list[str]], line: int, text: str) -> TypedCommand:
    words, sets = stages[0], dict[str, str]()
    while words:
        assigned = _ASSIGNMENT.fullmatch(words[0])
        if assigned:
            sets[assigned["name"]] = plain(assigned["value"])
        elif words[0] not in _CARRIERS:
            break
        words = words[1:]
    pipe = tuple(tuple(map(plain, stage)) for stage in stages[1:])
    return TypedCommand(line, text, tuple(map(plain, words)), sets, pipe)


def plain(word: str) -> str:
    """A word without its quotes."""
    return re.sub(
        rf"{_DOUBLE}|{_SINGLE}|\\.",
        lambda found: _unescaped(found[0]),
        word,
        flags=re.DOTALL,
    )


def _unescaped(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    inner = part[1:-1] if part[0] == '"' else part
    return re.sub(r'\\(["\\$`])' if part[0] == '"' else r"\\(.)", r"\1", inner, flags=re.DOTALL)
