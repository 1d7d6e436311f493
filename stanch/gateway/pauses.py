"""The kill switch: pause and resume what Stanch does by itself."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stanch.gateway.errors import documented, refused
from stanch.gateway.incidents import BEARER
from stanch.gateway.people import Known, people_only
from stanch.gateway.wiring import Wiring, answered
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


class Switched(BaseModel):
    """A switch, and whether this very call has thrown it."""

    scope: str
    paused: bool
    changed: bool = Field(description="False when it stood so already")


class Paused(BaseModel):
    """Every switch that is thrown, in words."""

    paused: list[str] = Field(examples=[["all is paused by ana: the migration runs until noon"]])


class Pauses:
    """The door to the kill switch."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    async def listed(self) -> Paused:
        """Every switch that is thrown, by whom and why."""
        return Paused(paused=await answered(self._wiring.control.paused()))

    async def pause(self, words: PauseWords, caller: Known) -> Switched:
        """Change nothing of a scope until it is resumed.

        A change under way finishes the unit it is at. For responders.
        """
        caller.must_be("responder", "pausing")
        self._must_be_known(words.scope)
        changed = await answered(
            self._wiring.control.pause(Pause(scope=words.scope, by=caller.name, why=words.why))
        )
        return Switched(scope=words.scope, paused=True, changed=changed)

    async def resume(self, words: ResumeWords, caller: Known) -> Switched:
        """Let a scope act again. For approvers."""
        caller.must_be("approver", "resuming")
        self._must_be_known(words.scope)
        changed = await answered(self._wiring.control.resume(words.scope, caller.name))
        return Switched(scope=words.scope, paused=False, changed=changed)

    def _must_be_known(self, scope: str) -> None:
        if scope == EVERYTHING:
            return
        team = self._wiring.book.team
        kind, _, name = scope.partition(":")
        known = {"service": sorted(team.services), "provider": sorted(team.providers)}.get(kind)
        if known is None:
            message = "a scope is all, service:NAME or provider:NAME"
        elif name in known:
            return
        else:
            message = f"there is no such {kind}; known are {', '.join(known) or 'none'}"
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-scope", message, "scope")


def routes(wiring: Wiring) -> APIRouter:
    """Where switches are thrown and seen; every route wants a person's token."""
    pauses = Pauses(wiring)
    router = APIRouter(tags=["pause"], route_class=people_only(wiring.gate), dependencies=[BEARER])
    reading = documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE)
    throwing = reading | documented(HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)
    router.add_api_route("/pause", pauses.listed, summary="See what is paused", responses=reading)
    router.add_api_route("/pause", pauses.pause, methods=["POST"], summary="Pause", responses=throwing)
    router.add_api_route("/resume", pauses.resume, methods=["POST"], summary="Resume", responses=throwing)
    return router
