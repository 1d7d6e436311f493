"""What a worker refuses, whoever asks it: a worker of an attacker's own may bear the name of our workflow."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from temporalio.testing import ActivityEnvironment

from activities.authority import Authority
from stanch.errors import Forbidden
from stanch.model.base import digest_of
from stanch.model.change import Change, Direction, Kind, PlanRequest, Target, Undo, UndoKind, Unit
from stanch.model.decision import UI_PERSON, Decision, Say
from stanch.model.incident_number import incident_number
from stanch.model.plan import Order, PlanOrder
from stanch.model.playbook import Asking, PinnedStep
from stanch.model.team import Team
from stanch.model.verb import Approval, AutomationMode, NoHelp, VerbSpec
from stanch.policy.signing import Keyring, sign, sign_step

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
KEYS = Keyring(b"the key of the door")
TEAM = Team.model_validate(
    {
        "people": {
            "ana": {"roles": ["approver"]},
            "li": {"roles": ["approver"]},
            "sam": {"roles": ["responder"]},
            UI_PERSON: {"roles": ["approver"]},
        }
    }
)
RUN = "0195fb6e-0000-7000-8000-000000000001"
GROUP = "incident-backend"
MARKER = f"{incident_number(AT, RUN)}/2.1"
TARGET = Target(provider="fly", name="backend")


class Pressing:
    spec: ClassVar = VerbSpec(
        name="fly.press", says="Presses", kind=Kind.ACT, undo=UndoKind.COMPENSATES, arguments=Team, of="fly"
    )


SPEC: VerbSpec = Pressing.spec


def step(who: Approval = Approval.TWO, **changed: Any) -> PinnedStep:
    made = PinnedStep(
        uses="fly.press",
        target=TARGET,
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        arguments={"count": 3, "url": "https://door.example/${alert.name}", "deep": {"a": "x", "b": "${1}"}},
        asking=Asking(who=who),
        mode=AutomationMode.AUTO,
        if_no_help=NoHelp.KEEP,
    )
    return sign_step(made.model_copy(update=changed), KEYS)


def change(**changed: Any) -> Change:
    made = Change(
        verb="fly.press",
        kind=Kind.ACT,
        target=TARGET,
        units=(Unit(id="call", was=None, to="called"),),
        undo=Undo(kind=UndoKind.COMPENSATES),
        settings={"call": "https://door.example/open", "bearer": "door"},
        summary="press it",
        marker=MARKER,
    )
    return made.model_copy(update=changed)


def request(**changed: Any) -> PlanRequest:
    arguments = {"count": 3, "url": "https://door.example/SiteDown", "deep": {"a": "x", "b": "1"}}
    return PlanRequest(target=TARGET, arguments=arguments, as_of=AT, marker=MARKER).model_copy(update=changed)


def word(person: str = "ana", **changed: Any) -> Decision:
    said = Decision(
        say=Say.APPROVE,
        person=person,
        roles=("approver",),
        incident=GROUP,
        run=RUN,
        at=AT,
        digest=digest_of([change().digest]),
        asked=2,
    )
    return sign(said.model_copy(update=changed), KEYS)


def inside(called: Any, *given: Any, kind: str = "IncidentWorkflow", group: str = GROUP) -> Any:
    """What is answered to an activity of this workflow."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, workflow_type=kind, workflow_id=group)
    return environment.run(called, *given)


def sealed(who: Approval = Approval.TWO, **changed: Any) -> Change:
    order = PlanOrder(request=request(), step=step(who))
    made: Change = inside(Authority(KEYS, TEAM).sealed, order, change(**changed), SPEC)
    return made


def order(*decisions: Decision, made: Change | None = None) -> Order:
    made = made or sealed()
    return Order(change=made, digests=(made.digest,), decisions=decisions)


def refused(asked: Order, team: Team = TEAM, keys: Keyring = KEYS, **where: str) -> str:
    with pytest.raises(Forbidden) as why:
        inside(Authority(keys, team).may_act, asked, SPEC, **where)
    return str(why.value)


def without(person: str) -> Team:
    return TEAM.model_copy(update={"people": {k: v for k, v in TEAM.people.items() if k != person}})


BOTH = (word("ana"), word("li"))
UNSIGNED = word(UI_PERSON).model_copy(update={"signature": ""})


def test_what_two_people_have_approved_is_made() -> None:
    inside(Authority(KEYS, TEAM).may_act, order(*BOTH), SPEC)


def test_the_floor_of_a_verb_is_that_of_the_worker_whatever_the_step_says_of_it() -> None:
    for_two = replace(SPEC, floor=Approval.TWO)
    authority = Authority(KEYS, TEAM)
    unasked = step(Approval.NOBODY)

    planned_now = inside(authority.sealed, PlanOrder(request=request(), step=unasked), change(), for_two)
    planned_before = sealed(Approval.NOBODY)

    inside(authority.may_act, order(made=planned_before), SPEC)
    with pytest.raises(Forbidden, match="2 have to approve it"):
        inside(authority.may_act, order(made=planned_now), SPEC)
    with pytest.raises(Forbidden, match="2 have to approve it"):
        inside(authority.may_act, order(made=planned_before), for_two)


NOT_ENOUGH = {
    "one alone": ((word("ana"),), "2 have to approve it, 1 have"),
    "one twice": ((word("ana"), word("ana", note="again")), "2 have to approve it, 1 have"),
    "no signature": ((word("ana"), word("li").model_copy(update={"signature": ""})), "through the gateway"),
    "the Temporal UI as half of two": ((word("ana"), UNSIGNED), "never half of a two-person approval"),
    "another plan": ((word("ana"), word("li", digest="0123456789ab")), "li approved another plan"),
    "an earlier question": (
        (word("ana"), word("li", asked=1)),
        "li approved it when it was another question",
    ),
    "another word": ((word("ana"), word("li", say=Say.REJECT)), "li approved another plan"),
    "another incident": ((word("ana"), word("li", incident="incident-shop")), "to another incident"),
    "an earlier incident": (
        (word("ana"), word("li", run="0195fb6e-0000-7000-8000-000000000002")),
        "li approved it in another incident",
    ),
    "somebody who may not": ((word("ana"), word("sam")), "sam is not an approver any more"),
    "somebody who is nobody": ((word("ana"), word("eve")), "eve is not an approver any more"),
    "a lowering that was never planned": (
        (word("ana"), word("li", digest="0123456789ab", arguments={"count": 1})),
        "li approved another plan",
    ),
}


@pytest.mark.parametrize(("decisions", "because"), NOT_ENOUGH.values(), ids=NOT_ENOUGH)
def test_what_does_not_count_as_an_approval_is_refused(decisions: tuple[Decision, ...], because: str) -> None:
    assert because in refused(order(*decisions))


def test_an_approver_who_was_removed_since_counts_no_more() -> None:
    assert "li is not an approver any more" in refused(order(*BOTH), without("li"))


def test_an_unsigned_word_counts_while_the_temporal_door_is_trusted_and_its_person_approves() -> None:
    asked = order(UNSIGNED, made=sealed(Approval.ONE))

    inside(Authority(KEYS, TEAM).may_act, asked, SPEC)

    assert "through the gateway" in refused(asked, TEAM.model_copy(update={"temporal_door": "off"}))
    assert "temporal-ui is not an approver any more" in refused(asked, without(UI_PERSON))


def test_an_unsigned_word_never_counts_under_another_name() -> None:
    unsigned = word("ana").model_copy(update={"signature": ""})

    assert "ana did not say it through the gateway" in refused(order(unsigned, made=sealed(Approval.ONE)))


def test_a_retired_key_still_counts_and_one_that_is_gone_does_not() -> None:
    new = Keyring(b"another key")

    inside(Authority(Keyring(new.current, (KEYS.current,)), TEAM).may_act, order(*BOTH), SPEC)

    assert "not planned by a worker of this door" in refused(order(*BOTH), keys=new)


def test_only_the_word_that_lowered_a_plan_approves_it_by_its_old_digest() -> None:
    lowering = word("ana", digest="0123456789ab", arguments={"count": 2})
    asked = PlanOrder(
        request=request(arguments={**request().arguments, "count": 2}), step=step(), lowered=lowering
    )
    authority = Authority(KEYS, TEAM)
    inside(authority.may_plan, asked, SPEC)
    made = inside(authority.sealed, asked, change(), SPEC)

    inside(authority.may_act, order(lowering, word("li"), made=made), SPEC)

    other = word("li", digest="0123456789ab", arguments={"count": 1})
    assert "li approved another plan" in refused(order(lowering, other, made=made))


ELSEWHERE: dict[str, dict[str, Any]] = {
    "other units": {"units": (Unit(id="call", was="called", to="called again"),)},
    "the units as they were": {"units": (Unit(id="call", was=None, to="called"),)},
    "other settings": {"settings": {"call": "https://elsewhere.example/", "bearer": "door"}},
    "the direction of the way there": {"direction": Direction.THERE},
    "another marker": {"marker": "INC-20261121-000000/1.1"},
    "another verb": {"verb": "fly.release"},
}


@pytest.mark.parametrize("changed", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_way_back_is_exactly_the_one_that_was_planned(changed: dict[str, Any]) -> None:
    back = sealed(Approval.NOBODY).undone()
    inside(Authority(KEYS, TEAM).may_act, Order(change=back), SPEC)

    because = refused(Order(change=back.model_copy(update=changed)))

    assert "back to what was" in because or "not the verb and the target" in because


def test_what_cannot_be_undone_is_not_made_once_more_as_its_own_undo() -> None:
    back = sealed(undo=Undo(kind=UndoKind.NONE)).undone()

    assert "back to what was" in refused(Order(change=back))


def test_a_change_belongs_to_the_incident_that_it_was_planned_for() -> None:
    asked = order(*BOTH)

    assert "belongs to incident-backend" in refused(asked, group="incident-shop")
    assert "belongs to incident-backend" in refused(asked, kind="Foreign")
    assert "belongs to incident-backend" in refused(asked, kind="RevertWorkflow")


@pytest.mark.parametrize(
    "forged", [{"seal": None}, {"settings": {}}, {"units": ()}, {"marker": "INC-1/1.1"}], ids=str
)
def test_a_change_is_made_as_it_was_planned_or_not_at_all(forged: dict[str, Any]) -> None:
    made = sealed(Approval.NOBODY).model_copy(update=forged)

    assert "not planned by a worker of this door" in refused(order(made=made))


PLANS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another literal": ({"arguments": {**request().arguments, "count": 9}}, {}),
    "an expression in place of a literal": ({"templates": {"count": "${9}"}}, {}),
    "an expression of its own": (
        {"arguments": {"count": 3, "deep": {"a": "x", "b": "1"}}, "templates": {"url": "${'https://evil/'}"}},
        {},
    ),
    "another address": ({"arguments": {**request().arguments, "url": "https://evil.example/"}}, {}),
    "a literal beside an expression": (
        {"arguments": {**request().arguments, "deep": {"a": "y", "b": "1"}}},
        {},
    ),
    "one more argument": ({"arguments": {**request().arguments, "force": True}}, {}),
    "one argument less": ({"arguments": {"count": 3, "deep": {"a": "x", "b": "1"}}}, {}),
    "another target": ({"target": Target(provider="fly", name="shop")}, {}),
    "a lower floor": ({}, {"floor": Approval.ONE}),
    "another asking": ({}, {"asking": Asking(who=Approval.NOBODY)}),
    "another mode": ({}, {"mode": AutomationMode.APPROVE}),
    "other services": ({}, {"services": ("shop",)}),
}


@pytest.mark.parametrize(("asked", "forged"), PLANS.values(), ids=PLANS)
def test_a_step_is_planned_as_it_was_signed(asked: dict[str, Any], forged: dict[str, Any]) -> None:
    signed = step()
    authority = Authority(KEYS, TEAM)
    inside(authority.may_plan, PlanOrder(request=request(), step=signed), SPEC)

    with pytest.raises(Forbidden):
        inside(
            authority.may_plan,
            PlanOrder(request=request(**asked), step=signed.model_copy(update=forged)),
            SPEC,
        )


def test_the_limits_of_a_plan_are_those_in_force_now() -> None:
    backend = {"runs_on": {"provider": "fly", "app": "backend"}, "limits": {"max_count": 2}}
    team = TEAM.model_copy(
        update={"services": Team.model_validate({"services": {"backend": backend}}).services}
    )
    asked = PlanOrder(
        request=request(limits={"max_count": 5, "largest_size": []}), step=step(services=("backend",))
    )

    found = inside(Authority(KEYS, team).may_plan, asked, SPEC)

    assert found.limits["max_count"] == 2
