"""What is said on a page: each word goes the way that it goes from the API, and is answered by that text."""

from http import HTTPStatus

from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from stanch.control import Unknown
from stanch.errors import StanchError
from stanch.gateway.console.looking import LookingRoutes
from stanch.gateway.console.page_door import PageDoor, PageVisit
from stanch.gateway.console.page_form import words_of
from stanch.gateway.console.shown_incident import AnswerTone, SpokenAnswer
from stanch.gateway.http_errors import of_stanch, refused
from stanch.gateway.incident_routes import IncidentRoutes
from stanch.gateway.pause_routes import PauseRoutes, PauseWords, ResumeWords
from stanch.model.decision import SaidAt, Say

OFFERED = tuple(say for say in Say if say is not Say.RUN)
"""A change by hand takes arguments of its verb, which no page asks for: `stanch run` does."""


class SpeakingRoutes:
    """Every form."""

    def __init__(self, door: PageDoor, looking: LookingRoutes) -> None:
        self._incidents = IncidentRoutes(door.dependencies)
        self._pauses = PauseRoutes(door.dependencies)
        self._looking = looking

    async def say(self, visit: PageVisit) -> Response:
        """One word to an incident; then the incident as it stands now, under what became of the word."""
        word = str(visit.request.path_params["word"])
        if word not in OFFERED:
            raise refused(HTTPStatus.NOT_FOUND, "not-found", f"nothing on these pages is called {word}")
        status = HTTPStatus.OK
        try:
            said = await self._incidents.hear(
                visit.number, Say(word), visit.session.caller, words_of(visit.fields), door=SaidAt.PAGE
            )
            tone = AnswerTone.ACCEPTED if said.accepted else AnswerTone.REFUSED
            answer = SpokenAnswer(tone, said.text)
        except Unknown:
            raise
        except StanchError as error:
            problem = of_stanch(error)
            status, answer = problem.status, SpokenAnswer(AnswerTone.REFUSED, problem.message)
        response = await self._looking.incident(visit, answer)
        response.status_code = status
        return response

    async def pause(self, visit: PageVisit) -> Response:
        """Throw the kill switch of a scope, or take it back."""
        scope, fields, caller = visit.fields.get("scope", ""), visit.fields, visit.session.caller
        status = HTTPStatus.OK
        try:
            if fields.get("do") == "resume":
                changed = await self._pauses.resume(ResumeWords(scope=scope), caller)
                text = f"{scope} may act again" if changed.changed else f"{scope} was not paused"
            else:
                changed = await self._pauses.pause(PauseWords(scope=scope, why=fields.get("why", "")), caller)
                text = f"{scope} is paused now" if changed.changed else f"{scope} was paused already"
            answer = SpokenAnswer(AnswerTone.ACCEPTED, text)
        except ValidationError as error:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            answer = SpokenAnswer(AnswerTone.REFUSED, str(error.errors()[0]["msg"]))
        except StanchError as error:
            problem = of_stanch(error)
            status, answer = problem.status, SpokenAnswer(AnswerTone.REFUSED, problem.message)
        response = await self._looking.paused(visit, answer)
        response.status_code = status
        return response


async def back_to_incident(visit: PageVisit) -> Response:
    """Whoever asks for the address of a form is shown what the form is about."""
    return RedirectResponse(f"/incident/{visit.number}", HTTPStatus.SEE_OTHER)
