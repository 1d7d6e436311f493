import pytest

from sandbox.faults import Fault
from stanch.model.change import Delivery, UndoKind
from tests.activities.contract.bench import DEATHS, Bench
from tests.activities.contract.case import Case
from tests.activities.contract.cases import ACTS, at_every, crossed

every_act = pytest.mark.parametrize("case", ACTS, ids=str)
every_compensated_act = pytest.mark.parametrize("case", [case for case in ACTS if case.undo_effects], ids=str)


@every_act
async def test_what_is_known_to_be_done_is_not_done_again(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    settled = await bench.settle(change)

    await bench.attempt(change, settled.done)

    assert (bench.effects(), bench.line.writes) == ([*case.effects], case.writes)


@every_act
async def test_an_act_is_found_by_its_marker_or_declares_that_it_may_come_twice(
    bench: Bench, case: Case
) -> None:
    change = await bench.plan()
    await bench.settle(change)

    await bench.settle(change)

    repeated = bench.line.writes > case.writes
    assert repeated is (change.delivery is Delivery.AT_LEAST_ONCE)
    assert repeated is any("sent again when its answer is lost" in effect for effect in change.effects)


@crossed("case write faults", at_every("writes", ACTS), DEATHS, one_in=20)
async def test_an_act_killed_at_any_write_is_finished_and_comes_twice_only_where_it_said_so(
    bench: Bench, case: Case, write: int, faults: tuple[Fault, ...]
) -> None:
    change = await bench.plan()
    await bench.killed(change, write, *faults)

    await bench.settle(change)

    twice = len(bench.effects()) > len(case.effects)
    assert set(bench.effects()) == set(case.effects)
    assert not twice or change.delivery is Delivery.AT_LEAST_ONCE


@every_act
async def test_an_act_has_no_way_back_or_one_that_only_compensates_and_says_why(
    bench: Bench, case: Case
) -> None:
    change = await bench.plan()

    assert change.undo.kind is (UndoKind.COMPENSATES if case.undo_effects else UndoKind.NONE)
    assert change.undo.why


@every_compensated_act
async def test_an_act_is_compensated_once(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    await bench.settle(change)

    await bench.settle(change.undone())

    assert bench.effects() == [*case.effects, *case.undo_effects]
    again = await bench.settle(change.undone())
    assert (again.done, again.troubles) == (set(), [])
    assert bench.effects() == [*case.effects, *case.undo_effects]


@crossed("case write faults", at_every("undo_writes", ACTS), DEATHS, one_in=16)
async def test_a_compensation_killed_at_any_write_is_finished(
    bench: Bench, case: Case, write: int, faults: tuple[Fault, ...]
) -> None:
    change = await bench.plan()
    await bench.settle(change)
    await bench.killed(change.undone(), write, *faults)

    await bench.settle(change.undone())

    assert bench.effects() == [*case.effects, *case.undo_effects]


@every_compensated_act
async def test_what_was_never_done_needs_no_compensation(bench: Bench, case: Case) -> None:
    change = await bench.plan()

    await bench.settle(change.undone())

    assert (bench.effects(), bench.line.writes) == ([], 0)


@every_act
async def test_what_an_act_leaves_behind_names_its_incident(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    await bench.settle(change)

    markers = {effect.marker for effect in bench.sandbox.ledger.effects()}

    assert markers == {change.marker if case.marked else ""}
