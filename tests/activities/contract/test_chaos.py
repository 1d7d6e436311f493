"""Every verb in every trouble of its vendor's, alone and two at once: it ends, it is said, and it is true."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.model.change import Kind
from tests.activities.contract.bench import Connections
from tests.activities.contract.case import Case
from tests.activities.contract.cases import CASES, crossed
from tests.activities.contract.chaos import BAD, Bad, End, Night

UNTOLD = {"vercel.set_attack_mode"}
"""Whose plan says that the vendor shows nothing of it where it was never set before: its answer has to do."""
Record = Callable[[str, object], None]


async def through(
    case: Case, connections: Connections, record_property: Record, *troubles: tuple[Bad, int]
) -> None:
    """A night of this case; it ends in one of four ways, each of which holds what it says."""
    night = await Night.of(case, connections)

    end = await night.through(*troubles)

    record_property("chaos", str(end))
    named = " and ".join(f"{bad}, write {write}" for bad, write in troubles)
    assert not night.too_often(), f"{named}: {end}, {night.said}"
    assert end is End.DONE or night.said, f"{named}: {end}, and nothing is said"
    can_be_seen = case.kind is Kind.STATE and case.verb not in UNTOLD
    if end is End.DONE and can_be_seen and not night.was_put_back:
        assert night.missing() == "", f"{named}: it is said to be done"


@crossed("case bad", [(case,) for case in CASES], BAD, one_in=57)
async def test_one_trouble(connections: Connections, record_property: Record, case: Case, bad: Bad) -> None:
    await through(case, connections, record_property, (bad, case.acts_at))


TROUBLE = st.tuples(st.sampled_from([*BAD.values()]), st.integers(1, 3))
PAIRS = given(case=st.sampled_from(CASES), first=TROUBLE, second=TROUBLE)
FEW = settings(max_examples=8, derandomize=True, suppress_health_check=[*HealthCheck])
MANY = settings(FEW, max_examples=1500, derandomize=False, print_blob=True)


@FEW
@PAIRS
async def test_two_troubles_at_once(
    connections: Connections,
    record_property: Record,
    case: Case,
    first: tuple[Bad, int],
    second: tuple[Bad, int],
) -> None:
    await through(case, connections, record_property, first, second)


@pytest.mark.soak
@MANY
@PAIRS
async def test_two_troubles_at_once_all_night(
    connections: Connections,
    record_property: Record,
    case: Case,
    first: tuple[Bad, int],
    second: tuple[Bad, int],
) -> None:
    await through(case, connections, record_property, first, second)
