"""Lines of a log: what a pipe of `grep`, `jq` and `tail` looks for in it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from stanch.importing.invocation import Invocation, is_placeholder
from stanch.importing.meaning import CommandMeaning, KnownCommand, MeaningKind
from stanch.importing.shell import TypedCommand

_ERRORS = "(?i)error"
_IS_A_LOG = re.compile(r"(?:^|/)logs?(?:/|$)|\.log\b|/var/log/|journal|syslog")
_ONLY_SHOW = {
    "tail",
    "head",
    "wc",
    "sort",
    "uniq",
    "awk",
    "cut",
    "less",
    "more",
    "cat",
    "tee",
    "sed",
    "column",
}
_BASIC = re.compile(r"\\([|+?(){}])|([|+?(){}])")
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d+")
_TAKEN = {
    *("alert", "service", "was", "it", "incident", "asked", "change", "metrics"),
    *("count", "is_cut", "last_age", "said", "known", "by", "share", "number", "samples"),
    *("in", "true", "false", "null", "as", "break", "const", "continue", "else", "for", "function", "if"),
    *("import", "let", "loop", "package", "namespace", "return", "var", "void", "while"),
}
"""Words that mean something else in a condition, or in what a reading of lines says."""
_LONGEST = 200
_LONGEST_NAME = 24


def counted(patterns: Sequence[str]) -> CommandMeaning:
    """A reading of logs that counts the lines with each of these."""
    named: dict[str, str] = {}
    for pattern in patterns:
        named.setdefault(name_of(pattern), pattern)
    return CommandMeaning(MeaningKind.READING, "logs", {"count": named})


def name_of(pattern: str) -> str:
    """`(?i)out of memory` is called out_of_memory."""
    words = _WORDS.findall(pattern.removeprefix("(?i)"))
    name = "_".join(words).lower()[:_LONGEST_NAME].strip("_")
    if name in _TAKEN:
        return f"{name}_lines"
    return f"lines_{name}".strip("_") if not name or name[0].isdigit() else name


def lines_of(pipe: Sequence[Sequence[str]]) -> CommandMeaning | None:
    """What is looked for in the lines that come through a pipe; errors, where nothing is said."""
    patterns: list[str] = []
    for stage in pipe:
        typed = Invocation(TypedCommand(0, "", tuple(stage)))
        if typed.program == "grep":
            found = _pattern(typed)
            if found is None:
                return None
            patterns += found
        elif typed.program == "jq":
            patterns.append(_ERRORS)
        elif typed.program not in _ONLY_SHOW:
            return None
    return counted(patterns or [_ERRORS])


def _pattern(typed: Invocation) -> list[str] | None:
    """The expression of a `grep`, as ours are; nothing where it counts what does not match."""
    if typed.flags("v"):
        return []
    written = typed.option("-e", "--regexp") or next(iter(typed.names), "")
    if not written or is_placeholder(written) or "$" in written or len(written) > _LONGEST:
        return None
    extended = typed.flags("EP") or typed.command.words[0].endswith("egrep")
    pattern = (
        re.escape(written) if typed.flags("F") else written if extended else _BASIC.sub(_swapped, written)
    )
    try:
        re.compile(pattern)
    except re.error:
        return None
    return [f"(?i){pattern}" if typed.flags("i") or typed.has("--ignore-case") else pattern]


def _swapped(found: re.Match[str]) -> str:
    """What grep escapes to give it a meaning, we do not, and the other way round."""
    return found[1] or f"\\{found[2]}"


def _in_files(typed: Invocation) -> CommandMeaning | None:
    """`grep X logs/`: not in those files, but where the service's log is read."""
    files = typed.names[0 if typed.has("-e", "--regexp") else 1 :]
    if not files or not all(_IS_A_LOG.search(name) for name in files):
        return None
    pattern = _pattern(typed)
    rest = lines_of(typed.command.pipe)
    if not pattern or rest is None:
        return None
    return counted(pattern)


def _of_files(typed: Invocation) -> CommandMeaning | None:
    """`tail -100 app.log`, with or without a `grep` behind it."""
    if not any(_IS_A_LOG.search(name) for name in typed.names):
        return None
    return lines_of(typed.command.pipe)


def logs(typed: Invocation) -> CommandMeaning | None:
    """What a vendor's own command for logs looks for."""
    wanted = typed.option("--search", "--grep", "--filter-pattern")
    found = lines_of(typed.command.pipe)
    if found is None or not wanted or is_placeholder(wanted) or "$" in wanted:
        return found
    return replace(found, arguments=counted([re.escape(wanted.strip('"'))]).arguments)


KNOWN = (
    KnownCommand("grep", _in_files),
    KnownCommand("tail", _of_files),
    KnownCommand("cat", _of_files),
    KnownCommand("less", _of_files),
    KnownCommand("journalctl", lambda typed: lines_of(typed.command.pipe)),
)
