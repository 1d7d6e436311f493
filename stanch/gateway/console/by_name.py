"""What is asked for on a page by its name: a scenario that people open, a command; as at the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from stanch.errors import StanchError
from stanch.gateway.asked_routes import AskedFor, AskedRoutes
from stanch.gateway.console.looking import LookingRoutes
from stanch.gateway.console.page_door import PageDoor, PageVisit
from stanch.gateway.console.shown_incident import AnswerTone, SpokenAnswer, may
from stanch.gateway.http_errors import of_stanch, refused
from stanch.model.decision import NEEDS, Say
from stanch.model.playbook import PinnedInput, PinnedOption
from stanch.model.verb import AutomationMode
from stanch.playbooks.book import Book

_CHOSEN = "with-"
"""How the fields begin that say what was chosen."""


_GOES = {
    AutomationMode.SHADOW: "changes nothing, and says what it would change",
    AutomationMode.APPROVE: "asks before it changes anything",
    AutomationMode.AUTO: "acts unasked where its playbook asks nobody",
}
_READS = "only reads"


@dataclass(frozen=True)
class AskedOffer:
    """One thing that can be asked for."""

    kind: str
    """What the page calls it, and its form: `scenario`, `command`."""
    name: str
    service: str
    inputs: tuple[PinnedInput, ...]
    does: tuple[str, ...]
    """The changes it may make, as its playbook calls them."""
    goes: str
    """How far it goes unasked."""


class ByNameRoutes:
    """The page of what can be asked for, and its forms."""

    def __init__(self, door: PageDoor, looking: LookingRoutes) -> None:
        self._door = door
        self._looking = looking
        self._asked = AskedRoutes(door.dependencies)

    async def offered(self, visit: PageVisit) -> Response:
        """Everything that can be asked for by its name."""
        return self._page(visit)

    async def ask(self, visit: PageVisit) -> Response:
        """It is asked for; then the incident in which it is done, or what it is refused for."""
        fields, caller = visit.fields, visit.session.caller
        try:
            words = AskedFor.model_validate(
                {
                    "service": fields.get("service", ""),
                    "with": {
                        name.removeprefix(_CHOSEN): value
                        for name, value in fields.items()
                        if name.startswith(_CHOSEN) and value
                    },
                }
            )
            match fields.get("kind"):
                case "scenario":
                    opened = await self._asked.opened(fields.get("name", ""), caller, words)
                case "command":
                    opened = await self._asked.given(fields.get("name", ""), caller, words)
                case _:
                    raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "kind: scenario or command")
        except ValidationError as error:
            said = str(error.errors(include_input=False)[0]["msg"])
            return self._page(visit, SpokenAnswer(AnswerTone.REFUSED, said), HTTPStatus.UNPROCESSABLE_ENTITY)
        except StanchError as error:
            problem = of_stanch(error)
            return self._page(visit, SpokenAnswer(AnswerTone.REFUSED, problem.message), problem.status)
        return RedirectResponse(f"/incident/{opened.incident}", HTTPStatus.SEE_OTHER)

    def _page(
        self, visit: PageVisit, answer: SpokenAnswer | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        book = self._door.dependencies.rules.book
        response = self._looking.page(
            visit,
            "by_name.html",
            offers=[*_scenarios(book), *_commands(book)],
            may_ask=may(visit.session.caller.roles, Say.RUN),
            role=NEEDS[Say.RUN],
            answer=answer,
        )
        response.status_code = status
        return response


def _scenarios(book: Book) -> Iterator[AskedOffer]:
    for pinned in (entry.pinned for entry in book.entries if entry.asked):
        yield AskedOffer(
            "scenario",
            pinned.scenario,
            pinned.service.name,
            pinned.inputs,
            _changes(pinned.options),
            _GOES[pinned.mode],
        )


def _commands(book: Book) -> Iterator[AskedOffer]:
    for one in (command for playbook in book.playbooks for command in playbook.commands):
        steps = one.option.steps if one.option else ()
        goes = _GOES[min((step.mode for step in steps), key=lambda mode: mode.rank)] if steps else _READS
        changes = _changes((one.option,) if one.option else ())
        yield AskedOffer("command", one.name, one.service.name, one.inputs, changes, goes)


def _changes(options: tuple[PinnedOption, ...]) -> tuple[str, ...]:
    steps = (step for option in options for step in option.steps)
    return tuple(dict.fromkeys(f"{step.called or step.uses} of {step.target.name}" for step in steps))
