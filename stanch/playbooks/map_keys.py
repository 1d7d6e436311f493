"""The keys that the maps of a reading can have, by what it is asked; any other is refused."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from stanch.model.evidence import KeysOf
from stanch.playbooks.problems import instead_of
from stanch.policy.conditions import ConditionError

KeysByMap = Mapping[str, Sequence[str]]
"""By the variable's name; what is not in it may have any key."""

_TEXT_LITERAL = r"""[rR]?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""


def keys_of(model: type[BaseModel], name: str, arguments: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """The keys that each map of a reading can have, by what it is asked."""
    found: dict[str, Sequence[str]] = {}
    for field, info in model.model_fields.items():
        for mark in info.metadata:
            written = arguments.get(mark.argument) if isinstance(mark, KeysOf) else None
            keys = [written] if isinstance(written, str) else list(written or ())
            # What an expression will give is not known yet.
            if keys and not any("${" in str(key) for key in keys):
                found[f"{name}.{field}"] = [str(key) for key in keys]
    return found


def refuse_unknown_keys(text: str, keys: KeysByMap) -> None:
    """Raise where an expression asks for a key that its map can never have."""
    for name, known in keys.items():
        for at, key in _asked(text, name):
            if key not in known:
                raise ConditionError(text, at, f"{name} has no {key}", instead_of(key, known))


def _asked(text: str, name: str) -> Iterator[tuple[int, str]]:
    spelt = r"(?<![\w.])" + r"\s*\.\s*".join(map(re.escape, name.split("."))) + r"(?!\w)"
    for found in re.finditer(rf"{spelt}\s*\[\s*({_TEXT_LITERAL})\s*\]", text):
        yield found.start(1), _text_of(found[1])
    for found in re.finditer(rf"{spelt}\s*\.\s*(\w+)(?!\s*\(|\w)", text):
        yield found.start(1), found[1]
    for found in re.finditer(rf"({_TEXT_LITERAL})\s+in\s+{spelt}", text):
        yield found.start(1), _text_of(found[1])


def _text_of(literal: str) -> str:
    """CEL writes its texts as Python does."""
    return str(ast.literal_eval(literal))
