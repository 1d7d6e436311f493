"""How Heroku refuses."""

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.answers import AnswerError

POOL = 4500
_IDS = {
    400: "bad_request",
    401: "unauthorized",
    402: "delinquent",
    403: "forbidden",
    404: "not_found",
    406: "not_acceptable",
    409: "conflict",
    410: "gone",
    422: "invalid_params",
    429: "rate_limit",
    503: "maintenance",
}


def shape(_: str, status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    return {"id": _IDS.get(status, "internal_server_error"), "message": message}


def headers(status: int, ordered: dict[str, str]) -> dict[str, str]:
    """How many requests are left stands on every answer; when there are more again is nowhere said."""
    left = "0" if status == 429 else str(POOL - 14)  # noqa: PLR2004  the status itself
    return {"RateLimit-Remaining": left, "Request-Id": "a1b2c3d4-sandbox", **ordered}


def refuse(status: int, message: str, **more: str) -> AnswerError:
    """A refusal in Heroku's shape."""
    return AnswerError(status, {**shape("", status, message), **more}, headers(status, {}))


READ_ONLY = refuse(503, "The API is in read-only mode for maintenance.")
DELINQUENT = refuse(402, "There is an outstanding balance on your account.")
SUSPENDED = refuse(403, "The app is suspended.", id="suspended")
UNVERIFIED = refuse(422, "Please verify your account.", id="verification_needed")
"""What may be answered to every change, for hours; reads go on. The ids are Heroku's, the words are ours."""


def answer(body: Any, status: int = 200, **more: str) -> Response:
    """An answer with the headers that each one has; an underscore in a header's name is a hyphen."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return JSONResponse(body, status, headers=headers(status, named))
