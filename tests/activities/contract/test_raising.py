"""A number that shall be *at least* so much is raised where it stands lower, and never lowered."""

from collections.abc import Iterator
from typing import Any

import pytest

from activities.carried import DEPLOYMENT
from activities.open_values import Raised
from activities.registry import catalogue
from stanch.errors import PolicyError
from stanch.model.change import Change, Unit
from tests.activities.contract.bench import Bench
from tests.activities.contract.case import Case
from tests.activities.contract.cases import CASES

ELSEWHERE = {"aws.set_flag"}
"""Not twice in one go, since a deployment bakes: its own tests raise a number."""
A_NUMBER: dict[str, dict[str, Any]] = {
    "aws.set_config": {},
    "aws.set_parameter": {},
    "cloudflare.set_config": {},
    "cloudflare.set_flag": {},
    "firebase.set_flag": {"key": "packs_per_page"},
    "firestore.set_flag inside a map": {},
    "fly.set_config": {},
    "heroku.set_config": {},
    "netlify.set_config": {},
    "vercel.set_config": {},
    "vercel.set_edge_config": {},
}
"""By case, what is written otherwise where a number stands."""
NO_NUMBER: dict[str, dict[str, Any]] = {
    "cloudflare.set_config": {"value": "off"},
    "cloudflare.set_flag": {},
    "firebase.set_flag": {},
    "firestore.set_flag": {},
    "fly.set_config": {},
    "heroku.set_config": {"value": "off"},
    "netlify.set_config": {},
    "vercel.set_config": {},
    "vercel.set_edge_config": {},
}
BY_NAME = {case.name: case for case in CASES}


def over(table: dict[str, dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [BY_NAME[name] for name in sorted(table)], ids=str)


def values(change: Change) -> Iterator[Unit]:
    """All but a new build, which is due where set and built are of one instant."""
    return (unit for unit in change.units if unit.id != DEPLOYMENT)


def test_every_verb_that_sets_a_value_by_number_is_tried_here() -> None:
    setting = {
        name
        for name, spec in catalogue().verbs.items()
        if name.partition(".")[2] in {"set_config", "set_flag", "set_edge_config", "set_parameter"}
        and name not in ELSEWHERE
    }

    assert {BY_NAME[name].verb for name in A_NUMBER} == setting


@over(A_NUMBER)
async def test_what_stands_lower_is_raised_and_what_is_enough_already_stays(bench: Bench, case: Case) -> None:
    where = {**case.arguments, **A_NUMBER[case.name]}
    await bench.settle(await bench.plan(**{**where, "value": 1000}))

    more = await bench.plan(**{**where, "value": {"at_least": 1500}})
    enough = await bench.plan(**{**where, "value": {"at_least": 500}})
    same = await bench.plan(**{**where, "value": {"at_least": 1000}})

    assert ("1000" in str(more.units[0].was), "1500" in str(more.units[0].to)) == (True, True)
    assert ([*values(enough)], [*values(same)]) == ([], [])
    assert all(change.units or change.nothing_to_do for change in (enough, same))


@over(NO_NUMBER)
async def test_what_stands_and_is_no_number_is_not_raised(bench: Bench, case: Case) -> None:
    where = {**case.arguments, **NO_NUMBER[case.name]}
    await bench.settle(await bench.plan(**where))

    with pytest.raises(PolicyError, match="at least 1500") as refused:
        await bench.plan(**{**where, "value": {"at_least": 1500}})

    assert refused.value.rule == "not-a-number"


@pytest.mark.parametrize(("written", "said"), [(1000, "at least 1000"), (0.5, "at least 0.5")])
def test_a_number_is_said_as_it_was_written(written: float, said: str) -> None:
    assert str(Raised(at_least=written)) == said
