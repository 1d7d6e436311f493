"""How Google refuses: `google.rpc.Status` in an envelope, and OAuth in its own words."""

from typing import Any

from starlette.requests import Request

from sandbox.answers import AnswerError

_TOKENS = ("/firebase/oauth2", "/firebase/sts")
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_OAUTH = {400: "invalid_grant", 401: "invalid_client", 403: "access_denied"}


def shape(path: str, status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    if path.startswith(_TOKENS):
        return {"error": _OAUTH.get(status, "temporarily_unavailable"), "error_description": message}
    return {"error": {"code": status, "message": message, "status": _STATUSES.get(status, "UNKNOWN")}}


def refuse(
    status: int, text: str, said: str = "", *, kind: str = "google.rpc.ErrorInfo", **details: Any
) -> AnswerError:
    """A refusal, with another word than the status's usual one, or with details of a kind."""
    body = shape("", status, text)
    if said:
        body["error"]["status"] = said
    if details:
        body["error"]["details"] = [{"@type": f"type.googleapis.com/{kind}", **details}]
    return AnswerError(status, body)


def refuse_grant(request: Request, message: str, code: str = "invalid_grant") -> AnswerError:
    """A refusal of the token endpoint."""
    body = shape(request.url.path, 400, message)
    return AnswerError(400, {**body, "error": code})


def switched_off(api: str) -> AnswerError:
    """The project never enabled this API."""
    return refuse(
        403,
        f"{api} has not been used in project 123456789012 before or it is disabled.",
        reason="SERVICE_DISABLED",
        domain="googleapis.com",
    )
