"""Every verb and every reading in every kind of trouble, one after the other."""

from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

import pytest

from sandbox.faults import Fault, Trouble
from stanch.errors import Conflict, Rejected, StanchError, Unauthorized, Unavailable
from stanch.model.change import Delivery
from tests.activities.contract.bench import DEATHS, Bench
from tests.activities.contract.case import Case, ReadingCase
from tests.activities.contract.cases import CASES, READINGS, of_each_verb
from tests.activities.contract.test_faults import telling
from tests.activities.contract.test_readings import FAULTS, Looking, looking

__all__ = ["looking"]

One = TypeVar("One")
Named = tuple[type[StanchError], ...]
NOT_MADE: tuple[tuple[tuple[int | Trouble, ...], Named], ...] = (
    ((401, 403), (Unauthorized,)),
    ((404, 422), (Rejected, Conflict)),
    ((409,), (Conflict,)),
    ((429,), (Unavailable,)),
    ((500, 503), (Unavailable,)),
    ((Trouble.RESET, Trouble.TIMEOUT), (Unavailable,)),
)
"""Kinds of trouble that strike a verb's first write before it has an effect, and what they are called."""
OF_READINGS = (("401", "403"), ("422",), ("429",), ("500", "503"), ("timeout", "reset", "answer lost"))


def by_lot(kind: Sequence[One], case: Case | ReadingCase) -> One:
    """One of a kind, always the same for this case."""
    return kind[crc32(f"{case} {kind}".encode()) % len(kind)]


def stands(bench: Bench, case: Case, delivery: Delivery) -> bool:
    """All effects are there; more than once where the plan says that this may be."""
    once = bench.effects() == [*case.effects]
    return once or (delivery is Delivery.AT_LEAST_ONCE and set(bench.effects()) == set(case.effects))


@of_each_verb(CASES)
async def test_a_verb_that_meets_every_kind_of_trouble_is_done_in_the_end(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    for kind, named in NOT_MADE:
        trouble = by_lot(kind, case)
        bench.order(1, Fault(trouble=trouble) if isinstance(trouble, Trouble) else telling(bench, trouble))
        assert type(await bench.stopped(change)) in named, trouble
        bench.sandbox.faults.clear()
    assert bench.effects() == []
    bench.order(case.acts_at, Fault(trouble=Trouble.ANSWER_LOST))

    settled = await bench.settle(change)

    assert [type(error) for error in settled.troubles] == [Unavailable]
    assert stands(bench, case, change.delivery)


@of_each_verb(CASES)
async def test_a_verb_that_is_killed_again_and_again_is_done_in_the_end(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    await bench.killed(change, 1, *DEATHS["before it arrives"])
    await bench.killed(change, case.acts_at, *DEATHS["when it has arrived"])

    await bench.settle(change)

    assert stands(bench, case, change.delivery)


@pytest.mark.parametrize("case", READINGS, ids=str)
async def test_a_reading_has_a_name_for_every_kind_of_trouble(looking: Looking, case: ReadingCase) -> None:
    for kind in OF_READINGS:
        fault, named = FAULTS[by_lot(kind, case)]
        refused = fault.trouble is Trouble.STATUS and fault.status in case.measures
        if named == (Unavailable,) and (case.measures_trouble or refused):
            assert not case.sees(await looking.look(fault))
            continue
        with pytest.raises(named):
            await looking.look(fault)
