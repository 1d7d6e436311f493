"""The names that one scenario's expressions may use, with the keys of maps, and which of them they do use."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from stanch.model.evidence import ExpressionVariable, KeysOf
from stanch.model.verb import ReadingSpec
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.policy import facts
from stanch.policy.conditions import (
    ConditionError,
    Expression,
    ValueType,
    names_of,
    names_used,
    written_condition,
)
from stanch.policy.templates import ArgumentTemplate, compile_template

T = TypeVar("T")

RESERVED = {"alert", "service", "was", "it"}
SERVICE: Mapping[str, ExpressionVariable] = {
    "service.name": ExpressionVariable(type=ValueType.STRING, path=("service", "name")),
    "service.facts": ExpressionVariable(type=ValueType.MAP, path=("service", "facts")),
}
"""Known while the playbook is loaded."""
ALWAYS: Mapping[str, ExpressionVariable] = {
    **{
        f"alert.{name}": ExpressionVariable(type=ValueType.STRING, path=("alert", name))
        for name in ("name", "service", "source", "severity_hint", "summary")
    },
    "alert.labels": ExpressionVariable(type=ValueType.TEXTS, path=("alert", "labels")),
    "alert.started_at": ExpressionVariable(type=ValueType.TIMESTAMP, path=("alert", "started_at")),
    "alert.age": ExpressionVariable(type=ValueType.DURATION, path=("alert", "started_at"), age=True),
    "alert.firing_count": ExpressionVariable(type=ValueType.INT, path=("alert", "firing_count")),
    **SERVICE,
}
"""Known without any evidence."""
_UNSPOKEN = set(ValueType) - {
    ValueType.BOOL, ValueType.INT, ValueType.DOUBLE, ValueType.STRING, ValueType.ANY
}  # fmt: skip
_PLAIN = {ValueType.BOOL, ValueType.INT, ValueType.DOUBLE, ValueType.STRING}


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


class Language:
    """What expressions may say in one place; narrower ones count towards the same use."""

    def __init__(
        self,
        variables: Mapping[str, ExpressionVariable],
        unread: Iterable[str] = (),
        keys: KeysByMap | None = None,
    ) -> None:
        self._variables = dict(variables)
        self._keys = keys or {}
        self._known = facts.declared(self._variables)
        self._unread = frozenset(unread)
        self._used: set[str] = set()

    @classmethod
    def of_evidence(
        cls, readings: Mapping[str, ReadingSpec | None], asked: Mapping[str, Mapping[str, Any]]
    ) -> "Language":
        """Evidence by name, the alert and the service; what is None is wrong already and not said twice.

        `asked` are the arguments of each reading, which name the keys of some of its maps.
        """
        variables, keys = dict(ALWAYS), dict[str, Sequence[str]]()
        for name, spec in readings.items():
            if spec is not None:
                variables |= facts.variables_of(spec.result, name)
                variables[f"{name}.known"] = ExpressionVariable(type=ValueType.BOOL, path=(name, "known"))
                keys |= keys_of(spec.result, name, asked[name])
        return cls(variables, (name for name, spec in readings.items() if spec is None), keys)

    @classmethod
    def of_alert(cls) -> "Language":
        """Only the alert and the service: what is known before any evidence is."""
        return cls(ALWAYS)

    @classmethod
    def of_service(cls) -> "Language":
        """Only the service: what is known while the playbook is loaded."""
        return cls(SERVICE)

    @classmethod
    def of_check(cls, spec: ReadingSpec, asked: Mapping[str, Any]) -> "Language":
        """What a check has just read, as `it`."""
        return cls(facts.variables_of(spec.result, "it"), (), keys_of(spec.result, "it", asked))

    def while_planning(self, was: Mapping[str, str]) -> "Language":
        """With `was.*`, and of the rest only what the plan can take along: texts, numbers and bools."""
        variables = {name: variable for name, variable in self._variables.items() if variable.type in _PLAIN}
        variables |= {
            f"was.{name}": ExpressionVariable(type=kind, path=("was", name)) for name, kind in was.items()
        }
        narrower = Language(variables, self._unread)
        narrower._used = self._used
        return narrower

    def condition(self, text: str, position: Position) -> None:
        """Tell the position when this is no condition."""
        compiled = self._compiled(lambda: written_condition(text, self._known), text, position)
        if compiled is not None:
            self._used.update(compiled.names)

    def template(self, text: str, wanted: ValueType, position: Position) -> ArgumentTemplate | None:
        """The template of a text; None when it is wrong or cannot give what is wanted."""
        template = self._compiled(lambda: compile_template(text, self._known, wanted), text, position)
        for part in template.parts if template else ():
            if isinstance(part, Expression):
                self._used.update(part.names)
        return template

    def told(self, text: str, position: Position) -> None:
        """Tell the position when people could not be told this."""
        template = self.template(text, ValueType.ANY, position)
        if template is not None and template.gives in _UNSPOKEN:
            instead = "Write ${string(…)} around it, or name a field of it"
            position.wrong(f"a {template.gives} cannot stand in a text", instead)

    def _compiled(self, compiling: Callable[[], T], text: str, position: Position) -> T | None:
        try:
            compiled = compiling()
            refuse_unknown_keys(text, self._keys)
        except ConditionError as error:
            reason = str(error)
        else:
            return compiled
        heads = {name.partition(".")[0] for name in names_used(text)}
        if heads.isdisjoint(self._unread):
            position.wrong(reason)
        return None

    def spoken(self) -> dict[str, ExpressionVariable]:
        """The variables an incident needs: those that were used, and those that people may use by hand."""
        return {
            name: variable
            for name, variable in self._variables.items()
            if name in self._used or name in ALWAYS
        }

    @property
    def used(self) -> dict[str, ExpressionVariable]:
        """The variables that were used."""
        return {name: variable for name, variable in self._variables.items() if name in self._used}


def can_be_named(name: str) -> bool:
    """True when an expression can say this name."""
    try:
        names_of({f"{name}.known": ValueType.BOOL})
    except ValueError:
        return False
    return "." not in name
