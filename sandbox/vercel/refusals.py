"""How Vercel refuses."""

import time
from http import HTTPStatus
from typing import Any

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    402: "payment_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    412: "precondition_failed",
    422: "unprocessable_entity",
    429: "rate_limited",
    503: "service_unavailable",
}


def shape(_: str, status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    return {"error": {"code": _CODES.get(status, "internal_server_error"), "message": message}}


def headers(status: int, ordered: dict[str, str]) -> dict[str, str]:
    """Each refusal for too many calls says when they are allowed again, often without `Retry-After`."""
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return ordered
    reset = int(time.time()) + int(ordered.get("Retry-After", "1"))
    limits = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    return {**limits, **({} if "X-RateLimit-Reset" in ordered else {"Retry-After": "1"}), **ordered}
