"""What a page loads besides itself: one style sheet, one script, one icon, all of them ours."""

import hashlib
from functools import cache
from http import HTTPStatus
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from stanch.gateway.http_errors import refused

PATH = "/assets/{name}"
_KINDS = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}


@cache
def _content(name: str) -> bytes:
    return (files("stanch.gateway.console") / "static" / name).read_bytes()


@cache
def address(name: str) -> str:
    """Where a page finds it; another version has another address, so that no browser shows an old one."""
    return f"/assets/{name}?v={hashlib.sha256(_content(name)).hexdigest()[:12]}"


async def served(request: Request) -> Response:
    """One of them; it holds nothing that anybody may not see."""
    name = request.path_params["name"]
    if name not in _KINDS:
        raise refused(HTTPStatus.NOT_FOUND, "not-found", "Not Found")
    return Response(
        _content(name),
        media_type=_KINDS[name],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
