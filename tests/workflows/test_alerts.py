"""What alerts that join do to an incident."""

from typing import Any

import pytest
from temporalio import workflow

from stanch.model.alert import Severity
from stanch.model.incident_parts import Waiting
from stanch.model.notice import Notice
from stanch.model.playbook import Pinned, PinnedOption
from tests.policy.making import AT, pinned, planned
from tests.workflows.beside import alert, incident
from workflows import alerts

STEP = PinnedOption(name="roll back", steps=(planned().step,))


def notice(*numbers: int, by: Pinned | None = None) -> Notice:
    return Notice(alerts=tuple(map(alert, numbers)), pinned=by, issued_at=AT, proved=True)


def test_of_a_notice_of_many_alerts_a_few_have_a_line_and_the_others_are_counted() -> None:
    memory = incident()

    alerts.join(memory, notice(*range(2, 1002)))

    lines = [entry.text for entry in memory.state.timeline]
    assert len(lines) < 10
    assert lines[-1] == f"{1000 - len(lines) + 1} more fire and 0 more have ended"


def test_of_the_scenarios_that_join_a_few_have_their_turn() -> None:
    memory = incident()

    for number in range(2, 30):
        alerts.join(memory, notice(number, by=pinned(scenario=f"scenario {number}", options=(STEP,))))

    assert memory.state.pinned == pinned()
    assert [one.pinned.scenario for one in memory.state.waiting] == ["scenario 2", "scenario 3", "scenario 4"]


def test_a_scenario_has_its_turn_only_while_one_of_its_alerts_fires() -> None:
    other = pinned(scenario="disk-full")
    over = incident(waiting=(Waiting(pinned=other, alerts=("over",)),), tried=("roll back",))
    fires = incident(waiting=(Waiting(pinned=other, alerts=(alert().hash,)),), tried=("roll back",))

    assert not alerts.next_scenario(over)
    assert alerts.next_scenario(fires)

    assert (over.state.pinned, over.state.tried) == (pinned(), ("roll back",))
    assert (fires.state.pinned, fires.state.tried) == (other, ())


def edition(number: int, **facts: Any) -> Pinned:
    return pinned(hash=f"edition {number}", options=(STEP,), **facts)


def test_a_scenario_stays_as_it_was_pinned_whatever_becomes_of_its_file() -> None:
    old, new = edition(1, label="P2"), edition(2, label="P0", severity=Severity.CRITICAL)
    now, later, before = (
        incident(by=old),
        incident(by=pinned(scenario="other"), waiting=(Waiting(pinned=old, alerts=(alert().hash,)),)),
        incident(by=pinned(scenario="other"), laid_aside=(old,)),
    )

    for memory in (now, later, before):
        alerts.join(memory, notice(2, by=new))

        assert memory.state.severity is Severity.HIGH
        assert new not in (memory.state.pinned, *(one.pinned for one in memory.state.waiting))


def test_an_alert_that_says_itself_how_grave_it_is_raises_what_was_pinned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workflow, "upsert_search_attributes", lambda _: None)  # nobody looks for it here
    unsaid = edition(1)
    memory = incident(by=unsaid)

    alerts.join(memory, notice(2, by=edition(2, severity=Severity.CRITICAL)))

    assert memory.state.severity is Severity.CRITICAL
    assert memory.state.pinned == unsaid.model_copy(update={"severity": Severity.CRITICAL})


def test_what_somebody_opens_by_hand_is_what_is_in_force() -> None:
    new = edition(2, asked_by="ana")
    memory = incident(by=edition(1))

    alerts.join(memory, notice(2, by=new))

    assert memory.state.pinned == new
