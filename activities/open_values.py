"""Variables of the environment, and values that everybody who approves may see: what they may look like."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, JsonValue, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, core_schema

from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Unit
from stanch.model.secret_names import names_a_secret
from stanch.rules import Rule

LONGEST = 200
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)


def _as_text(value: object) -> object:
    """`false` in a playbook means the text that is stored."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Key = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=256)]
"""What a variable of the environment may be called."""
OpenValue = Annotated[str, BeforeValidator(_as_text), Field(max_length=LONGEST)]


@dataclass(frozen=True)
class Special:
    """Marks a value that may have a form of its own; what is none is read, and complained of, as plain."""

    form: Callable[[object], object]
    """What it is read as; None where it has not this form."""
    plain: Any

    def __get_pydantic_core_schema__(self, either: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._read,
            handler.generate_schema(self.plain),
            json_schema_input_schema=handler.generate_schema(either),
        )

    def _read(self, value: object, plainly: ValidatorFunctionWrapHandler) -> object:
        found = self.form(value)
        return plainly(value) if found is None else found


class Raised(Written):
    """`{at_least: 1000}`: a number that is never lowered."""

    at_least: Annotated[float, Field(allow_inf_nan=False)]

    def __str__(self) -> str:
        return f"at least {self.number}"

    @property
    def number(self) -> int | float:
        """As it is written: 1000, not 1000.0."""
        return int(self.at_least) if self.at_least.is_integer() else self.at_least


def as_raised(value: object) -> Raised | None:
    """`{at_least: 1000}`; None where it is a value like any other."""
    return Raised.model_validate(value) if isinstance(value, Mapping) and set(value) == {"at_least"} else None


NewJson = Annotated[Raised | JsonValue, Special(as_raised, JsonValue)]
NewValue = Annotated[Raised | str, Special(as_raised, OpenValue)]
"""What shall stand: a text as it is, or a number that is raised to so much and never lowered."""


def resolved(key: str, wanted: Raised | str, stands: str | None) -> str:
    """The text that shall stand; raises `PolicyError` where what stands is no flag, or no number to raise."""
    refuse_what_is_no_flag(key, stands)
    return str(raised(key, wanted, stands)) if isinstance(wanted, Raised) else wanted


def raised(key: str, wanted: Raised, stands: Any) -> Any:
    """What stands, where that is enough already; the number that was asked for, where it is not."""
    if stands is None:
        return wanted.number
    number = _number(stands)
    if number is None:
        shown = stands if len(str(stands)) <= LONGEST else "a long text"
        raise PolicyError(Rule.NOT_A_NUMBER, f"{key} is {shown}, and no number that could be {wanted}")
    if number >= wanted.at_least:
        return stands
    return str(wanted.number) if isinstance(stands, str) else wanted.number


def stated(key: str, wanted: Raised | str | None) -> str:
    """`CACHE_TTL=60`, or `CACHE_TTL at least 60`."""
    return f"{key} {wanted}" if isinstance(wanted, Raised) else f"{key}={wanted}"


def refuse_a_secret(name: str, instead: str = "") -> None:
    """Raise where a name says that its value is not for every eye; `instead` is the verb for secrets."""
    if names_a_secret(name):
        use = f": use {instead}" if instead else "; this verb is for what all may see"
        raise PolicyError(Rule.HOLDS_A_SECRET, f"{name} names a secret{use}")


def refuse_what_is_no_flag(name: str, text: str | None) -> None:
    """Raise where what stands is longer than a flag, or no text: it could not be shown."""
    if text is not None and (len(text) > LONGEST or not text.isprintable()):
        raise PolicyError(Rule.NOT_A_FLAG, f"{name} holds {len(text)} characters that are no flag's")


def moved(units: Iterable[Unit]) -> str:
    """`: from 2000 to 1000 (lower)`; empty where what stands, or what shall stand, is no plain number."""
    told = dict.fromkeys(_moved(unit) for unit in units)
    moves = ", ".join(filter(None, told))
    return f": {moves}" if moves else ""


def _moved(unit: Unit) -> str:
    was, to = _number(unit.was), _number(unit.to)
    if was is None or to is None or was == to:
        return ""
    return f"from {unit.was} to {unit.to} ({'lower' if to < was else 'higher'})"


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return float(value) if _NUMBER.fullmatch(str(value)) else None
