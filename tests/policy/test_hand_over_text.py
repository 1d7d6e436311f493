from datetime import timedelta
from typing import Any

import pytest

from stanch.model.evidence import Evidence
from stanch.model.incident import Phase, ToDo
from stanch.model.incident_parts import Refusal
from stanch.model.message import TimelineEntry
from stanch.model.plan import Applied, Fate
from stanch.policy import hand_over_text
from tests.policy.making import AT, change, pinned, plan, planned, state

INDEX = ToDo(number=1, do="Add the index", type="psql -f index.sql")


def handed_over(**facts: Any) -> list[str]:
    now = state(pinned=pinned(), phase=Phase.HANDED_OVER, handed_to="li", **facts)
    return hand_over_text.handed_over(now).splitlines()


def passed_over(text: str, minutes: int) -> TimelineEntry:
    return TimelineEntry(at=AT + timedelta(minutes=minutes), kind="passed-over", text=text)


def test_whoever_gets_it_reads_first_that_it_is_theirs_and_why() -> None:
    lines = handed_over(handed_over_because="no option is left")

    assert lines[:2] == ["li, this is yours now.", "Why: no option is left"]


def test_a_command_stands_on_a_line_of_its_own_and_the_list_says_how_to_tick_it() -> None:
    lines = handed_over(to_do=(INDEX,))

    assert lines[lines.index("☐ 1 Add the index") + 1] == "    psql -f index.sql"
    assert "stanch done INC-20261121-7K3QXM 1  (the first of the list is done)" in lines


@pytest.mark.parametrize(("fate", "offered"), [(Fate.KEPT, True), (Fate.UNDONE, False)])
def test_what_still_stands_is_offered_to_be_taken_back(fate: Fate, *, offered: bool) -> None:
    lines = handed_over(applied=(Applied(planned=planned(made=change()), at=AT, fate=fate),))

    assert f"- roll backend back from v42 to v41: {fate}, automatic" in lines
    assert any(line.startswith("stanch undo INC-20261121-7K3QXM") for line in lines) is offered


def test_it_says_which_options_were_passed_over_at_last_and_which_were_refused() -> None:
    lines = handed_over(
        timeline=(passed_over("scale: at first", 0), passed_over("hold: vendor is down: not so", 1)),
        refused=(Refusal(option="restart", rule="cool-down", because="4 min are left", doubt=True),),
    )

    begin = lines.index("Not done, and why:")
    assert lines[begin + 1 :] == ["- hold: vendor is down: not so", "- restart: 4 min are left"]


def test_what_a_limit_forbade_is_there_to_be_done_by_hand() -> None:
    lines = handed_over(refused_plan=plan())

    assert "   - m1: bad → good" in lines[lines.index("What Stanch would have done:") :]


def test_what_was_seen_is_not_said_twice() -> None:
    seen = {
        name: Evidence(name=name, uses="logs.count", result={}, line=line, read_at=AT)
        for name, line in (("lines", "9 of 15 payments failed"), ("release", "v42"))
    }

    lines = handed_over(handed_over_because="9 of 15 payments failed", evidence=seen)

    assert [line for line in lines if line.startswith("Seen")] == ["Seen: release: v42"]


@pytest.mark.parametrize(("option", "waits"), [("manual", True), ("", False)])
def test_work_that_is_waited_for_says_how_to_tell_what_came_of_it(option: str, *, waits: bool) -> None:
    item = INDEX.model_copy(update={"option": option})

    text = hand_over_text.by_hand(state(pinned=pinned()), (item,))

    assert ("Done: stanch done INC-20261121-7K3QXM 1" in text) is waits
    assert "☐ 1 Add the index\n    psql -f index.sql" in text
