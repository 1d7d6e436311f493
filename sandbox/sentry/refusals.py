"""How Sentry refuses."""

import time
from http import HTTPStatus
from typing import Any

from sandbox.answers import AnswerError

_WINDOW = 5


def shape(_: str, __: int, message: str) -> dict[str, Any]:
    """An error's body."""
    return {"detail": message}


def refuse(status: int, message: str) -> AnswerError:
    """A refusal in Sentry's shape."""
    return AnswerError(status, shape("", status, message))


def headers(status: int, ordered: dict[str, str]) -> dict[str, str]:
    """When requests are allowed again, in seconds since 1970; Sentry sends no `Retry-After`."""
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return ordered
    return {
        "X-Sentry-Rate-Limit-Limit": "40",
        "X-Sentry-Rate-Limit-Remaining": "0",
        "X-Sentry-Rate-Limit-Reset": str(int(time.time()) + _WINDOW),
        **ordered,
    }
