"""What a good answer is: its status, a text in it, and fields of its JSON."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, field_validator

from stanch.model.base import Written

_SHOWN = 200

_WORD = re.compile(r"[1-5]([0-9]{2}|xx)")


def _status(written: int | str) -> int | str:
    if not _WORD.fullmatch(str(written)):
        message = "is no status: write 401, or 4xx for all of them; a text to be shown is written {text: …}"
        raise ValueError(message)
    return written


Status = Annotated[int | str, AfterValidator(_status)]
"""`401`, or `4xx` for a class of them."""


class ExpectedAnswer(Written):
    """What a good answer is; a status, a class of them, or a list in its place mean `statuses`."""

    statuses: tuple[Status, ...] = ("2xx",)
    text: str = ""
    json_: dict[str, JsonValue] = Field(default_factory=dict, alias="json")
    """Fields of the answer's JSON and the values they must have; a dot goes one level down."""

    @field_validator("statuses")
    @classmethod
    def _some(cls, statuses: tuple[int | str, ...]) -> tuple[int | str, ...]:
        if not statuses:
            message = "name at least one status, or leave the line out"
            raise ValueError(message)
        return statuses

    def takes(self, status: int) -> bool:
        """True of a status that is expected."""
        return any(str(one) in (str(status), f"{status // 100}xx") for one in self.statuses)

    def complaint(self, status: int, body: bytes) -> str:
        """What is wrong with an answer; nothing where it is good."""
        if not self.takes(status):
            wanted = " or ".join(str(one) for one in self.statuses)
            return f"answered {status}" if self.statuses == ("2xx",) else f"answered {status}, not {wanted}"
        if self.text and self.text.encode() not in body:
            return f"answered {status} without the text {self.text!r}"
        return self._complaint_of_json(body) if self.json_ else ""

    def _complaint_of_json(self, body: bytes) -> str:
        data = parsed(body)
        if data is None:
            return "answered something that is not JSON"
        for path, value in self.json_.items():
            if at(data, path) != value:
                return f"answered {path} other than {json.dumps(value)}"
        return ""


def _as_statuses(value: object) -> object:
    return {"statuses": value if isinstance(value, list | tuple) else [value]} if _is_short(value) else value


def _is_short(value: object) -> bool:
    return isinstance(value, int | str | list | tuple)


Expected = Annotated[ExpectedAnswer, BeforeValidator(_as_statuses)]


def parsed(body: bytes) -> Any:
    """The body's JSON; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def at(data: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing does."""
    for key in path.split("."):
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def picked(body: bytes, wanted: Mapping[str, str]) -> dict[str, str]:
    """The texts at these paths, by name; what is not there, or is no plain value, is left out."""
    data = parsed(body) if wanted else None
    found = {name: at(data, path) for name, path in wanted.items()}
    return {name: _as_text(value) for name, value in found.items() if isinstance(value, str | int | float)}


def _as_text(value: str | float) -> str:
    return (value if isinstance(value, str) else json.dumps(value))[:_SHOWN]
