"""One YAML file: its value and the location of everything in it, or what keeps it from being read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stanch.playbooks.problems import Problem
from stanch.playbooks.yaml_values import DEEPEST, MOST_VALUES, Keys, SourceLocation, Unfit, YamlValues

LARGEST_FILE = 1024 * 1024
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BRACKET = re.compile(r"\{\s*[\w-]+:[^,'\"]*?(?:[\w)\]]|\bin\s+|[=!<>&|]\s*)(?P<bracket>[\[{])")
_QUOTES = "inside { } an expression with [ ] { } , stands in quotes"
_SAID = (  # what PyYAML says, and what its author can do; the first that fits
    ("tab", "a tab stands where spaces are wanted. Indent with spaces"),
    ("undefined alias", "this alias has no anchor. Write &name where its value stands, or quote the *"),
    ("duplicate anchor", "this anchor is used twice. Give each its own name"),
    ("another document", "a second document begins here. Write one document for each file, without ---"),
    ("mapping values are not allowed", "there is a colon too many here. Put a text with a colon in quotes"),
    ("cannot start any token", "a text cannot begin with this character. Put the text in quotes"),
    ("could not find expected ':'", "a key without a colon. Write key: value"),
    ("expected <block end>", "the indentation does not fit the lines above. Align it with them"),
    ("did not find expected key", "the indentation does not fit the lines above. Align it with them"),
    ("did not find expected '-'", "the indentation does not fit the list above. Align it with its dashes"),
    ("expected ',' or", "a comma or a closing bracket is missing"),
    ("expected the node content", "something is missing before this place, such as a closing bracket"),
    ("did not find expected node content", "a value or a closing bracket is missing here"),
    ("unexpected end of stream", "a text in quotes has no end. Close the quotes"),
    ("escape", "this is no escape that YAML knows. Write two backslashes for one, or single quotes"),
)


@dataclass(frozen=True)
class YamlSource:
    """What one file says, and where it says it."""

    name: str
    value: Any = None
    locations: Mapping[Keys, SourceLocation] = field(default_factory=dict)
    origins: Mapping[Keys, Keys] = field(default_factory=dict)
    """Where that was written which was put somewhere else."""

    def origin_of(self, keys: Keys) -> Keys:
        """The place at which this was written."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.origins:
                return (*self.origins[keys[:length]], *keys[length:])
        return keys

    def location_of(self, keys: Keys) -> SourceLocation:
        """The location of this value, or of the nearest one around it."""
        here: Keys = ()
        for key in self.origin_of(keys):
            if (*here, key) in self.locations:
                here = (*here, key)
            elif not isinstance(key, int):  # a list of one may be written as the one alone
                break
        return self.locations.get(here, SourceLocation())


def read_yaml(path: Path, missing: str, found: list[Problem]) -> YamlSource | None:
    """The content of a file, or None when something is wrong; `missing` says how to make one."""
    if path.exists() and not path.is_file():
        found.append(Problem(str(path), 0, "is no file, but a folder or a pipe. Name a file"))
        return None
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        found.append(Problem(str(path), 0, f"there is no such file. {missing}"))
    except OSError as error:
        found.append(Problem(str(path), 0, f"cannot be read: {error.strerror}"))
    else:
        return parse_yaml(data, str(path), found)
    return None


def parse_yaml(data: bytes, name: str, found: list[Problem]) -> YamlSource | None:
    """The one document of a file; None when something keeps it from being one."""
    values = YamlValues()
    try:
        value = values.of(_composed(_text(data)))
    except Unfit as unfit:
        wrong = [unfit]
    else:
        wrong = values.twice
    if not wrong:
        return YamlSource(name, value, values.locations)
    found += [Problem(name, unfit.line, str(unfit)) for unfit in wrong]
    return None


def _text(data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        raise Unfit(0, "the file is larger than 1 MiB. Split it into several playbooks")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unfit(line, "this is no UTF-8 text. Save the file as UTF-8") from None
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Unfit(line, f"there is a control character here (U+{ord(found[0]):04X}). Remove it")
    return text


def _composed(text: str) -> yaml.Node:
    """PyYAML's tree of nodes."""
    try:
        _look_through(text)
        root: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise _complaint(error, text) from None
    if root is None:
        raise Unfit(0, "the file is empty")
    return root


def _look_through(text: str) -> None:
    """Refuse what is deep or large enough to hurt before a tree is made of it, and tags."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        line = event.start_mark.line + 1 if event.start_mark else 0
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Unfit(line, f"this is nested more than {DEEPEST} levels deep")
        if count > 2 * MOST_VALUES:
            raise Unfit(line, "the file holds too many values. Split it into several playbooks")
        if getattr(event, "tag", None) not in (None, "!"):
            raise Unfit(line, "a YAML tag stands here. Write the plain value, in quotes if it begins with !")


def _in_an_expression(lines: list[str], mark: yaml.Mark) -> int:
    """The column of a bracket that belongs to an expression inside { }; 0 where there is none."""
    line = lines[mark.line][: mark.column + 1] if mark.line < len(lines) else ""
    found = _BRACKET.search(line)
    return found.start("bracket") + 1 if found else 0


def _complaint(error: yaml.YAMLError, text: str) -> Unfit:
    """In the author's words; PyYAML's own would quote the line, and with it a secret that stands there."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return Unfit(0, "this is not YAML")
    lines = text.splitlines()
    tab = mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t"
    if bracket := _in_an_expression(lines, mark):
        return Unfit(mark.line + 1, f"{_QUOTES} (line {mark.line + 1}, column {bracket})")
    said = "tab" if tab else str(getattr(error, "problem", ""))
    plain = next((plain for word, plain in _SAID if word in said), "this is not YAML")
    return Unfit(min(mark.line + 1, len(lines)), plain)
