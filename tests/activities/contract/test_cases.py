import pytest

from stanch.model.change import Delivery, Kind, UndoKind
from tests.activities.contract.bench import Bench
from tests.activities.contract.case import VERBS, Case
from tests.activities.contract.cases import CASES

every_case = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_case(verb: str) -> None:
    assert [case for case in CASES if case.verb == verb], f"{verb} needs a Case in cases.py"


def test_no_two_cases_have_one_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@every_case
async def test_a_plan_has_no_effect_and_says_what_would_happen(bench: Bench, case: Case) -> None:
    change = await bench.plan()

    assert (bench.line.writes, bench.effects()) == (0, [])
    assert (change.verb, change.kind, change.target.key) == (case.verb, case.kind, case.target.key)
    assert all(unit.was != unit.to for unit in change.units)
    assert (bool(change.units), change.nothing_to_do) == (True, "")
    assert change.summary
    assert change.effects


@every_case
async def test_a_change_has_exactly_its_effects_and_says_which_units_it_wrote(
    bench: Bench, case: Case
) -> None:
    change = await bench.plan()

    settled = await bench.settle(change)

    assert (bench.effects(), bench.line.writes) == ([*case.effects], case.writes)
    assert (settled.done, settled.troubles) == ({unit.id for unit in change.units}, [])
    assert bool(settled.met) is case.settles


@every_case
async def test_what_cannot_be_taken_back_says_why(bench: Bench, case: Case) -> None:
    change = await bench.plan()

    assert (change.undo.kind is UndoKind.RESTORES) is (case.kind is Kind.STATE)
    assert bool(change.undo.why) is (change.undo.kind is not UndoKind.RESTORES)


@every_case
async def test_a_state_is_reached_once_and_only_an_act_may_be_sent_again(bench: Bench, case: Case) -> None:
    change = await bench.plan()

    said = any("sent again" in effect for effect in change.effects)

    assert said is (change.delivery is Delivery.AT_LEAST_ONCE)
    assert not (said and case.kind is Kind.STATE)


@every_case
async def test_a_person_can_make_the_change_by_hand_and_no_secret_is_typed(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    verb = VERBS[case.verb][1]

    forth = verb.commands(change)
    back = verb.commands(change.undone()) if change.undo.kind is UndoKind.RESTORES else ()

    assert forth
    assert bool(back) is (change.undo.kind is UndoKind.RESTORES)
    assert all("\n" not in command for command in (*forth, *back))
    bench.said += [*forth, *back]


@every_case
def test_a_verb_says_which_permission_it_takes(case: Case) -> None:
    part, verb = VERBS[case.verb]

    assert bool(verb.spec.needs) is part.vendor
