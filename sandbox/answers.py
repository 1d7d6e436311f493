"""Refusals in each vendor's own words, and bodies that are read once."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from sandbox.vendors import behind

Body = TypeVar("Body", bound=BaseModel)


class RequestBody(BaseModel):
    """A body that a vendor accepts; what it does not know it overlooks."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class AnswerError(Exception):
    """The vendor refuses, with this status and body."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


class MalformedError(AnswerError):
    """The vendor refuses because no client should ever send this."""


def malformed(request: Request, because: str, status: int = 422) -> MalformedError:
    """The refusal of a request that its author has to mend."""
    path = request.url.path
    return MalformedError(status, behind(path).refusal(path, status, because))


async def body_of(request: Request, model: type[Body]) -> Body:
    """The request's body, read as what the vendor expects of it."""
    return read_as(request, await json_of(request) or {}, model)


async def json_of(request: Request) -> Any:
    """The request's body, whatever JSON it is; nothing if it is empty."""
    raw = await request.body()
    try:
        return json.loads(raw) if raw else None
    except json.JSONDecodeError as error:
        raise malformed(request, "the body is not JSON", 400) from error


def whole(request: Request, name: str, otherwise: int) -> int:
    """A whole number of the query, or the vendor's default."""
    given = request.query_params.get(name) or str(otherwise)
    if not given.removeprefix("-").isdigit():
        raise malformed(request, f"{name} must be a whole number, not {given!r}", 400)
    return int(given)


def read_as(request: Request, given: Any, model: type[Body]) -> Body:
    """What was given, read as what the vendor expects."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        places = ", ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors()
        )
        raise malformed(request, f"invalid body ({places})", behind(request.url.path).malformed) from error
