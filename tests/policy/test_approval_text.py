from datetime import timedelta

import pytest

from stanch.model.alert import Severity
from stanch.model.evidence import Evidence, ExpressionVariable
from stanch.model.incident import IncidentState, Phase
from stanch.model.plan import Plan, Purpose, Round
from stanch.model.playbook import PinnedOption
from stanch.policy import approval_text
from tests.policy.making import AT, pinned, plan, state

READ = {
    name: Evidence(name=name, uses="fly.status", result={}, line=line, read_at=AT)
    for name, line in (("release", "v42, suspect"), ("machines", "2 of 2 run"))
}
OPTION = PinnedOption(name="roll back", when="release.is_suspect")
KNOWN = {"release.is_suspect": ExpressionVariable(type="bool", path=("release", "is_suspect"))}


def asking(asked: Plan, option: PinnedOption = OPTION) -> IncidentState:
    pinning = pinned().model_copy(update={"options": (option,), "variables": KNOWN})
    round_ = Round(plan=asked.model_copy(update={"option": option.name}), asked_at=AT)
    return state(pinned=pinning, severity=Severity.HIGH, phase=Phase.APPROVE, evidence=READ, round=round_)


def question(asked: Plan, option: PinnedOption = OPTION) -> list[str]:
    now = asking(asked, option)
    return approval_text.question(now, now.round.plan).splitlines()  # type: ignore[union-attr]


def test_how_to_answer_stands_before_all_that_may_be_cut_off() -> None:
    lines = question(plan())

    steps = lines.index("1. `fly.roll_back`: roll backend back from v42 to v41")
    assert lines[0] == "May Stanch do this? roll backend back from v42 to v41"
    assert f"Yes: stanch approve INC-20261121-7K3QXM --digest {plan().digest}" in lines[:steps]
    assert f"No:  stanch reject INC-20261121-7K3QXM --digest {plan().digest}" in lines[:steps]


def test_only_that_is_told_of_what_was_seen_by_which_it_was_chosen() -> None:
    assert [line for line in question(plan()) if line.startswith("Seen")] == ["Seen: release: v42, suspect"]


def test_of_what_is_always_so_all_is_told_that_was_seen() -> None:
    lines = question(plan(), OPTION.model_copy(update={"when": ""}))

    assert len([line for line in lines if line.startswith("Seen")]) == len(READ)


@pytest.mark.parametrize(
    ("purpose", "asks", "refused"),
    [
        (Purpose.MEND, "Seen: release: v42, suspect", "the next option is looked at"),
        (Purpose.CONTAIN, "It only holds the trouble back, the cause stays; it goes back", "the next option"),
        (Purpose.TAKE_BACK, "It is well now, and this was only held back.", "it stays as it is"),
        (Purpose.FOLLOW, "It follows what has just helped.", "nothing follows"),
    ],
)
def test_what_it_is_for_and_what_a_no_means_are_said(purpose: Purpose, asks: str, refused: str) -> None:
    lines = question(plan().model_copy(update={"purpose": purpose}))

    assert lines[1].startswith(asks)
    assert any(refused in line for line in lines)


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("proceed", "it is done"),
        ("skip", "it is not done, and what comes next is looked at"),
        ("escalate", "you are asked again, and nothing is done until then"),
    ],
)
def test_what_silence_means_is_said(then: str, said: str) -> None:
    asked = plan()
    asking = asked.asking.model_copy(update={"then": then, "within": timedelta(minutes=20)})

    lines = question(asked.model_copy(update={"asking": asking}))

    assert f"If nobody answers within 20 min: {said}" in lines
