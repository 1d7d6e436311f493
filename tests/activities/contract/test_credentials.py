"""A credential is tried by reading, and what it may do is compared with what verbs and readings take."""

import pytest

from activities.contract import Part, Proof
from activities.registry import parts
from sandbox.app import application
from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.world import Sandbox
from stanch.errors import Unauthorized
from tests.activities.contract.bench import Connections, Line
from tests.activities.contract.case import AT, Case, ReadingCase
from tests.activities.contract.cases import CASES, READINGS

FIRST: dict[str, Case | ReadingCase] = {
    case.part.name: case for case in (*reversed(READINGS), *reversed(CASES)) if case.target
}
TRIED = [part for part in parts() if part.credential and part.name in FIRST]
every_vendor = pytest.mark.parametrize("part", TRIED, ids=lambda part: part.name)


async def prove(part: Part, connections: Connections, *faults: Fault) -> tuple[Proof, Sandbox, Line]:
    case = FIRST[part.name]
    outside = connections.to(case)
    sandbox = Sandbox(case.scene, Clock(AT))
    line = Line(application(sandbox))
    case.attach(outside, line)
    for fault in faults:
        sandbox.order(fault)
    assert part.credential is not None
    assert case.target is not None
    return await part.credential.prove(outside, case.target), sandbox, line


@every_vendor
async def test_a_good_credential_is_proved_without_a_change(part: Part, connections: Connections) -> None:
    proof, sandbox, line = await prove(part, connections)

    assert proof.saw
    assert FIRST[part.name].key not in proof.saw
    assert (line.writes, sandbox.ledger.effects(), sandbox.ledger.unexpected) == (0, [], [])


@every_vendor
async def test_one_that_may_do_everything_has_what_each_verb_takes(
    part: Part, connections: Connections
) -> None:
    proof, _, _ = await prove(part, connections)

    taken = {need for one in (*part.verbs, *part.readings) for need in one.spec.needs}
    assert proof.granted is None or taken <= proof.granted, taken - proof.granted


@every_vendor
@pytest.mark.parametrize("status", [401, 403])
async def test_one_that_is_refused_is_said_to_be(part: Part, connections: Connections, status: int) -> None:
    with pytest.raises(Unauthorized):
        await prove(part, connections, Fault(status=status, times=None))
