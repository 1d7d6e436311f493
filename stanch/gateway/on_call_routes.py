"""Who is on call."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from stanch.gateway.authentication import people_only
from stanch.gateway.dependencies import Dependencies
from stanch.gateway.http_errors import documented, refused
from stanch.gateway.incident_routes import BEARER
from stanch.model.rota import OnCall
from stanch.policy import on_call

_YEARS = range(1970, 2900)
"""Beyond these a calendar has no next week, or nobody means it."""

At = Annotated[AwareDatetime | None, Query(description="With its offset; now, where left out")]
Week = Annotated[bool, Query(description="Also the seven days from then on")]


class OnCallRoutes:
    """The door to the rota in force."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def standing(self, at: At = None, *, week: Week = False) -> OnCall:
        """Who has the role `on-call` at an instant, until when, and who is next."""
        if at is not None and at.year not in _YEARS:
            text = f"at is a year between {_YEARS[0]} and {_YEARS[-1]}"
            raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", text, "at")
        rules = self._dependencies.rules
        found = on_call.standing(rules.book.team, at or datetime.now(UTC), week=week)
        return found.model_copy(update={"read_at": rules.read_at})


def routes(dependencies: Dependencies) -> APIRouter:
    """Where it is asked; it wants a person's token."""
    router = APIRouter(
        tags=["on call"],
        route_class=people_only(lambda: dependencies.rules.authenticator, dependencies.wrong_tokens),
        dependencies=[BEARER],
    )
    router.add_api_route(
        "/on-call",
        OnCallRoutes(dependencies).standing,
        summary="See who is on call",
        responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY),
    )
    return router
