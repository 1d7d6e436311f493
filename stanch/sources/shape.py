"""How every source reads a payload: through a frozen model, with the field named where it does not fit."""

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ValidationError

from stanch.errors import StanchError
from stanch.masking import HIDDEN, hidden_by_name, link, masked
from stanch.model.base import digest_of

MOST_ALERTS = 1000
LONGEST = 2048
"""Bytes of a label, an annotation or a link; what is longer is cut, so that no alert is lost to its size."""

_COMMANDS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "?")
"""Every control character but tab, line feed and carriage return."""
_LONGEST_PATH = 120
_PLAUSIBLE_YEARS = range(1970, 9999)

M = TypeVar("M", bound=BaseModel)


class SourceError(StanchError):
    """A payload does not have the shape its source documents; `field` says where."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}" if field else what)
        self.field = field
        self.what = what


def shaped(model: type[M], body: Any) -> M:
    """The payload as its model; raises `SourceError` naming the first field that does not fit."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    raise SourceError(path_of(first["loc"]), first["msg"].removeprefix("Value error, "))


def path_of(steps: tuple[int | str, ...]) -> str:
    """`alerts[2].startsAt`; short and printable even where the sender invented the names."""
    path = ""
    for step in steps:
        name = f"[{step}]" if isinstance(step, int) else f".{step}"
        path += name
    shown = "".join(char if char.isprintable() else "?" for char in path.removeprefix("."))
    return cut(shown, _LONGEST_PATH)


def printable(text: str) -> str:
    """Without what a terminal would obey and what no encoding can write; tabs and new lines stay."""
    return text.encode(errors="replace").decode().translate(_COMMANDS)


def cut(text: str, longest: int = LONGEST) -> str:
    """At most so many bytes of printable UTF-8, on a whole character, without what looks like a secret.

    Masked before it is cut: half a secret would not be known again.
    """
    return masked(printable(text)).encode()[:longest].decode(errors="ignore")


def identity(text: str, longest: int) -> str:
    """What a sender calls an alert; told apart, but not told, where it looks like a secret."""
    shown = printable(text).encode()[:longest].decode(errors="ignore")
    return shown if masked(shown) == shown else digest_of(shown)


def on_one_line(text: str) -> str:
    """A text that cannot look like several entries of a timeline."""
    return " ".join(text.split())


def web_links(*candidates: str) -> tuple[str, ...]:
    """Those that a browser may follow, each once; a link that had to be cut leads nowhere and is left out."""
    fit = (link(one) for one in candidates if one.startswith(("http://", "https://")))
    return tuple(dict.fromkeys(one for one in fit if len(cut(one)) == len(one) < LONGEST))


def short(labels: dict[str, str]) -> dict[str, str]:
    """The labels with everything too long cut, and nothing said of one whose name says secret."""
    return {
        cut(name): HIDDEN if value and hidden_by_name(name) else cut(value) for name, value in labels.items()
    }


def _filled(value: Any) -> Any:
    # A map that was never filled is null in what Go programs send.
    return {} if value is None else value


def _said(value: Any) -> Any:
    return "" if value is None else value


def _written(value: Any) -> Any:
    if not isinstance(value, str):
        message = "must be an instant, such as 2026-11-21T08:00:00Z"
        raise ValueError(message)  # noqa: TRY004 - pydantic collects ValueError only
    return value


def _plausible(value: AwareDatetime) -> AwareDatetime:
    if value.year not in _PLAUSIBLE_YEARS:
        message = f"must be an instant from {_PLAUSIBLE_YEARS.start} on"
        raise ValueError(message)
    return value


Said = Annotated[str, BeforeValidator(_said)]
"""A text, empty where it is missing or null."""
Labels = Annotated[dict[str, str], BeforeValidator(_filled)]
"""As they were sent, whole: a fingerprint may be derived from them. `short` makes what travels on."""
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
Instant = Annotated[Moment, AfterValidator(_plausible)]
