"""The kill switch: pause and resume what Stanch does by itself."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stanch.gateway.authentication import Known, people_only
from stanch.gateway.dependencies import Dependencies, in_time
from stanch.gateway.http_errors import documented, refused
from stanch.gateway.incident_routes import BEARER
from stanch.gateway.words import Text
from stanch.model.base import Written
from stanch.model.pause import EVERYTHING, Pause

_SCOPE = Field(
    description="`all`, `service:NAME` or `provider:NAME`",
    examples=["all", "service:backend"],
    max_length=200,
)


class PauseWords(Written):
    """What to pause, and why."""

    scope: Text = _SCOPE
    why: Text = Field(default="", max_length=500, examples=["the migration runs until noon"])


class ResumeWords(Written):
    """What may act again."""

    scope: Text = _SCOPE


class PauseChange(BaseModel):
    """A switch, and whether this very call has thrown it."""

    scope: str
    paused: bool
    changed: bool = Field(description="False when it stood so already")


class Paused(BaseModel):
    """Every switch that is thrown, in words."""

    paused: list[str] = Field(examples=[["all is paused by ana: the migration runs until noon"]])


class PauseRoutes:
    """The door to the kill switch."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def listed(self) -> Paused:
        """Every switch that is thrown, by whom and why."""
        return Paused(paused=await in_time(self._dependencies.control.paused()))

    async def pause(self, words: PauseWords, caller: Known) -> PauseChange:
        """Change nothing of a scope until it is resumed.

        A change under way finishes the unit it is at. For responders.
        """
        caller.must_be("responder", "pausing")
        self._must_be_known(words.scope)
        changed = await in_time(
            self._dependencies.control.pause(Pause(scope=words.scope, by=caller.name, why=words.why))
        )
        return PauseChange(scope=words.scope, paused=True, changed=changed)

    async def resume(self, words: ResumeWords, caller: Known) -> PauseChange:
        """Let a scope act again. For approvers."""
        caller.must_be("approver", "resuming")
        self._must_be_known(words.scope)
        changed = await in_time(self._dependencies.control.resume(words.scope, caller.name))
        return PauseChange(scope=words.scope, paused=False, changed=changed)

    def _must_be_known(self, scope: str) -> None:
        if scope == EVERYTHING:
            return
        team = self._dependencies.rules.book.team
        kind, _, name = scope.partition(":")
        known = {"service": sorted(team.services), "provider": sorted(team.providers)}.get(kind)
        if known is None:
            message = "a scope is all, service:NAME or provider:NAME"
        elif name in known:
            return
        else:
            message = f"there is no such {kind}; known are {', '.join(known) or 'none'}"
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-scope", message, "scope")


def routes(dependencies: Dependencies) -> APIRouter:
    """Where switches are thrown and seen; every route wants a person's token."""
    pauses = PauseRoutes(dependencies)
    router = APIRouter(
        tags=["pause"],
        route_class=people_only(lambda: dependencies.rules.authenticator, dependencies.wrong_tokens),
        dependencies=[BEARER],
    )
    reading = documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE)
    throwing = reading | documented(HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)
    router.add_api_route("/pause", pauses.listed, summary="See what is paused", responses=reading)
    router.add_api_route("/pause", pauses.pause, methods=["POST"], summary="Pause", responses=throwing)
    router.add_api_route("/resume", pauses.resume, methods=["POST"], summary="Resume", responses=throwing)
    return router
