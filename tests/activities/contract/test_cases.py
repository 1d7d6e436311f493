import pytest

from activities.contract import planned
from stanch.model.change import Change, Delivery, Direction, Kind, UndoKind
from stanch.model.course import WaitsFor
from tests.activities.contract.bench import Bench
from tests.activities.contract.case import VERBS, Case
from tests.activities.contract.cases import CASES

every_case = pytest.mark.parametrize("case", CASES, ids=str)


def test_every_verb_has_a_case_and_no_two_cases_have_one_name() -> None:
    assert {case.verb for case in CASES} == set(VERBS), "write a Case in the vendor's cases.py"
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_verb_says_which_permission_it_takes() -> None:
    silent = {name for name, (part, verb) in VERBS.items() if bool(verb.spec.needs) is not part.vendor}

    assert silent == set()


@every_case
async def test_a_plan_has_no_effect_and_says_all_that_people_decide_on(bench: Bench, case: Case) -> None:
    change, again = await bench.plan(), await bench.plan()
    stored = Change.model_validate_json(change.model_dump_json())

    assert (bench.line.writes, bench.effects()) == (0, [])
    says_what_would_happen(change, case)
    says_whether_it_can_be_taken_back(change, case)
    says_whether_it_may_be_sent_twice(change, case)
    bench.said += can_be_made_by_hand(change, case)
    assert again.digest == change.digest
    assert (stored, stored.digest) == (change, change.digest)
    assert stored.undone().digest == change.undone().digest


def says_what_would_happen(change: Change, case: Case) -> None:
    assert (change.verb, change.kind, change.target.key) == (case.verb, case.kind, case.target.key)
    assert all(unit.was != unit.to for unit in change.units)
    assert (bool(change.units), change.nothing_to_do) == (True, "")
    assert change.summary
    assert change.effects


def says_whether_it_can_be_taken_back(change: Change, case: Case) -> None:
    assert (change.undo.kind is UndoKind.RESTORES) is (case.kind is Kind.STATE)
    assert bool(change.undo.why) is (change.undo.kind is not UndoKind.RESTORES)


def says_whether_it_may_be_sent_twice(change: Change, case: Case) -> None:
    said = any("sent again" in effect for effect in change.effects)

    assert said is (change.delivery is Delivery.AT_LEAST_ONCE)
    assert not (said and case.kind is Kind.STATE)


def can_be_made_by_hand(change: Change, case: Case) -> list[str]:
    """What a person types, there and back; nobody types a secret, which `tried` looks for."""
    verb, restores = VERBS[case.verb][1], change.undo.kind is UndoKind.RESTORES
    forth = verb.commands(change)
    back = verb.commands(change.undone()) if restores else ()

    assert forth
    assert bool(back) is restores
    assert all("\n" not in command for command in (*forth, *back))
    return [*forth, *back]


@every_case
async def test_a_change_has_exactly_its_effects_and_says_which_units_it_wrote(
    bench: Bench, case: Case
) -> None:
    change = await bench.plan()

    settled = await bench.settle(change)

    assert (bench.effects(), bench.line.writes) == ([*case.effects], case.writes)
    assert (settled.done, settled.troubles) == ({unit.id for unit in change.units}, [])
    assert bool(settled.met) is case.settles


def test_every_verb_declares_what_it_waits_for_and_unknown_is_left_empty() -> None:
    courses = {name: verb.spec.course for name, (_, verb) in VERBS.items()}

    assert [name for name, course in courses.items() if course is None] == []
    for course in filter(None, courses.values()):
        assert not (course.waits_for is WaitsFor.SEEN and (course.visitors_after or course.visitors))


def test_what_restarts_empties_or_stops_takes_away_and_so_does_the_way_back_of_what_adds() -> None:
    takes = {name: verb.spec.takes_away for name, (_, verb) in VERBS.items()}
    words = ("restart", "redeploy", "purge", "flush", "disable", "vercel.pause")

    for name, ways in takes.items():
        assert (Direction.THERE in ways) or not any(word in name for word in words), name
        assert Direction.BACK in ways or not name.endswith(".scale"), name
        assert ways == () or not name.endswith((".roll_back", ".set_flag", ".block")), name


@every_case
async def test_a_plan_carries_the_times_of_its_verb_and_what_it_takes_away(bench: Bench, case: Case) -> None:
    spec = VERBS[case.verb][1].spec

    change = await planned(bench.verb(), bench.request())

    assert change.course == spec.course
    assert bool(change.takes_away) is bool(spec.takes_away)
