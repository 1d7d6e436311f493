"""What a caller is told when something is not as it should be: one shape, no secret, nothing of the request.

| status | code |
|---|---|
| 400 | `not-json` |
| 401 | `unauthenticated` |
| 403 | `role-missing` `not-our-page` |
| 404 | `unknown-source` `source-not-configured` `unknown-incident` `not-found` |
| 405 | `method-not-allowed` |
| 409 | `refused` `closed` `wedged` |
| 413 | `too-large` |
| 422 | `wrong-shape` `invalid` `digest-missing` `unknown-step` `unknown-scope` |
| 429 | `too-many` |
| 500 | `unexpected` |
| 503 | `temporal-away` `store-away` |
"""

import dataclasses
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from stanch.control import Away, Unknown, Wedged
from stanch.errors import PlaybookError, PolicyError, StanchError, Unavailable
from stanch.sources.shape import path_of

RETRY_AFTER = {"Retry-After": "5"}


@dataclasses.dataclass(frozen=True)
class HttpProblem:
    """One refusal."""

    status: HTTPStatus
    code: str
    message: str
    field: str = ""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)

    def response(self) -> JSONResponse:
        """As it is sent."""
        told = ErrorBody(error=ErrorText(code=self.code, message=self.message, field=self.field or None))
        return JSONResponse(told.model_dump(), self.status, headers=self.headers)


class ErrorText(BaseModel):
    """Where, what, and how to mend it."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorText


class RefusalError(StanchError):
    """The gateway itself says no."""

    def __init__(self, problem: HttpProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def refused(status: HTTPStatus, code: str, message: str, field: str = "") -> RefusalError:
    """A refusal, ready to be raised."""
    return RefusalError(HttpProblem(status, code, message, field))


def of_stanch(error: StanchError) -> HttpProblem:
    """What Stanch's own errors become at this door."""
    match error:
        case RefusalError():
            return error.problem
        case Away():
            return HttpProblem(
                HTTPStatus.SERVICE_UNAVAILABLE, "temporal-away", str(error), headers=RETRY_AFTER
            )
        case Unavailable(provider="store"):
            return HttpProblem(HTTPStatus.SERVICE_UNAVAILABLE, "store-away", str(error), headers=RETRY_AFTER)
        case Wedged():
            return HttpProblem(HTTPStatus.CONFLICT, "wedged", str(error))
        case Unknown():
            return HttpProblem(HTTPStatus.NOT_FOUND, "unknown-incident", str(error))
        case PolicyError():
            return HttpProblem(HTTPStatus.CONFLICT, "refused", str(error))
        case PlaybookError():
            return HttpProblem(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-step", str(error), "uses")
    raise error


_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def of_http(error: HTTPException) -> HttpProblem:
    """What the framework refuses by itself."""
    status = HTTPStatus(error.status_code)
    code = _CODES.get(status, status.phrase.lower().replace(" ", "-"))
    return HttpProblem(status, code, str(error.detail), headers=dict(error.headers or {}))


def of_validation(error: RequestValidationError) -> HttpProblem:
    """The first field that does not fit; never what was sent in it."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        text = f"the body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}"
        return HttpProblem(HTTPStatus.BAD_REQUEST, "not-json", text)
    field = path_of(tuple(first["loc"][1:]))
    what = str(first["msg"]).removeprefix("Value error, ")
    where = f"{first['loc'][0]}{f' field {field}' if field else ''}"
    return HttpProblem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"{where}: {what}", field)


def tell_errors(app: FastAPI) -> None:
    """Every error leaves the application in the one shape."""
    tables: list[tuple[type[Exception], Callable[[Any], HttpProblem]]] = [
        (StanchError, of_stanch),
        (HTTPException, of_http),
        (RequestValidationError, of_validation),
    ]
    for kind, problem_of in tables:
        app.add_exception_handler(kind, _answering(problem_of))


def _answering(
    problem_of: Callable[[Any], HttpProblem],
) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def answer(_: Request, error: Exception) -> JSONResponse:
        return problem_of(error).response()

    return answer


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The errors of an operation, for the published description."""
    return {int(status): {"model": ErrorBody, "description": status.phrase} for status in statuses}
