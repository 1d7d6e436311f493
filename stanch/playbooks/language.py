"""The names that one scenario's expressions may use, with the keys of maps, and which of them they do use."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from stanch.model.evidence import ExpressionVariable
from stanch.playbooks.map_keys import KeysByMap, keys_of, refuse_unknown_keys
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.policy import facts
from stanch.policy.conditions import (
    ConditionError,
    Expression,
    ValueType,
    names_of,
    names_used,
)
from stanch.policy.templates import ArgumentTemplate
from stanch.policy.written_text import written_condition, written_template

T = TypeVar("T")

RESERVED = {"alert", "service", "was", "it", "incident", "asked", "change", "metrics"}
_METRICS = "metrics."
_WORDS_OF_CEL = "as|break|const|continue|else|false|for|function|if|import|in|let|loop|namespace|null|package"
_SAYABLE = re.compile(
    rf"(?!.*\b(?:{_WORDS_OF_CEL}|return|true|var|void|while)\b)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII
)
SERVICE: Mapping[str, ExpressionVariable] = {
    "service.name": ExpressionVariable(type=ValueType.STRING, path=("service", "name")),
    "service.target": ExpressionVariable(type=ValueType.STRING, path=("service", "target", "name")),
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
"""Known without any evidence, and what people may use by hand."""
INCIDENT: Mapping[str, ExpressionVariable] = {
    **{
        f"incident.{name}": ExpressionVariable(type=ValueType.STRING, path=("incident", name))
        for name in ("severity", "label", "number", "day", "slug")
    },
    **{
        f"incident.{name}": ExpressionVariable(type=ValueType.BOOL, path=("incident", name))
        for name in ("unmitigated", "contained")
    },
    "incident.age": ExpressionVariable(type=ValueType.DURATION, path=("incident", "opened_at"), age=True),
}
CHANGE: Mapping[str, ExpressionVariable] = {
    "change.is_instant": ExpressionVariable(type=ValueType.BOOL, path=("change", "is_instant")),
}
"""What an approval may ask of the change itself."""
_UNSPOKEN = set(ValueType) - {
    ValueType.BOOL, ValueType.INT, ValueType.DOUBLE, ValueType.STRING, ValueType.LIST, ValueType.ANY
}  # fmt: skip
_PLAIN = {ValueType.BOOL, ValueType.INT, ValueType.DOUBLE, ValueType.STRING}


def readable(model: type[BaseModel], name: str, asked: Mapping[str, Any]) -> dict[str, ExpressionVariable]:
    """Every name by which expressions speak of a reading, beside whether it is known and what it says."""
    found = facts.variables_of(model, name, asked=asked)
    return {
        **{said: variable for said, variable in found.items() if _SAYABLE.fullmatch(said)},
        f"{name}.known": ExpressionVariable(type=ValueType.BOOL, path=(name, "known")),
        f"{name}.said": ExpressionVariable(type=ValueType.STRING, path=(name, "said")),
    }


def head_of(name: str) -> str:
    """The reading that a name is a fact of: `release`, `metrics.p95`."""
    parts = name.split(".")
    return ".".join(parts[: 2 if name.startswith(_METRICS) else 1])


@dataclass(frozen=True)
class Vocabulary:
    """Names that expressions may use, and what is known of some of them."""

    variables: Mapping[str, ExpressionVariable] = field(default_factory=dict)
    shares: frozenset[str] = frozenset()
    """Which of them are parts of one."""
    keys: KeysByMap = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    """Readings that are wrong themselves: what is said of them is not blamed too."""
    numbers: Collection[str] | None = None
    """The metrics that there are; None where none may be spoken of."""

    def and_(self, other: "Vocabulary") -> "Vocabulary":
        """Both together."""
        return Vocabulary(
            {**self.variables, **other.variables},
            self.shares | other.shares,
            {**self.keys, **other.keys},
            self.unread | other.unread,
            self.numbers if other.numbers is None else other.numbers,
        )


def words_of(model: type[BaseModel], name: str, asked: Mapping[str, Any]) -> Vocabulary:
    """What may be said of one reading."""
    variables = readable(model, name, asked)
    shares = frozenset(
        said
        for said, variable in variables.items()
        if variable.type == ValueType.DOUBLE and facts.names_a_share(said)
    )
    return Vocabulary(variables, shares, keys_of(model, name, asked))


class Language:
    """What expressions may say in one place; narrower and wider ones count towards the same use."""

    def __init__(self, words: Vocabulary, used: set[str] | None = None) -> None:
        self._words = words
        self._known = facts.declared(words.variables)
        self._used: set[str] = set() if used is None else used

    @classmethod
    def of_alert(cls) -> "Language":
        """Only the alert and the service: what is known before any evidence is."""
        return cls(Vocabulary(ALWAYS))

    @classmethod
    def of_service(cls) -> "Language":
        """Only the service: what is known while the playbook is loaded."""
        return cls(Vocabulary(SERVICE))

    def wider(self, words: Vocabulary) -> "Language":
        """With more to speak of."""
        return Language(self._words.and_(words), self._used)

    def apart(self) -> "Language":
        """The same, with a use of its own."""
        return Language(self._words)

    def while_planning(self, was: Mapping[str, str]) -> "Language":
        """With `was.*`, and of the rest only what the plan can take along: texts, numbers and bools."""
        variables = {
            name: variable for name, variable in self._words.variables.items() if variable.type in _PLAIN
        }
        variables |= {
            f"was.{name}": ExpressionVariable(type=kind, path=("was", name)) for name, kind in was.items()
        }
        return Language(replace(self._words, variables=variables), self._used)

    def condition(self, text: str, position: Position) -> str:
        """The condition as CEL has it; the position is told when it is none."""
        if not text:
            return ""
        shares = self._words.shares
        compiled = self._compiled(lambda: written_condition(text, self._known, shares), text, position)
        if compiled is None:
            return text
        self._used.update(compiled.names)
        return compiled.text

    def template(self, text: str, wanted: ValueType, position: Position) -> ArgumentTemplate | None:
        """The template of a text; None when it is wrong or cannot give what is wanted."""
        shares = self._words.shares
        template = self._compiled(lambda: written_template(text, self._known, wanted, shares), text, position)
        for part in template.parts if template else ():
            if isinstance(part, Expression):
                self._used.update(part.names)
        return template

    def told(self, text: str, position: Position) -> str:
        """A text for people as it is rendered; the position is told when they could not be told this."""
        template = self.template(text, ValueType.ANY, position)
        if template is not None and template.gives in _UNSPOKEN:
            instead = "Write ${string(…)} around it, or name a field of it"
            position.wrong(f"a {template.gives} cannot stand in a text", instead)
        return template.text if template else text

    def variables_in(self, text: str) -> dict[str, ExpressionVariable]:
        """The variables that a condition of this language rests on."""
        names = written_condition(text, self._known).names
        return {name: self._words.variables[name] for name in names}

    def _compiled(self, compiling: Callable[[], T], text: str, position: Position) -> T | None:
        try:
            self._refuse_unmeasured(text)
            compiled = compiling()
            refuse_unknown_keys(text, self._words.keys)
        except ConditionError as error:
            reason = str(error)
        else:
            return compiled
        if self._words.unread.isdisjoint(map(head_of, names_used(text))):
            position.wrong(reason)
        return None

    def _refuse_unmeasured(self, text: str) -> None:
        """Raise where a number is spoken of that nobody measures."""
        numbers = self._words.numbers
        for name in sorted(names_used(text)) if numbers is not None else ():
            number = head_of(name).removeprefix(_METRICS)
            if name.startswith(_METRICS) and number not in (numbers or ()):
                instead = instead_of(number, numbers or (), kind="measured are")
                more = f"Write it under metrics: of the service in stanch.yaml. {instead}".strip()
                raise ConditionError(text, text.find(name), f"{head_of(name)} is not measured", more)

    def spoken(self) -> dict[str, ExpressionVariable]:
        """The variables an incident needs: those that were used, and those that people may use by hand."""
        return {
            name: variable
            for name, variable in self._words.variables.items()
            if name in self._used or name in ALWAYS
        }

    @property
    def used(self) -> dict[str, ExpressionVariable]:
        """The variables that were used."""
        return {name: variable for name, variable in self._words.variables.items() if name in self._used}

    @property
    def names(self) -> set[str]:
        """The names that were used, here or in what is narrower or wider."""
        return self._used

    def says(self, name: str) -> bool:
        """True of a name that expressions may use here."""
        return name in self._words.variables


def can_be_named(name: str) -> bool:
    """True when an expression can say this name."""
    try:
        names_of({f"{name}.known": ValueType.BOOL})
    except ValueError:
        return False
    return "." not in name
