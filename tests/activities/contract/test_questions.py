"""What only a real account can settle is declared, and asking for it changes nothing and shows no secret."""

from contextlib import suppress

import pytest

from activities.integration import Integration
from activities.open_questions import OpenQuestion, Probe, found_by
from activities.registry import integrations
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.fly.world import FlyWorld
from sandbox.vendors import secrets
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, StanchError
from stanch.secrets import Redactor
from tests.activities.contract.bench import Connections, Line
from tests.activities.contract.case import AT, Case, ReadingCase
from tests.activities.contract.cases import CASES, READINGS

OF_VENDORS = [integration for integration in integrations() if integration.credential]
DECLARED = [(integration, question) for integration in integrations() for question in integration.questions]
PROBED = [(integration, question) for integration, question in DECLARED if question.probe]
SETTLED = {
    "firestore", "sentry", "newrelic", "uptimerobot", "pagerduty", "grafana", "prometheus",
}  # fmt: skip
"""Vendors of which nothing is open that Stanch counts on."""


def named(value: object) -> str:
    return value.name if isinstance(value, Integration) else str(getattr(value, "asks", ""))[:40]


every_question = pytest.mark.parametrize(("integration", "question"), DECLARED, ids=named)
every_probe = pytest.mark.parametrize(("integration", "question"), PROBED, ids=named)


def test_every_vendor_has_its_questions_told_or_none() -> None:
    silent = {integration.name for integration in OF_VENDORS if not integration.questions}

    assert silent == SETTLED


@every_question
def test_a_question_says_what_is_believed_and_one_way_to_settle_it(
    integration: Integration, question: OpenQuestion
) -> None:
    assert question.asks.endswith("?")
    assert question.inferred
    assert bool(question.probe) is not bool(question.by_hand)
    assert question.settled_by(integration.name)


class Probing:
    """One question, put to the sandbox in the world of each of the vendor's cases."""

    def __init__(self, case: Case | ReadingCase, connections: Connections) -> None:
        self.case = case
        self.outside = connections.to(case)
        self.sandbox = Sandbox(case.scene, SandboxClock(AT))
        self.line = Line(application(self.sandbox))
        case.attach(self.outside, self.line)

    async def ask(self, probe: Probe) -> str:
        assert self.case.target is not None
        # Knows no secret, so that nothing is hidden which a probe should not have said.
        return await found_by(probe, self.outside, self.case.target, Redactor())


def worlds(integration: Integration) -> list[Case | ReadingCase]:
    """One case for each scene of the vendor's."""
    found = {(case.scene, str(case.target)): case for case in (*READINGS, *CASES) if case.target}
    return [case for case in found.values() if case.integration.name == integration.name]


@every_probe
async def test_a_probe_finds_something_changes_nothing_and_shows_no_secret(
    integration: Integration, question: OpenQuestion, connections: Connections
) -> None:
    said = []
    for case in worlds(integration):
        probing = Probing(case, connections)

        with suppress(Rejected, PolicyError):  # a target of another kind, of which there is nothing to ask
            said.append(await probing.ask(question.probe or never))

        ledger = probing.sandbox.ledger
        assert (probing.line.writes, ledger.effects(), ledger.unexpected) == (0, [], [])
        told = "\n".join(said)
        assert [secret for secret in (case.key, *secrets(probing.sandbox)) if secret in told] == []
    assert said
    assert all(said)


@every_probe
async def test_a_probe_that_is_refused_says_so_in_a_class_of_ours(
    integration: Integration, question: OpenQuestion, connections: Connections
) -> None:
    probing = Probing(worlds(integration)[0], connections)
    probing.sandbox.order(Fault(status=403, times=None))

    with pytest.raises(StanchError):
        await probing.ask(question.probe or never)


async def never(*_: object) -> str:
    raise AssertionError


async def test_of_a_lease_that_is_held_the_nonce_is_not_told(connections: Connections) -> None:
    fly, question = next((one, asked) for one, asked in PROBED if one.name == "fly" and "lease" in asked.asks)
    probing = Probing(worlds(fly)[0], connections)
    probing.sandbox.of(FlyWorld).deploy("slurpy-backend", in_progress=True)

    found = await probing.ask(question.probe or never)

    assert found.startswith("a lease with ")
    assert "expires_at is int" in found
    nonces = [
        str(machine.lease.nonce)
        for machine in probing.sandbox.of(FlyWorld).apps["slurpy-backend"].machines.values()
        if machine.lease
    ]
    assert nonces
    assert [nonce for nonce in nonces if nonce in found] == []
