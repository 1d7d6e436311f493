"""Whether all is well, where Stanch itself is not let in to a check."""

import pytest

from stanch.model.watching import End, Watched
from stanch.policy import confirming


def ended(uses: str, end: End) -> Watched:
    return Watched(uses=uses, end=end, looks=1, because="so it was")


VISITORS = ended("probe", End.GOOD)
TURNED_AWAY = ended("postgres.status", End.REFUSED)


def test_what_visitors_meet_is_enough_where_stanch_is_not_let_in() -> None:
    assert confirming.is_well_for_visitors([VISITORS, TURNED_AWAY])
    assert not confirming.is_well([VISITORS, TURNED_AWAY])
    assert confirming.refusals([VISITORS, TURNED_AWAY]) == ("postgres.status: so it was",)


@pytest.mark.parametrize(
    "ends",
    [
        (TURNED_AWAY,),
        (TURNED_AWAY, ended("fly.metrics", End.GOOD)),
        (TURNED_AWAY, VISITORS, ended("fly.metrics", End.BAD)),
        (TURNED_AWAY, VISITORS, ended("fly.metrics", End.INCONCLUSIVE)),
        (TURNED_AWAY, ended("probe", End.BAD)),
    ],
    ids=[
        "nothing else is known",
        "nobody asked as visitors do",
        "something is bad",
        "something does not answer",
        "visitors are not well",
    ],
)
def test_a_refusal_hides_nothing_else(ends: tuple[Watched, ...]) -> None:
    assert not confirming.is_well_for_visitors(ends)
