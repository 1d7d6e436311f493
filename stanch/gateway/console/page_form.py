"""A form of a page, as a browser sends it: from our own page, or not read at all."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError
from starlette.requests import Request

from stanch.gateway.http_errors import refused
from stanch.gateway.words import Words
from stanch.sources.shape import path_of

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 30
_LOWER = "lower-"
"""How the fields begin that lower a number of the plan."""
_OURS = ("same-origin", "none")


def must_be_from_here(request: Request) -> None:
    """Raises a refusal unless the browser says that the form stood on a page of this very address.

    Only hosts are compared: behind a proxy that ends TLS, the schemes differ.
    """
    origin = urlsplit(request.headers.get("origin", ""))
    host = request.headers.get("host", "")
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    if origin.netloc and origin.netloc == host and fetched in _OURS:
        return
    text = "this form does not come from a page of this address: open the page anew, and send it from there"
    raise refused(HTTPStatus.FORBIDDEN, "not-our-page", text)


def came_by_tls(request: Request) -> bool:
    """True when the browser speaks TLS, to us or to a proxy before us."""
    return request.headers.get("origin", "").startswith("https://") or request.url.scheme == "https"


async def fields_of(request: Request) -> dict[str, str]:
    """What was filled in, field by field; raises a refusal where it is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"a form is sent as {_FORM}")
    try:
        body = (await request.body()).decode()
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the form cannot be read") from error


def words_of(fields: Mapping[str, str]) -> Words:
    """What the form says to an incident, held to what the API takes; what was left empty is not said."""
    said: dict[str, object] = {
        name: fields[name] for name in ("digest", "note", "severity") if fields.get(name)
    }
    if item := fields.get("item", ""):
        said["item"] = int(item) if item.isascii() and item.isdecimal() else item
        said["done"] = fields.get("done", "yes") == "yes"
    lowered = {
        name.removeprefix(_LOWER): _number(value)
        for name, value in fields.items()
        if name.startswith(_LOWER) and value
    }
    try:
        return Words.model_validate(said | ({"lower": lowered} if lowered else {}))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where, what = path_of(first["loc"]), first["msg"].removeprefix("Value error, ")
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"{where}: {what}", where) from error


def _number(written: str) -> int | float | str:
    """What was typed, as a number where it is one."""
    for kind in (int, float):
        try:
            return kind(written) if written.isascii() else written
        except ValueError:
            continue
    return written
