"""How Stripe refuses."""

from http import HTTPStatus
from typing import Any

from sandbox.answers import AnswerError

_TYPES = {401: "invalid_request_error", 429: "invalid_request_error", 500: "api_error", 503: "api_error"}


def shape(_: str, status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    error: dict[str, Any] = {"type": _TYPES.get(status, "invalid_request_error"), "message": message}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        error["code"] = "rate_limit"
    return {"error": error}


def refuse(status: int, message: str, **more: Any) -> AnswerError:
    """A refusal in Stripe's shape."""
    body = shape("", status, message)
    body["error"].update(more)
    return AnswerError(status, body)
