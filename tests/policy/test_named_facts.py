"""Facts whose names a playbook chooses, by what it asks of a reading."""

from datetime import UTC, datetime
from typing import Annotated

from stanch.model.base import Frozen
from stanch.model.evidence import AtLeast, NamedBy, Reading
from stanch.policy import facts
from stanch.policy.conditions import Truth, evaluate

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


class Group(Frozen):
    top: Annotated[str, AtLeast("is_cut")]
    different: Annotated[int, AtLeast("is_cut")]


class Lines(Reading):
    is_cut: bool
    counts: Annotated[dict[str, int], AtLeast("is_cut"), NamedBy("count", directly=True)]
    shares: Annotated[dict[str, float], AtLeast("is_cut"), NamedBy("count", under="share")]
    by: Annotated[dict[str, Group], NamedBy("by")]


ASKED = {"count": {"memory": "R14"}, "by": {"path": "(/api)"}}


def _said(text: str, *, is_cut: bool) -> Truth:
    found = Lines(
        is_cut=is_cut,
        counts={"memory": 3},
        shares={"memory": 0.5},
        by={"path": Group(top="/api", different=2)},
    )
    variables = facts.variables_of(Lines, "lines", asked=ASKED)
    known = facts.facts_of(variables, {"lines": found.model_dump(mode="json")}, NOW)
    return evaluate(text, facts.declared(variables), known).truth


def test_a_name_that_is_asked_for_is_a_fact_of_its_own() -> None:
    assert set(facts.variables_of(Lines, "lines", asked=ASKED)) >= {
        "lines.memory", "lines.share.memory", "lines.by.path.top", "lines.by.path.different",
    }  # fmt: skip
    assert _said('lines.memory == 3 && lines.by.path.top == "/api"', is_cut=False) is Truth.TRUE
    assert _said("lines.share.memory > 0.4", is_cut=False) is Truth.TRUE


def test_what_is_not_asked_for_is_no_fact() -> None:
    assert not any("memory" in name for name in facts.variables_of(Lines, "lines"))


def test_a_count_in_a_list_that_was_cut_is_only_at_least() -> None:
    assert _said("lines.memory > 2", is_cut=True) is Truth.TRUE
    assert _said("lines.memory < 4", is_cut=True) is Truth.UNDECIDABLE
    assert _said("lines.by.path.different == 2", is_cut=True) is Truth.UNDECIDABLE
    assert _said("lines.share.memory > 0.4", is_cut=True) is Truth.UNDECIDABLE
