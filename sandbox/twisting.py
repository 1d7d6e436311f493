"""Answers that are not what the vendor's endpoint said: refused instead, emptied, or cut short."""

import json
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.faults import Fault
from sandbox.past import PastAnswer
from sandbox.vendors import behind

_OF_THE_BODY = (b"content-length", b"content-type")
_MESSAGES = {
    401: "the credential was not accepted",
    403: "the credential does not reach this",
    404: "not found",
    409: "conflict",
    422: "not acceptable",
    429: "rate limit exceeded",
    500: "internal server error",
    503: "service unavailable",
}


def refusal(fault: Fault, path: str) -> Response:
    """The ordered status, in the vendor's own manner."""
    vendor, body = behind(path), fault.body
    if body is None:
        body = vendor.refusal(path, fault.status, _MESSAGES.get(fault.status, "refused"))
    headers = vendor.headers(fault.status, fault.headers)
    if isinstance(body, str):
        return Response(body, fault.status, headers=headers, media_type="text/xml")
    return JSONResponse(body, fault.status, headers=headers)


def emptied(path: str, answer: PastAnswer) -> Response:
    """Every list in it is empty; one thing, which has an identifier, keeps its parts."""
    own = behind(path).emptied
    if own is not None:
        return Response(own(answer.body), answer.status)
    try:
        found = json.loads(answer.body or b"null")
    except ValueError:
        return Response("", answer.status, media_type="text/plain")  # lines of a text are a list too
    is_one = isinstance(found, dict) and "id" in found
    return JSONResponse(found if is_one else _emptied(found), answer.status)


def cut_short(answer: PastAnswer) -> Response:
    """A list of several things lacks its last one; of one thing nothing is missing, nor of a text."""
    try:
        found = json.loads(answer.body or b"null")
    except ValueError:
        return Response(answer.body, answer.status)
    cut = JSONResponse(_cut_short(found), answer.status)
    cut.raw_headers += [(name, value) for name, value in answer.headers if name not in _OF_THE_BODY]
    return cut


def _emptied(answer: Any) -> Any:
    if isinstance(answer, list):
        return []
    if isinstance(answer, dict):
        return {key: _emptied(value) for key, value in answer.items()}
    return answer


def _cut_short(answer: Any) -> Any:
    if isinstance(answer, list):
        return answer[: max(1, len(answer) - 1)]
    if isinstance(answer, dict):
        return {key: _cut_short(value) if isinstance(value, list) else value for key, value in answer.items()}
    return answer
