"""Limits follow the target: they are those of the services that own it, whoever's alert it was."""

from typing import Any

import pytest

from stanch.model.change import Kind, PlanRequest, Target, UndoKind
from stanch.model.playbook import Asking, Pinned, PinnedStep
from stanch.model.service import Limits
from stanch.model.verb import Approval, AutomationMode, NoHelp
from stanch.policy import planning
from stanch.policy.limits import rules_of
from tests.policy.making import AT, pinned

SHOP = Target(provider="fly", name="shop")


def step(*services: str) -> PinnedStep:
    return PinnedStep(
        uses="fly.scale",
        target=SHOP,
        services=services,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        asking=Asking(who=Approval.NOBODY),
        mode=AutomationMode.AUTO,
        if_no_help=NoHelp.KEEP,
    )


def scenario(**limits: Limits) -> Pinned:
    """An alert of backend, which allows more than anybody."""
    return pinned(limits={"backend": Limits(max_count=1000, largest_size="a-lot"), **limits})


def asked(one: PinnedStep, **limits: Limits) -> PlanRequest:
    basis = planning.Basis(scenario(**limits), {}, AT, None)
    return planning.plan_request(one, "m", basis)


@pytest.mark.parametrize(
    ("rule", "strict", "loose", "wanted"),
    [
        ("max_count", {"max_count": 2}, {"max_count": 9}, 2),
        ("largest_size", {"largest_size": "s"}, {"largest_size": "m"}, ["m", "s"]),
    ],
)
def test_a_step_is_planned_within_the_limits_of_every_owner_of_its_target(
    rule: str, strict: dict[str, Any], loose: dict[str, Any], wanted: object
) -> None:
    alone = asked(step("shop"), shop=Limits(**strict))
    both = asked(step("shop", "twin"), shop=Limits(**loose), twin=Limits(**strict))

    assert alone.limits[rule] == (["s"] if rule == "largest_size" else wanted)
    assert both.limits[rule] == wanted


def test_who_allows_any_size_does_not_loosen_what_another_owner_allows() -> None:
    found = asked(step("shop", "twin"), shop=Limits(largest_size="s"), twin=Limits())

    assert found.limits["largest_size"] == ["s"]


@pytest.mark.parametrize(
    "written", [{"changes_per_hour": 0}, {"cool_down": "2h"}, {"max_count": 1}, {"largest_size": "s"}]
)
def test_the_guard_is_told_the_rules_of_every_owner(written: dict[str, Any]) -> None:
    limits = Limits.model_validate(written)

    found = rules_of(scenario(shop=limits, twin=Limits()), step("shop", "twin"))

    assert [(one.service, one.limits) for one in found] == [("shop", limits), ("twin", Limits())]


def test_a_service_whose_limits_were_not_pinned_allows_nothing() -> None:
    (found,) = rules_of(scenario(), step("shop"))

    assert (found.service, found.limits.changes_per_hour, found.limits.max_count) == ("shop", 0, 1)


def test_a_step_pinned_before_steps_had_owners_stays_with_the_incident_s_service() -> None:
    (found,) = rules_of(scenario(), step())

    assert (found.service, found.limits.max_count) == ("backend", 1000)
