"""An incident without Temporal: an outside that answers at once, and keeps what it was asked."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from stanch.model.alert import Alert
from stanch.model.change import Change
from stanch.model.evidence import Look
from stanch.model.guard import Ask, Let, Verdict
from stanch.model.incident import IncidentState
from stanch.model.message import Delivered, Message
from stanch.model.notice import Left
from stanch.model.plan import PlanOrder
from stanch.model.playbook import Pinned
from stanch.policy import outbreaks
from tests.policy.making import AT, change, pinned, state
from workflows.memory import IncidentMemory

YES = Verdict(granted=True)
NOTHING: Mapping[str, Any] = {}


class Outside:
    """It is always the same instant, and all readings, all answers of guards and all plans are the same."""

    def __init__(
        self, verdict: Verdict = YES, reading: Mapping[str, Any] = NOTHING, down: Collection[str] = ()
    ) -> None:
        self.verdict = verdict
        self.reading = reading
        self.down = down
        self.asked: list[Ask] = []
        self.given_back: list[Let] = []
        self.told: list[Message] = []
        self.cards: list[Callable[[], str]] = []

    def now(self) -> datetime:
        return AT

    async def until(self, condition: Callable[[], bool]) -> None:
        assert condition(), "nothing is ever on its way here"

    async def look(self, uses: str, asked: Look, within: timedelta, why: str) -> dict[str, Any]:  # noqa: ARG002
        return {"is_down": asked.arguments.get("page") in self.down, **self.reading}

    async def plan(self, uses: str, order: PlanOrder) -> Change:
        return change(verb=uses, marker=order.request.marker)

    async def ask(self, question: Ask) -> Verdict:
        self.asked.append(question)
        return self.verdict

    async def let_go(self, let: Let) -> None:
        self.given_back.append(let)

    async def tell(self, message: Message) -> Delivered:
        self.told.append(message)
        return Delivered()

    def show(self, card: Callable[[], str]) -> None:
        self.cards.append(card)


def alert(number: int = 1, **changed: Any) -> Alert:
    """One of many that fire."""
    usual = {
        "source": "test",
        "fingerprint": f"{number}",
        "name": "SiteDown",
        "firing": True,
        "started_at": AT,
    }
    return Alert.model_validate(usual | changed)


def incident(outside: Outside | None = None, by: Pinned | None = None, **facts: Any) -> IncidentMemory:
    """An incident of one alert, which fires, and of a playbook."""
    outbreak, _ = outbreaks.read(outbreaks.Outbreak(), [alert()], Left(), AT)
    by = by or pinned()
    usual: dict[str, Any] = {
        "pinned": by,
        "severity": by.severity,
        "outbreak": outbreak,
        "workflow_id": "incident-backend",
    }
    remembered: IncidentState = state(**(usual | facts))
    return IncidentMemory(remembered, outside or Outside())
