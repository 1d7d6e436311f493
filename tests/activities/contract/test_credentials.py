"""A credential is tried by reading, and what it may do is compared with what verbs and readings take."""

import pytest

from activities.integration import Integration, Proof
from activities.registry import integrations
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.world import Sandbox
from stanch.errors import Unauthorized
from tests.activities.contract.bench import Connections, Line
from tests.activities.contract.case import AT, Case, ReadingCase
from tests.activities.contract.cases import CASES, READINGS

FIRST: dict[str, Case | ReadingCase] = {
    case.integration.name: case for case in (*reversed(READINGS), *reversed(CASES)) if case.target
}
TRIED = [
    integration for integration in integrations() if integration.credential and integration.name in FIRST
]
every_vendor = pytest.mark.parametrize("integration", TRIED, ids=lambda integration: integration.name)


async def prove(
    integration: Integration, connections: Connections, *faults: Fault
) -> tuple[Proof, Sandbox, Line]:
    case = FIRST[integration.name]
    outside = connections.to(case)
    sandbox = Sandbox(case.scene, SandboxClock(AT))
    line = Line(application(sandbox))
    case.attach(outside, line)
    for fault in faults:
        sandbox.order(fault)
    assert integration.credential is not None
    assert case.target is not None
    return await integration.credential.prove(outside, case.target), sandbox, line


@every_vendor
async def test_a_good_credential_is_proved_without_a_change(
    integration: Integration, connections: Connections
) -> None:
    proof, sandbox, line = await prove(integration, connections)

    assert proof.saw
    assert FIRST[integration.name].key not in proof.saw
    assert (line.writes, sandbox.ledger.effects(), sandbox.ledger.unexpected) == (0, [], [])


@every_vendor
async def test_one_that_may_do_everything_has_what_each_verb_takes(
    integration: Integration, connections: Connections
) -> None:
    proof, _, _ = await prove(integration, connections)

    taken = {need for one in (*integration.verbs, *integration.readings) for need in one.spec.needs}
    assert proof.granted is None or taken <= proof.granted, taken - proof.granted


@every_vendor
@pytest.mark.parametrize("status", [401, 403])
async def test_one_that_is_refused_is_said_to_be(
    integration: Integration, connections: Connections, status: int
) -> None:
    with pytest.raises(Unauthorized):
        await prove(integration, connections, Fault(status=status, times=None))
