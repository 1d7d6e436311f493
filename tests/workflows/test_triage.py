"""Whether it is really so."""

from datetime import timedelta
from typing import Any

import pytest

from stanch.errors import Unauthorized, Unavailable
from stanch.model.evidence import ExpressionVariable, Look
from stanch.model.incident import IncidentState, Phase
from stanch.model.plan import Applied
from tests.policy.making import AT, MINUTE, check, pinned, planned
from tests.workflows.beside import Outside, incident
from workflows.outside import Failed
from workflows.phases import decide, triage

OK = {"it.ok": ExpressionVariable(type="bool", path=("it", "ok"))}


@pytest.mark.parametrize(
    ("known", "healthy"),
    [
        ({}, True),
        ({"applied": (Applied(planned=planned(), at=AT),), "bad_since": AT - MINUTE}, False),
        ({"applied": (Applied(planned=planned(), at=AT - MINUTE),), "bad_since": AT}, True),
    ],
    ids=["nothing was changed", "something was changed", "it came back since it was changed"],
)
async def test_good_checks_confirm_no_alert_until_something_is_changed(
    known: dict[str, Any], healthy: bool
) -> None:
    memory = incident(Outside(reading={"ok": True}), pinned(checks=(check(variables=OK),)), **known)

    await triage.gather(memory)

    assert memory.state.healthy is healthy


class Closed(Outside):
    """Visitors are well, and the database lets Stanch in to nothing."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__(reading={"ok": True})
        self.error = error

    async def look(self, uses: str, asked: Look, within: timedelta, why: str) -> dict[str, Any]:
        if uses == "postgres.status":
            text = "password authentication failed"
            raise Failed(self.error.__name__, text)
        return await super().look(uses, asked, within, why)


CHECKS = (check(variables=OK), check(uses="postgres.status", variables=OK))


async def looked_at(error: type[Exception], **known: Any) -> IncidentState:
    memory = incident(Closed(error), pinned(checks=CHECKS), **known)
    await triage.gather(memory)
    memory.state.phase = await decide.run(memory)
    return memory.state


async def test_where_only_stanch_itself_is_not_let_in_nothing_is_confirmed_and_it_says_so() -> None:
    state = await looked_at(Unauthorized)

    assert (state.phase, state.healthy) == (Phase.WATCH, True)
    assert state.denied == ("postgres.status: password authentication failed",)
    assert "Stanch's own access is refused" in state.timeline[-1].text


async def test_what_does_not_answer_may_be_what_the_alert_is_about() -> None:
    state = await looked_at(Unavailable)

    assert (state.phase, state.healthy, state.denied) == (Phase.HANDED_OVER, False, ())


async def test_once_something_was_changed_a_check_that_refuses_stanch_is_not_good() -> None:
    applied = Applied(planned=planned(), at=AT)

    state = await looked_at(Unauthorized, applied=(applied,), bad_since=AT - MINUTE)

    assert (state.phase, state.healthy) == (Phase.HANDED_OVER, False)
