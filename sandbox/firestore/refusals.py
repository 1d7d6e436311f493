"""How Google's APIs refuse, in the JSON that stands for a gRPC status on the way to the wire."""

from http import HTTPStatus
from typing import Any

from sandbox.answers import AnswerError

CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_WITH_PRECONDITION = "/Commit"
_STATUSES = {name: status for status, name in CODES.items()} | {
    "ALREADY_EXISTS": 409,
    "FAILED_PRECONDITION": 400,
}


def shape(path: str, status: int, message: str) -> dict[str, Any]:
    """An error's body; a lost lock is called by the name it has where the call carries a precondition."""
    lost = "FAILED_PRECONDITION" if path.endswith(_WITH_PRECONDITION) else "ABORTED"
    name = lost if status == HTTPStatus.PRECONDITION_FAILED else CODES.get(status, "INVALID_ARGUMENT")
    return {"error": {"code": status, "status": name, "message": f"{status}: {message}"}}


def refuse(name: str, message: str, *details: dict[str, Any]) -> AnswerError:
    """A refusal by this code, with what Google adds to it."""
    error = {"code": _STATUSES[name], "status": name, "message": message, "details": list(details)}
    return AnswerError(_STATUSES[name], {"error": error})


def denied(permission: str, resource: str) -> AnswerError:
    """A refusal that names the permission which is missing."""
    return refuse(
        "PERMISSION_DENIED",
        f"Permission '{permission}' denied on resource '//firestore.googleapis.com/{resource}'"
        " (or it may not exist).",
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "IAM_PERMISSION_DENIED",
            "domain": "iam.googleapis.com",
            "metadata": {"permission": permission, "resource": resource},
        },
    )
