"""What people may say to an incident over HTTP, checked for sense before it is sent."""

from http import HTTPStatus
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, StrictFloat, StrictInt

from stanch.gateway.http_errors import refused
from stanch.masking import masked
from stanch.model.alert import Severity
from stanch.model.base import Written
from stanch.model.decision import Say
from stanch.sources.shape import printable

_LONGEST_NOTE = 2000
_LONGEST_NAME = 100


def _readable(text: str) -> str:
    """On one line, so that nobody's note can look like somebody else's entry; without a pasted secret."""
    line = " ".join(text.split())
    if printable(line) != line:
        message = "has characters in it that cannot be shown"
        raise ValueError(message)
    return masked(line)


Text = Annotated[str, AfterValidator(_readable)]
Number = StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)]


class Words(Written):
    """Everything a word may take; each takes only its own."""

    digest: Text = Field(
        default="",
        max_length=_LONGEST_NAME,
        description="approve, reject: of the plan you have read",
        examples=["9f2c61aa07d4"],
    )
    note: Text = Field(default="", max_length=_LONGEST_NOTE, description="Shown on the timeline, on one line")
    severity: Severity | None = Field(default=None, description="severity: the new one")
    uses: Text = Field(
        default="", max_length=_LONGEST_NAME, description="run: the verb", examples=["fly.restart"]
    )
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with", description="run: its arguments")
    target: Text = Field(
        default="", max_length=_LONGEST_NAME, description="run: where else, by its name under also_on"
    )
    item: StrictInt = Field(default=0, description="done: which of what people do, as the incident lists it")
    done: bool = Field(default=True, description="done: false where it could not be done")
    lower: dict[str, Number] = Field(
        default_factory=dict, description="approve: parameters to lower first, such as {count: 3}"
    )


_NEEDED: dict[Say, tuple[str, str, str]] = {
    Say.APPROVE: ("digest", "digest-missing", "name the digest you have read; the incident shows it"),
    Say.REJECT: ("digest", "digest-missing", "name the digest you have read; the incident shows it"),
    Say.SEVERITY: ("severity", "invalid", f"name the severity: {', '.join(Severity)}"),
    Say.NOTE: ("note", "invalid", "write the note"),
    Say.DONE: ("item", "invalid", "number what is done, as the incident lists it"),
    Say.RUN: ("uses", "invalid", "name the verb to run, such as fly.restart"),
}
_ONLY_FOR = {
    "lower": Say.APPROVE,
    "severity": Say.SEVERITY,
    "item": Say.DONE,
    "uses": Say.RUN,
    "with_": Say.RUN,
    "target": Say.RUN,
}


def must_make_sense(say: Say, words: Words) -> None:
    """Raises a refusal when a word lacks what it needs, or is given what it would pass over."""
    if say in _NEEDED:
        field, code, message = _NEEDED[say]
        if not getattr(words, field):
            raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, code, message, field)
    for field, word in _ONLY_FOR.items():
        if getattr(words, field) and say is not word:
            name = field.rstrip("_")
            message = f"{name} goes with {word}, not with {say}: leave it out"
            raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message, name)
