"""What is made of an option that is true."""

import pytest

from stanch.model.alert import Severity
from stanch.model.evidence import Evidence, ExpressionVariable
from stanch.model.guard import Verdict
from stanch.model.incident import Phase, Requested
from stanch.model.playbook import Pinned, PinnedOption
from stanch.model.severity_levels import SeverityWhen
from stanch.model.verb import Approval
from stanch.policy import choosing
from stanch.rules import Rule
from tests.policy.making import AT, change, pinned, plan, planned
from tests.workflows.beside import YES, Outside, incident
from workflows.phases import decide

NAME = {"alert.name": ExpressionVariable(type="string", path=("alert", "name"))}
BACK = PinnedOption(name="roll back", steps=(planned().step,))


def only(option: PinnedOption) -> Pinned:
    return pinned(options=(option,), variables=NAME, tell=("inbox",))


async def test_a_hold_is_told_with_its_expressions_worked_out() -> None:
    memory = incident(by=only(PinnedOption(name="wait", hold="${alert.name} passes by itself")))

    assert await decide.run(memory) is Phase.HOLD

    assert memory.state.timeline[-1].text == "holding, nothing is changed: SiteDown passes by itself"
    assert memory.state.unsaid[-1].text == "SiteDown passes by itself"


async def test_what_nobody_is_asked_about_is_asked_about_once_somebody_else_has_moved_it() -> None:
    quiet, moved = incident(by=only(BACK)), incident(by=only(BACK), moved=1)

    assert await decide.run(quiet) is Phase.CHANGE
    assert await decide.run(moved) is Phase.APPROVE

    assert moved.round.plan.asking.who is Approval.ONE


async def test_what_nobody_is_asked_about_is_asked_about_where_a_person_asks_for_it_by_hand() -> None:
    memory = incident(by=only(BACK), requested=(Requested(person="ana", option=BACK),))

    assert await decide.run(memory) is Phase.APPROVE

    assert memory.round.plan.requested_by == "ana"


async def test_only_a_person_may_go_back_to_what_was_to_be_left_or_try_the_same_again() -> None:
    (unit,) = change().units
    left = choosing.condemned_by(plan(planned(made=change(units=(unit.swapped(),)))))
    by_hand = (Requested(person="ana", option=BACK),)

    for known in ({"condemned": left}, {"digests": (plan().digest,)}):
        assert await decide.run(incident(by=only(BACK), **known)) is Phase.DECIDE
        assert await decide.run(incident(by=only(BACK), requested=by_hand, **known)) is Phase.APPROVE


async def test_a_plan_that_a_limit_refuses_is_kept_for_whoever_has_to_type_it() -> None:
    no = Verdict(granted=False, rule=Rule.FREEZE, because="frozen")
    memory = incident(Outside(no), by=only(BACK))

    assert await decide.run(memory) is Phase.HANDED_OVER

    assert memory.state.refused_plan is not None
    assert memory.state.refused_plan.summary == "roll backend back from v42 to v41"


async def test_what_was_asked_for_and_is_not_planned_keeps_no_lock() -> None:
    memory = incident(by=only(BACK), digests=(plan().digest,))

    assert await decide.run(memory) is Phase.DECIDE

    assert [held.leaving for held in memory.state.held] == [True]


@pytest.mark.parametrize("down", ["fly", "vercel"])
async def test_a_plan_is_not_begun_where_the_vendor_of_any_of_its_steps_is_down(down: str) -> None:
    steps = tuple(planned(page=page).step for page in ("fly", "vercel"))
    memory = incident(Outside(down=[down]), by=only(PinnedOption(name="both", steps=steps)))

    assert await decide.run(memory) is Phase.DECIDE
    assert await decide.run(memory) is Phase.HANDED_OVER

    assert "the vendor reports an outage: " in memory.state.handed_over_because


@pytest.mark.parametrize("rule", [Rule.COOL_DOWN, Rule.PAUSED, Rule.CHANGES_PER_HOUR, Rule.ONE_AT_A_TIME])
async def test_what_is_refused_at_one_target_is_told_and_passed_over_and_the_next_asks(rule: Rule) -> None:
    outside = Outside(Verdict(granted=False, rule=rule, because="not here"))
    shop = PinnedOption(name="elsewhere", steps=(planned().step,))
    memory = incident(outside, by=pinned(options=(BACK, shop), variables=NAME, tell=("inbox",)))

    assert await decide.run(memory) is Phase.DECIDE
    assert [(message.kind, "roll back is not done" in message.text) for message in memory.state.unsaid] == [
        (rule, True)
    ]
    outside.verdict = YES
    assert await decide.run(memory) is Phase.APPROVE
    assert memory.round.plan.option == "elsewhere"


@pytest.mark.parametrize("rule", [Rule.FREEZE, Rule.STORE_AWAY])
async def test_what_refuses_every_change_is_handed_over_at_once(rule: Rule) -> None:
    no = Verdict(granted=False, rule=rule, because="not now")
    memory = incident(Outside(no), by=pinned(options=(BACK, BACK.model_copy(update={"name": "next"}))))

    assert await decide.run(memory) is Phase.HANDED_OVER


async def test_with_nothing_left_a_person_gets_what_was_refused_first_with_its_plan() -> None:
    no = Verdict(granted=False, rule=Rule.COOL_DOWN, because="again after 03:10")
    memory = incident(Outside(no), by=only(BACK))

    assert await decide.run(memory) is Phase.DECIDE
    assert await decide.run(memory) is Phase.HANDED_OVER

    assert memory.state.handed_over_because == "cool-down: again after 03:10"
    assert memory.state.refused_plan is not None


async def test_how_grave_it_is_is_decided_again_with_each_decision_and_only_rises() -> None:
    errors = ExpressionVariable(type="double", path=("errors", "rate"))
    levels = (SeverityWhen(label="P0", when="errors.rate > 0.5"), SeverityWhen(label="P2"))
    by = pinned(
        options=(PinnedOption(name="wait", hold="it passes"),),
        variables={"errors.rate": errors},
        severity_when=levels,
        severities={"P0": Severity.CRITICAL, "P2": Severity.LOW},
    )
    found = Evidence(name="errors", uses="errors", result={"rate": 0.9}, read_at=AT)
    memory = incident(by=by, evidence={"errors": found}, severity=Severity.LOW, label="P2")
    graded: list[Severity] = []

    def set_severity(rank: Severity) -> None:
        graded.append(rank)
        memory.state.severity = rank

    memory.set_severity = set_severity  # type: ignore[method-assign]

    assert await decide.run(memory) is Phase.HOLD
    memory.state.evidence = {}
    assert await decide.run(memory) is Phase.HOLD

    assert (memory.state.label, graded) == ("P0", [Severity.CRITICAL])
