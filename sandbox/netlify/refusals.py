"""How Netlify refuses."""

import time
from http import HTTPStatus
from typing import Any

from sandbox.answers import AnswerError


def shape(_: str, status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    return {"code": status, "message": message}


def headers(status: int, ordered: dict[str, str]) -> dict[str, str]:
    """A refusal for too many calls says when the minute ends, and has no `Retry-After` of its own."""
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return ordered
    reset = str(int(time.time()) + 30)
    return {"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset, **ordered}


def refuse(status: int, message: str) -> AnswerError:
    """A refusal in Netlify's shape."""
    return AnswerError(status, shape("", status, message))
