import asyncio
from datetime import timedelta

import pytest

from sandbox.faults import Fault
from stanch.model.change import Trail
from stanch.model.survey import At
from tests.activities.contract.bench import DEATHS, Bench
from tests.activities.contract.case import Case
from tests.activities.contract.cases import STATES, at_every, crossed, of_each_verb

every_state = pytest.mark.parametrize("case", STATES, ids=str)
every_verb = of_each_verb(STATES)
every_with_a_third_value = of_each_verb(case for case in STATES if not case.two_valued)
killed_at_every_write = crossed("case write faults", at_every("writes", STATES), DEATHS, one_in=20)
killed_at_every_write_back = crossed("case write faults", at_every("undo_writes", STATES), DEATHS, one_in=20)


@every_verb
async def test_a_change_made_twice_is_made_once(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    await bench.settle(change)
    there = bench.look()

    again = await bench.settle(change)

    assert (bench.effects(), again.done, again.met) == ([*case.effects], set(), [])
    assert bench.look() == there


@every_verb
async def test_a_change_whose_first_unit_is_written_is_finished_with_the_others(
    bench: Bench, case: Case
) -> None:
    change = await bench.plan()
    await bench.verb().write(change, change.units[0])

    settled = await bench.settle(change)

    assert bench.effects() == [*case.effects]
    assert settled.done == {unit.id for unit in change.units[1:]}


@killed_at_every_write
async def test_a_change_killed_at_any_write_is_finished_and_nothing_is_done_twice(
    bench: Bench, case: Case, write: int, faults: tuple[Fault, ...]
) -> None:
    change = await bench.plan()
    await bench.killed(change, write, *faults)

    await bench.settle(change)

    assert bench.effects() == [*case.effects]


@crossed("case write", at_every("writes", STATES), one_in=20)
async def test_a_change_cancelled_at_any_write_finishes_that_unit_and_begins_no_other(
    bench: Bench, case: Case, write: int
) -> None:
    change = await bench.plan()
    attempts = asyncio.ensure_future(bench.settle(change))
    bench.line.before(write, attempts.cancel)

    with pytest.raises(asyncio.CancelledError):
        await attempts

    begun = (await bench.verb().survey(change, frozenset())).arrived
    seen = (len(begun), bench.line.writes, len(bench.effects()))
    assert seen == case.units_begun_by(write, len(change.units))
    await bench.settle(change)
    assert bench.effects() == [*case.effects]


@every_state
async def test_the_undo_restores_exactly_what_was(bench: Bench, case: Case) -> None:
    was = bench.look()
    change = await bench.plan()
    await bench.settle(change)
    assert bench.look() != was

    await bench.settle(change.undone())

    assert bench.look() == was
    assert bench.effects() == [*case.effects, *case.undo_effects]


@every_verb
async def test_an_undo_made_twice_is_made_once(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    await bench.settle(change)
    await bench.settle(change.undone())

    again = await bench.settle(change.undone())

    assert (again.done, again.troubles) == (set(), [])
    assert bench.effects() == [*case.effects, *case.undo_effects]


@killed_at_every_write_back
async def test_an_undo_killed_at_any_write_is_finished(
    bench: Bench, case: Case, write: int, faults: tuple[Fault, ...]
) -> None:
    was = bench.look()
    change = await bench.plan()
    await bench.settle(change)
    await bench.killed(change.undone(), write, *faults)

    await bench.settle(change.undone())

    assert bench.look() == was
    assert bench.effects() == [*case.effects, *case.undo_effects]


@killed_at_every_write
async def test_what_was_done_until_a_change_was_killed_can_be_taken_back(
    bench: Bench, case: Case, write: int, faults: tuple[Fault, ...]
) -> None:
    was = bench.look()
    change = await bench.plan()
    await bench.killed(change, write, *faults)
    begun = (await bench.verb().survey(change, frozenset())).arrived
    half = change.model_copy(update={"units": tuple(unit for unit in change.units if unit.id in begun)})

    await bench.settle(half.undone())

    assert bench.look() == was


@every_with_a_third_value
async def test_what_somebody_else_changed_since_planning_is_left_alone(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    case.foreign(bench.sandbox)
    theirs = bench.look()

    refusal = await bench.stopped(change)

    assert type(refusal) is case.refused
    assert (bench.line.writes, bench.effects(), bench.look()) == (0, [], theirs)


@every_with_a_third_value
async def test_an_undo_is_refused_where_somebody_moved_on(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    await bench.settle(change)
    case.moved_on(bench.sandbox)
    theirs = bench.look()

    refusal = await bench.stopped(change.undone())

    assert type(refusal) is case.undo_refused
    assert (bench.effects(), bench.look()) == ([*case.effects], theirs)


@every_verb
async def test_where_everything_stands_already_nothing_is_to_do(bench: Bench, case: Case) -> None:
    change = await bench.plan(**case.idle(bench.sandbox))

    assert (change.units, change.afterwards) == ((), ())
    assert change.nothing_to_do


@every_verb
async def test_a_survey_says_where_every_unit_stands(bench: Bench, case: Case) -> None:
    change = await bench.plan()

    before = await bench.verb().survey(change, frozenset())
    await bench.settle(change)
    after = await bench.verb().survey(change, frozenset())

    assert {place.unit for place in before.places} == {unit.id for unit in change.units}
    assert {place.at for place in before.places} == {At.WAS}
    assert after.arrived == tuple(place.unit for place in before.places)


@pytest.mark.parametrize("case", [case for case in STATES if case.put_right], ids=str)
async def test_side_effects_are_put_right_once_and_the_change_stays(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    await bench.settle(change)
    await bench.settle(change.put_right())

    await bench.settle(change.put_right())

    given_back = {unit.id for unit in change.afterwards}
    assert bench.effects() == [*case.effects, *case.put_right]
    begun = (await bench.verb().survey(change, frozenset())).arrived
    assert begun == tuple(unit.id for unit in change.units if unit.id not in given_back)


@of_each_verb(case for case in STATES if not case.put_right)
async def test_a_change_without_side_effects_leaves_nothing_to_put_right(bench: Bench, case: Case) -> None:
    change = await bench.plan()

    assert change.afterwards == ()


@every_verb
async def test_what_was_made_is_found_in_place_later_by_whoever_only_looks(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    await bench.settle(change)
    bench.sandbox.pass_time(timedelta(minutes=20))
    everything = tuple(unit.id for unit in change.units)

    found = await bench.verb().survey(
        change.model_copy(update={"trail": Trail(done=everything)}), frozenset(everything)
    )

    assert {place.unit: (place.at, place.settling) for place in found.places} == dict.fromkeys(
        everything, (At.TO, "")
    )
    assert bench.effects() == [*case.effects]
