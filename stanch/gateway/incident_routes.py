"""Incidents out, people's words in."""

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, BeforeValidator, Field

from stanch.control import Unknown
from stanch.gateway.authentication import Caller, Known, people_only
from stanch.gateway.dependencies import Dependencies, in_time
from stanch.gateway.http_errors import documented, refused
from stanch.gateway.words import Words, must_make_sense
from stanch.model.decision import NEEDS, Decision, DecisionResult, SaidAt, Say
from stanch.model.edition import EditionInForce, PinnedEdition
from stanch.model.incident import Phase
from stanch.model.plan import Plan
from stanch.model.playbook import PinnedStep
from stanch.model.record import Summary, View
from stanch.policy import approving, change_text, telling

_NUMBER = re.compile(r"INC-[0-9]{8}-[0-9A-HJKMNP-TV-Z]{6}", re.IGNORECASE)
_WORD_PATIENCE = timedelta(seconds=35)
"""A little longer than the word's own deadline, so that its own explanation wins."""

BEARER = Security(HTTPBearer(auto_error=False, scheme_name="bearer", description="Your own token"))
Number = Annotated[str, Path(description="In either case", examples=["INC-20261121-7K3QXM"], max_length=100)]
SaidWord = Annotated[Say, Path(alias="verb")]
"""Published as `verb`, which those who call it know it by."""

OnlyOpen = Annotated[bool, BeforeValidator(lambda said: said or said == "")]
"""`?open` alone means yes."""


class IncidentList(BaseModel):
    """The latest incidents, open ones first."""

    incidents: list[Summary]
    in_force: EditionInForce


class IncidentDetails(View):
    """An incident, and in words what it is and what it would do."""

    headline: str = Field(examples=["critical: site-down on backend"])
    plan_text: str = Field(
        default="", description="The plan that waits for an approval; empty when none does"
    )
    plan: Plan | None = Field(default=None, description="The plan that waits or is being carried out")
    approvals: tuple[str, ...] = Field(default=(), description="Who has said yes to it so far")
    edition: PinnedEdition | None = Field(default=None, description="What it runs by, to its end")
    in_force: EditionInForce
    page: str = Field(default="", description="Its card in Temporal's UI, where the gateway knows it")


class IncidentRoutes:
    """The door for people."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def listed(
        self,
        *,
        only_open: Annotated[OnlyOpen, Query(alias="open", description="Leave out what is closed")] = False,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> IncidentList:
        """The latest incidents, open ones first."""
        found = self._dependencies.control.incidents(open_only=only_open, limit=limit)
        return IncidentList(incidents=await in_time(found), in_force=self._dependencies.in_force)

    async def shown(self, number: Number) -> IncidentDetails:
        """Everything an incident remembers, open or closed, and its plan in words."""
        view = await self._view(number)
        plan, pinned = view.state.plan, view.state.pinned
        return IncidentDetails(
            **dict(view),
            headline=telling.headline(view.state),
            plan_text=change_text.plan_text(plan) if plan else "",
            plan=plan,
            approvals=view.state.approvals if plan else (),
            edition=self._dependencies.rules.edition_of(pinned) if pinned else None,
            in_force=self._dependencies.in_force,
            page=self._page(view),
        )

    def _page(self, view: View) -> str:
        pages = self._dependencies.pages
        run = f"{quote(view.workflow_id, safe='')}/{view.first_run_id}"
        return f"{pages}/workflows/{run}/user-metadata" if pages else ""

    async def say(
        self, number: Number, word: SaidWord, caller: Known, words: Words | None = None
    ) -> DecisionResult:
        """Say one word to an incident; answered once the incident has heard it, or with why it refuses."""
        return await self.hear(number, word, caller, words or Words())

    async def hear(
        self, number: str, word: Say, caller: Caller, words: Words, *, door: SaidAt = SaidAt.API
    ) -> DecisionResult:
        """The same word through whichever door it comes."""
        with self._dependencies.metrics.deciding(word):
            return await self._hear(number, _decision(word, caller, words, door), words)

    async def _hear(self, number: str, decision: Decision, words: Words) -> DecisionResult:
        word = decision.say
        because = approving.may(decision)
        if because:
            raise refused(HTTPStatus.FORBIDDEN, "role-missing", because)
        must_make_sense(word, words)
        view = await self._view(number)
        if view.state.phase is Phase.CLOSED:
            raise _closed(view.state.number)
        if before := approving.said_before(decision, view.state):
            return DecisionResult(accepted=True, text=before, digest=view.digest)
        addressed: dict[str, object] = {
            "incident": view.workflow_id,
            "run": view.first_run_id,
            "asked": view.state.asks,
        }
        if word is Say.RUN:
            addressed["step"] = self._step(view, words)
        try:
            return await in_time(
                self._dependencies.control.say(decision.model_copy(update=addressed)), _WORD_PATIENCE
            )
        except Unknown as error:
            raise _closed(view.state.number) from error

    async def _view(self, number: str) -> View:
        if not _NUMBER.fullmatch(number):
            raise Unknown("that is not an incident's number; they look like INC-20261121-7K3QXM")
        return await in_time(self._dependencies.control.view(number), _WORD_PATIENCE)

    def _step(self, view: View, words: Words) -> PinnedStep:
        if view.state.pinned is None:
            raise refused(
                HTTPStatus.CONFLICT, "refused", "the incident has just begun: say it again in a moment"
            )
        service = view.state.pinned.service.name
        return self._dependencies.rules.book.verb_step(service, words.uses, words.with_, words.target)


def _decision(word: Say, caller: Caller, words: Words, door: SaidAt) -> Decision:
    """Not addressed yet: who said what, when."""
    return Decision(
        say=word,
        person=caller.name,
        roles=caller.roles,
        incident="",
        at=datetime.now(UTC),
        digest=words.digest,
        note=words.note,
        severity=words.severity,
        item=words.item,
        done=words.done,
        arguments=dict(words.lower),
        door=door,
    )


def _closed(number: str) -> Exception:
    return refused(HTTPStatus.CONFLICT, "closed", f"{number} is closed")


def routes(dependencies: Dependencies) -> APIRouter:
    """Where incidents are read and spoken to; every route wants a person's token."""
    incidents = IncidentRoutes(dependencies)
    router = APIRouter(
        tags=["incidents"],
        route_class=people_only(lambda: dependencies.rules.authenticator, dependencies.wrong_tokens),
        dependencies=[BEARER],
    )
    reading = documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
    )
    one = reading | documented(HTTPStatus.NOT_FOUND)
    speaking = one | documented(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT)
    roles = ", ".join(f"{say}: {role}" for say, role in NEEDS.items())
    router.add_api_route("/incidents", incidents.listed, summary="List incidents", responses=reading)
    router.add_api_route("/incidents/{number}", incidents.shown, summary="Show an incident", responses=one)
    router.add_api_route(
        "/incidents/{number}/{verb}",
        incidents.say,
        methods=["POST"],
        summary="Say a word to an incident",
        description=f"Answered once the incident has heard it, or with why it refuses. Roles: {roles}.",
        responses=speaking,
    )
    return router
