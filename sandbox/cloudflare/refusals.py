"""How Cloudflare refuses: always in the envelope, with a code of its own."""

from http import HTTPStatus
from typing import Any

from sandbox.answers import AnswerError

_CODES = {
    400: 10021,
    401: 1000,
    403: 10000,
    404: 7003,
    405: 10405,
    429: 10429,
    503: 10013,
}
_OBSERVED = {400: "Bad Request", 401: "Unauthorized", 500: "Internal error"}
SECRETS_CHANGED, NO_SETTINGS, NO_SUCH_BINDING = 10220, 10201, 10057
NOT_DEPLOYED, SECRET_NOT_DEPLOYED = 10214, 10215
"""For settings, and for a secret (cloudflare/workers-sdk#10585, read 2026-11)."""
NOT_THERE_YET, DAY_IS_OVER, TOO_OFTEN = 100146, 10048, 10429
TOO_MANY_CONNECTIONS = 2012
"""The code is inferred."""
NO_SCRIPT, NO_KEY, NO_NAMESPACE, DUPLICATE, NO_RULE = 10007, 10009, 10013, 10009, 10001


def shape(path: str, status: int, message: str) -> dict[str, Any]:
    """An error's body; observability has one word for each status and puts the reason beside it."""
    refusal = body(_CODES.get(status, 10002), message)
    if path.endswith("/telemetry/query") and status in _OBSERVED:
        refusal["errors"] = [{"message": _OBSERVED[status], "detail": message}]
        del refusal["result"]
    return refusal


def body(code: int, message: str) -> dict[str, Any]:
    """The envelope around nothing."""
    return {
        "success": False,
        "errors": [{"code": code, "message": message}],
        "messages": [],
        "result": None,
    }


def refuse(status: int, code: int, message: str) -> AnswerError:
    """A refusal under one of Cloudflare's codes."""
    return AnswerError(status, body(code, message))


def headers(status: int, ordered: dict[str, str]) -> dict[str, str]:
    """After too many calls everything is refused for a while, and the headers say for how long."""
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return ordered
    wait = ordered.get("Retry-After", "120")
    return {
        "Retry-After": wait,
        "Ratelimit": f'"default";r=0;t={wait}',
        "Ratelimit-Policy": '"default";q=1200;w=300',
        **ordered,
    }
