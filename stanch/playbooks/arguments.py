"""What stands in `with:`, held against the model of the verb or reading that takes it.

Literals are validated as they will be; an expression is compiled and its type compared, and a sample of that
type stands in for its value. What only the value can tell is left to planning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from stanch.model.address import proves
from stanch.model.base import Written
from stanch.playbooks.complaints import EMPTY, complain, errors_in, inside
from stanch.playbooks.language import Language
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.policy import facts
from stanch.policy.conditions import ValueType, names_used
from stanch.policy.destinations import foreign, is_address, is_its_own
from stanch.policy.templates import ArgumentTemplate, texts_in

_SAMPLES: Mapping[ValueType, Any] = {
    ValueType.BOOL: True,
    ValueType.INT: 1,
    ValueType.DOUBLE: 1.0,
    ValueType.LIST: [],
    ValueType.MAP: {},
}
_SAMPLE_TEXT = "x"
_BEARER = "bearer"
_IN_A_QUERY = re.compile(r"[?&]([^=&#?$\s]+)=")
_AS_TEXT = {ValueType.DURATION, ValueType.TIMESTAMP}
_SCALARS = {ValueType.BOOL, ValueType.INT, ValueType.DOUBLE, ValueType.STRING}
_CONTAINERS = {ValueType.LIST, ValueType.MAP}


@dataclass(frozen=True)
class Checking:
    """One `with:` being checked: its model, the language of its expressions, the team's secrets by name."""

    model: type[Written]
    language: Language
    secrets: frozenset[str]
    was: Mapping[str, str] = field(default_factory=dict)
    looks: bool = False
    """Nothing is changed by it."""

    def of(self, written: Mapping[str, Any], position: Position) -> dict[str, Any]:
        """The arguments with their expressions in CEL; the position is told everything that is wrong."""
        sampled: set[tuple[str | int, ...]] = set()
        values: dict[str, Any] = {}
        compiled: dict[str, Any] = {}
        for key, value in written.items():
            annotation = _annotation(self.model, key, value)
            if value is None and facts.type_of(annotation) is not ValueType.ANY:
                position.at(key).wrong(*EMPTY)
                sampled.add((key,))
                compiled[key] = value
                continue
            language = self.language.while_planning(self.was) if speaks_of_was(value) else self.language
            looks = self.looks and not written.get(_BEARER)
            sampling = _Sampling(language, self.secrets, sampled, looks=looks)
            values[key] = sampling.of(value, annotation, (key,), position.at(key))
            compiled[key] = sampling.compiled(value, (key,))
        for one in errors_in(self.model, values):
            unsure = not one["loc"] or any(one["loc"][: len(keys)] == keys for keys in sampled)
            if not (sampled and unsure):
                complain(one, self.model, position)
        return compiled


@dataclass(frozen=True)
class _Sampling:
    """Puts samples where expressions stand, and remembers where."""

    language: Language
    secrets: frozenset[str]
    sampled: set[tuple[str | int, ...]]
    texts: dict[tuple[str | int, ...], str] = field(default_factory=dict)
    """What became of every text with an expression in it."""
    looks: bool = False
    """Without a credential, at what may be the address that another reading tells."""

    def compiled(self, value: Any, keys: tuple[str | int, ...]) -> Any:
        """The value with its expressions in CEL."""
        match value:
            case dict():
                return {key: self.compiled(item, (*keys, key)) for key, item in value.items()}
            case list():
                return [self.compiled(item, (*keys, index)) for index, item in enumerate(value)]
        return self.texts.get(keys, value)

    def of(self, value: Any, annotation: Any, keys: tuple[str | int, ...], position: Position) -> Any:
        """The value with a sample for every expression in it."""
        match value:
            case str() if value and keys[-1] == _BEARER:
                self._secret(value, position)
                return value
            case str():
                return self._text(value, _wanted(annotation), keys, position)
            case {"secret": str() as name, **rest} if not rest:
                self._secret(name, position.at("secret"))
                return value
            case dict():
                return {
                    key: self.of(item, _within(annotation, key), (*keys, key), position.at(key))
                    for key, item in value.items()
                }
            case list():
                return [
                    self.of(item, _within(annotation, index), (*keys, index), position.at(index))
                    for index, item in enumerate(value)
                ]
            case _:
                return value

    def _text(self, text: str, wanted: ValueType, keys: tuple[str | int, ...], position: Position) -> Any:
        template = self.language.template(text, wanted, position)
        if template is None:
            self.sampled.add(keys)
            return _SAMPLES.get(wanted, _SAMPLE_TEXT)
        self.texts[keys] = template.text
        if is_address(keys, text) and not (self.looks and is_its_own(template)):
            _refuse_elsewhere(template, position)
        if all(isinstance(part, str) for part in template.parts):
            return "".join(str(part) for part in template.parts)
        if template.gives in _AS_TEXT:
            whole = text.strip().removeprefix("${").removesuffix("}")
            position.wrong(
                f"this gives a {template.gives}, which cannot travel", f"Write ${{string({whole})}}"
            )
        self.sampled.add(keys)
        if len(template.parts) == 1:
            return _SAMPLES.get(template.gives if wanted is ValueType.ANY else wanted, _SAMPLE_TEXT)
        return "".join(part if isinstance(part, str) else _SAMPLE_TEXT for part in template.parts)

    def _secret(self, name: str, position: Position) -> None:
        """The name is not shown: it may be the secret itself."""
        if name not in self.secrets:
            known = instead_of("", self.secrets)
            position.wrong(
                "this names no secret of stanch.yaml", known or "Write secrets: {NAME: env:NAME} there"
            )


def _refuse_elsewhere(template: ArgumentTemplate, position: Position) -> None:
    """Tell the position where an alert would decide where an address goes, or where a secret stands in it."""
    if said := foreign(template):
        what = f"${{{said.strip()}}} would decide where this goes"
        position.wrong(what, "Write scheme and host out, or take them from service.facts")
    for name in _IN_A_QUERY.findall(template.text) if len(template.parts) > 1 else ():
        if proves(name):
            position.wrong(f"holds a secret in its query ({name}), and an address is shown and kept")


def speaks_of_was(value: Any) -> bool:
    """True when the value can only be worked out while planning reads what stands there."""
    return any(
        name.startswith("was.") for text in texts_in(value) if "${" in text for name in names_used(text)
    )


def _annotation(model: type[BaseModel], key: str, value: Any) -> Any:
    """A field's annotation; Any where a text is a short form of something else."""
    found = next((one for name, one in model.model_fields.items() if key in (name, one.alias)), None)
    if found is None:
        return Any
    container = facts.type_of(found.annotation) in _CONTAINERS
    return Any if isinstance(value, str) and container and _has_short_form(found) else found.annotation


def _has_short_form(field_info: FieldInfo) -> bool:
    return any(isinstance(mark, BeforeValidator) for mark in field_info.metadata)


def _within(annotation: Any, key: str | int) -> Any:
    """`{at_least: 3}` stands for a number, so what is in it is one."""
    return annotation if facts.type_of(annotation) in _SCALARS else inside(annotation, key)


def _wanted(annotation: Any) -> ValueType:
    """A length of time or an instant is given as the text that the model reads."""
    kind = facts.type_of(annotation)
    return ValueType.STRING if kind in _AS_TEXT else kind
