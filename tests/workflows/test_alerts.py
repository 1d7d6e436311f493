"""What alerts that join do to an incident."""

from stanch.model.notice import Notice
from tests.policy.making import AT
from tests.workflows.beside import alert, incident
from workflows import alerts


def notice(*numbers: int) -> Notice:
    return Notice(alerts=tuple(map(alert, numbers)), issued_at=AT, proved=True)


def test_of_a_notice_of_many_alerts_a_few_have_a_line_and_the_others_are_counted() -> None:
    memory = incident()

    alerts.join(memory, notice(*range(2, 1002)))

    lines = [entry.text for entry in memory.state.timeline]
    assert len(lines) < 10
    assert lines[-1] == f"{1000 - len(lines) + 1} more fire and 0 more have ended"
