"""A page from its template: whatever it shows is text in it, and no markup, line or turn of direction."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from stanch.gateway.console import static_files
from stanch.gateway.console.phase_words import standing_of
from stanch.gateway.console.unit_groups import unit_groups
from stanch.plain import lasting, one_line
from stanch.policy import approval_text, change_text, on_call, telling

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    # With `no-referrer` a browser would not say where a form comes from, and we could not ask for it.
    "Referrer-Policy": "same-origin",
}

_EVERYWHERE: dict[str, Any] = {"session": None, "form_mark": "", "refused": "", "here": ""}
"""What the frame of every page speaks of."""


def _environment() -> Environment:
    pages = Environment(
        loader=PackageLoader("stanch.gateway.console", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals.update(
        telling=telling,
        approval_text=approval_text,
        change_text=change_text,
        lasting=lasting,
        standing_of=standing_of,
        unit_groups=unit_groups,
        asset=static_files.address,
        who_is_on_call=on_call.lines,
        by_the_clocks_of=on_call.shown,
    )
    pages.filters.update(clock=_clock, moment=_moment, iso=_iso)
    return pages


def page(template: str, status: HTTPStatus = HTTPStatus.OK, **shown: Any) -> HTMLResponse:
    """The answer that shows it."""
    text = _PAGES.get_template(template).render(_EVERYWHERE | shown)
    return HTMLResponse(text, status, headers=HEADERS)


def _plain(value: Any) -> Any:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return one_line(value)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


_PAGES = _environment()
