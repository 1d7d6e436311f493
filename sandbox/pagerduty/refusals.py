"""How PagerDuty refuses: a number, a word for its kind, and what exactly was wrong."""

from http import HTTPStatus
from typing import Any

_CODES = {
    HTTPStatus.BAD_REQUEST: (2001, "Invalid Input Provided"),
    HTTPStatus.UNAUTHORIZED: (2006, "Unauthorized"),
    HTTPStatus.FORBIDDEN: (2010, "Access Denied"),
    HTTPStatus.NOT_FOUND: (2100, "Not Found"),
    HTTPStatus.TOO_MANY_REQUESTS: (2020, "Rate Limit Exceeded"),
}


def shape(_: str, status: int, message: str) -> Any:
    """A refusal's body."""
    code, kind = _CODES.get(HTTPStatus(status), (2000, "Internal Error"))
    return {"error": {"code": code, "message": kind, "errors": [message]}}
