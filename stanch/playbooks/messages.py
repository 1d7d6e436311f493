"""What people are told in a team's own words: files beside `stanch.yaml`, whose fields are known."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment

from stanch.playbooks.patterns import matching
from stanch.playbooks.position import Position
from stanch.playbooks.problems import Problem, instead_of

FIELDS = ("incident", "impact", "cause", "started", "next_update", "workaround", "actions", "links")
"""What a message may speak of."""
_LARGEST = 16 * 1024


def messages_of(patterns: tuple[str, ...], folder: Path, position: Position) -> dict[str, str]:
    """Every message by the name of its file."""
    found: dict[str, str] = {}
    for index, pattern in enumerate(patterns):
        here = position.at(index)
        paths = matching(pattern, folder)
        if not paths:
            here.wrong(f"no file matches {pattern}", "Write a message there, such as investigating.txt")
        for path in paths:
            text = _text(path, position)
            if found.setdefault(path.stem, text) != text:
                here.wrong(f"two messages are called {path.stem}", "Rename one of them")
    return found


def _text(path: Path, position: Position) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        position.found.append(Problem(str(path), 0, f"cannot be read: {type(error).__name__}"))
        return ""
    if len(text) > _LARGEST:
        position.found.append(Problem(str(path), 0, f"is longer than {_LARGEST} characters. Shorten it"))
    position.found.extend(Problem(str(path), line, said) for line, said in _wrong(text))
    return text


def _wrong(text: str) -> Iterator[tuple[int, str]]:
    try:
        tree = SandboxedEnvironment(autoescape=False).parse(text)  # plain text, no page
    except TemplateSyntaxError as error:
        yield error.lineno, f"is no template: {error.message}"
        return
    except TemplateError as error:
        yield 0, f"is no template: {error.message}"
        return
    for name in sorted(meta.find_undeclared_variables(tree) - set(FIELDS)):
        line = next((at for at, row in enumerate(text.split("\n"), 1) if name in row), 0)
        yield line, f"{name} is not known. {instead_of(name, FIELDS, kind='fields are')}"
