"""What people ask for by its name: a scenario that may be opened by hand, a command of a playbook."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stanch.control import Group
from stanch.errors import PlaybookError
from stanch.gateway.authentication import Caller, Known, people_only
from stanch.gateway.dependencies import Dependencies, in_time
from stanch.gateway.http_errors import documented, refused
from stanch.gateway.incident_routes import BEARER
from stanch.model.alert import ASKED, Alert
from stanch.model.base import Written, digest_of
from stanch.model.decision import NEEDS, Say
from stanch.model.playbook import Pinned
from stanch.playbooks.book import Book
from stanch.playbooks.opening import group_key

_LONGEST = 300


class AskedFor(Written):
    """What has to be said along with the name."""

    service: str = Field(default="", max_length=_LONGEST, description="Where it is for several")
    with_: dict[str, str] = Field(default_factory=dict, alias="with", description="What has to be chosen")


class IncidentOpened(BaseModel):
    """Where it is done and kept on record."""

    incident: str = Field(examples=["INC-20261121-7K3QXM"])


class AskedRoutes:
    """The door for what people ask for by name."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def opened(self, name: str, caller: Known, asked: AskedFor | None = None) -> IncidentOpened:
        """Open a scenario by hand; an incident of its service that is open goes on by it."""
        words = asked or AskedFor()
        _may(caller)
        pinned = self._found(lambda book: book.open(name, words.with_, caller.name, words.service))
        return await self._take(group_key(pinned.service.name, _alert(pinned, words), ()), pinned, words)

    async def given(self, name: str, caller: Known, asked: AskedFor | None = None) -> IncidentOpened:
        """Give a command; it is an incident of its own, which ends when it is done."""
        words = asked or AskedFor()
        _may(caller)
        pinned = self._found(lambda book: book.commanded(name, words.with_, caller.name))
        key = f"{group_key(pinned.service.name, _alert(pinned, words), ())}-{name}-{digest_of(words.with_)}"
        return await self._take(key, pinned, words)

    def _found(self, look: Callable[[Book], Pinned]) -> Pinned:
        rules = self._dependencies.rules
        try:
            return rules.dated(look(rules.book))
        except PlaybookError as error:
            raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", str(error)) from error

    async def _take(self, key: str, pinned: Pinned, words: AskedFor) -> IncidentOpened:
        group = Group(key=key, pinned=pinned, alerts=(_alert(pinned, words),))
        stored = await in_time(self._dependencies.control.take(group))
        if stored is None:
            raise refused(HTTPStatus.CONFLICT, "refused", "nothing was opened: ask again in a moment")
        return IncidentOpened(incident=stored.number)


def _may(caller: Caller) -> None:
    if not {NEEDS[Say.RUN], "admin"} & set(caller.roles):
        text = f"{caller.name} does not have the role {NEEDS[Say.RUN]}, which asking for this needs"
        raise refused(HTTPStatus.FORBIDDEN, "role-missing", text)


def _alert(pinned: Pinned, words: AskedFor) -> Alert:
    """What was asked for, as something that goes on until it is done."""
    chosen = ", ".join(f"{name}={value}" for name, value in sorted(words.with_.items()))
    return Alert(
        source=ASKED,
        fingerprint=digest_of([pinned.scenario, pinned.service.name, words.with_]),
        name=pinned.scenario,
        firing=True,
        started_at=datetime.now(UTC),
        service=pinned.service.name,
        summary=f"asked by {pinned.asked_by}" + f": {chosen}" * bool(chosen),
    )


def routes(dependencies: Dependencies) -> APIRouter:
    """Where scenarios are opened and commands given; both want a person's token."""
    asked = AskedRoutes(dependencies)
    router = APIRouter(
        tags=["asked for"],
        route_class=people_only(lambda: dependencies.rules.authenticator, dependencies.wrong_tokens),
        dependencies=[BEARER],
    )
    responses = documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
    for path, endpoint, summary in (
        ("/scenarios/{name}", asked.opened, "Open a scenario by hand"),
        ("/commands/{name}", asked.given, "Give a command"),
    ):
        router.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            status_code=HTTPStatus.ACCEPTED,
            summary=summary,
            responses=responses,
        )
    return router
