"""How Slack refuses: mostly with 200, and a word."""

from http import HTTPStatus
from typing import Any

from sandbox.answers import AnswerError

_WORDS = {
    HTTPStatus.TOO_MANY_REQUESTS: "ratelimited",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
    HTTPStatus.SERVICE_UNAVAILABLE: "service_unavailable",
}


def shape(_: str, status: int, message: str) -> Any:
    """A refusal's body; one that only its author can mend is named by what is wrong with it."""
    word = "invalid_arguments" if status == HTTPStatus.OK else "fatal_error"
    return {"ok": False, "error": _WORDS.get(HTTPStatus(status), word), "detail": message}


def refuse(word: str, **more: Any) -> AnswerError:
    """A refusal by its word."""
    return AnswerError(HTTPStatus.OK, {"ok": False, "error": word, **more})
