"""Two kinds of model: what people write, and what travels through Temporal."""

import hashlib
import json
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, SerializerFunctionWrapHandler, model_serializer

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Frozen(BaseModel):
    """Travels: frozen, and tolerant of fields that a newer release added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Lean(Frozen):
    """Travels often: without the fields that would be the same if they were not there."""

    @model_serializer(mode="wrap")
    def _leave_out(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in whole(self).items() if not self._goes_without_saying(name)}

    def _goes_without_saying(self, name: str) -> bool:
        field = type(self).model_fields.get(name)
        if field is None or field.is_required():
            return False
        return bool(getattr(self, name) == field.get_default(call_default_factory=True, validated_data={}))


class Written(BaseModel):
    """Written by people: frozen, and a field nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _refuse_bare(value: object) -> object:
    """A number alone could be seconds or minutes."""
    match value:
        case int() | float():
            message = "wants a length of time with its unit: write 30s, 15m or 1h30m"
            raise ValueError(message)
    return value


def parse_duration(value: object) -> object:
    """`30s`, `15m`, `1h30m`, `2d` as a timedelta; anything else is left to pydantic."""
    if not isinstance(value, str) or not value or value[0] in "P-+":
        return value
    total, number, unit = 0.0, "", ""
    for char in value + "\0":
        if unit and (char.isdigit() or char == "\0"):
            if unit not in _UNITS or not number:
                return value
            total, number, unit = total + float(number) * _UNITS[unit], "", ""
        if char.isdigit() or char == ".":
            number += char
        else:
            unit += char
    if number:
        message = f"write a duration with its unit, such as 30s, 15m or 1h30m, not {value!r}"
        raise ValueError(message)
    try:
        return timedelta(seconds=total)
    except OverflowError as error:
        message = f"{value!r} is longer than anything lasts"
        raise ValueError(message) from error


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...])]
"""One name, or several."""
Duration = Annotated[timedelta, BeforeValidator(parse_duration), BeforeValidator(_refuse_bare)]


def canonical_json(value: Any) -> str:
    """The one spelling of a JSON value, so that equal things have equal digests."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(value: Any) -> str:
    """Twelve hex characters of SHA-256 over the canonical JSON: short enough to read out."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:12]
