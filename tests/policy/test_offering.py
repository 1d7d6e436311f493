"""Choices that have to be read: what is offered, and what that was chosen is not among it."""

from typing import Any

from stanch.model.evidence import Evidence, ExpressionVariable
from stanch.model.incident import IncidentState
from stanch.model.playbook import PinnedInput
from stanch.policy import offering
from tests.policy.making import AT, pinned, state

NEW, OLD = "gs://exports/new", "gs://exports/old"
EXPORTS = {"exports": [NEW, OLD], "exports_at": ["2026-11-20T02:00:00Z", None]}
BACKUPS = {"names": ["backups/a"]}


def asked(value: str = "", **facts: Any) -> IncidentState:
    """An incident that has read its exports, and its backups only where that is said."""
    lists = ("operations.exports", "backups.names")
    by = pinned(
        inputs=(PinnedInput(name="from", facts=lists), PinnedInput(name="app", one_of=("blue",))),
        variables={name: ExpressionVariable(type="list", path=tuple(name.split("."))) for name in lists},
        asked={"from": value, "app": "blue"} if value else {"app": "blue"},
    )
    return state(pinned=by, **{"evidence": evidence(operations=EXPORTS, backups=None)} | facts)


def evidence(**results: Any) -> dict[str, Evidence]:
    return {
        name: Evidence(
            name=name, uses=name, result=found, missing_because="" if found else "no answer", read_at=AT
        )
        for name, found in results.items()
    }


def test_what_is_not_chosen_is_asked_for_with_what_there_is_and_how_old_it_is() -> None:
    found = offering.questions(asked(), AT)

    assert found == (
        f"from: there is {NEW} (2026-11-20 02:00 UTC, 25 h ago), {OLD}; backups is missing (no answer)",
    )


def test_what_is_not_on_the_list_is_refused_with_the_list() -> None:
    (said,) = offering.questions(asked("gs://exports/odl"), AT)

    assert said.startswith(f"from: there is no gs://exports/odl; there is {NEW}")


def test_what_one_of_the_lists_names_may_be_chosen_although_another_is_missing() -> None:
    assert offering.questions(asked(OLD), AT) == ()


def test_nothing_is_believed_while_nothing_could_be_read() -> None:
    (said,) = offering.questions(asked(OLD, evidence={}), AT)

    assert said.endswith("there is nothing that was read; operations is missing; backups is missing")


def test_what_was_on_the_list_once_stays_chosen_and_is_not_waited_for() -> None:
    before, after = asked(OLD), asked(OLD, evidence={}, settled={"from": OLD})

    assert offering.awaited(before) == {"operations", "backups"}
    assert (offering.awaited(after), offering.questions(after, AT)) == (frozenset(), ())


def test_a_long_list_is_cut() -> None:
    many = {"exports": [f"gs://{number}" for number in range(20)]}

    (said,) = offering.questions(asked(evidence=evidence(operations=many, backups=BACKUPS)), AT)

    assert said.endswith("gs://11, 9 more")
