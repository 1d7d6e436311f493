"""Variables of the environment, and values that everybody who approves may see: what they may look like."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator, Field

from stanch.errors import PolicyError
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
