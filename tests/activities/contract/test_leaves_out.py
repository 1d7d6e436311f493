"""Which of the common facts a vendor leaves out: those that it never gives, and no other."""

from collections import defaultdict
from typing import Any

import pytest

from activities.portable import PORTABLE
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec
from stanch.policy.fact_types import ValueType
from stanch.policy.facts import variables_of
from tests.activities.contract.bench import Connections, Line
from tests.activities.contract.case import AT, SOURCES, ReadingCase
from tests.activities.contract.cases import READINGS

COMMON = {spec.stands_for: spec for spec in PORTABLE if spec.stands_for != "logs"}
"""Logs are left to themselves: a search in a vendor's own language is one too, and takes other arguments."""
CASES: dict[str, list[ReadingCase]] = defaultdict(list)
for each in READINGS:
    CASES[each.reading].append(each)
ANSWERED = sorted(name for name in CASES if name.partition(".")[2] in COMMON)


def common(reading: str) -> ReadingSpec:
    return COMMON[reading.partition(".")[2]]


def facts_of(reading: str) -> set[str]:
    """What conditions can say of it whoever the vendor is; instants are spoken of by their ages."""
    found = variables_of(common(reading).result)
    return {name for name, variable in found.items() if variable.type != ValueType.TIMESTAMP}


async def answer(case: ReadingCase, connections: Connections) -> dict[str, Any]:
    outside = connections.to(case)
    sandbox = Sandbox(case.scene, SandboxClock(AT))
    case.attach(outside, Line(application(sandbox)))
    asked = Look(target=case.target, arguments=case.arguments, as_of=AT, first_bad_at=case.first_bad_at)
    return (await SOURCES[case.reading][1](outside).read(asked)).model_dump(mode="json")


@pytest.mark.parametrize("reading", ANSWERED)
def test_a_vendors_reading_answers_as_the_common_one(reading: str) -> None:
    spec = SOURCES[reading][1].spec

    assert issubclass(spec.result, common(reading).result)
    assert issubclass(spec.arguments, common(reading).arguments)
    assert {*spec.leaves_out} <= facts_of(reading)


@pytest.mark.parametrize("reading", ANSWERED)
async def test_what_a_vendor_leaves_out_is_never_given_and_all_else_is(
    reading: str, connections: Connections
) -> None:
    variables, left_out = variables_of(common(reading).result), {*SOURCES[reading][1].spec.leaves_out}

    answers = [await answer(case, connections) for case in CASES[reading]]

    missing = {
        name for name in facts_of(reading) if all(one[variables[name].path[0]] is None for one in answers)
    }
    assert missing == left_out
