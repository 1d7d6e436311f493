"""Evidence never lies: in every trouble it is missing, or says that it is not the whole, or is true."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.cloudflare.scenes import pitchey
from sandbox.datadog.world import DatadogWorld
from sandbox.faults import STANDING, Fault, Trouble
from sandbox.fly.scenes import slurpy
from sandbox.heroku.scenes import BACKEND, gitquest
from sandbox.heroku.world import HerokuWorld
from sandbox.newrelic.scenes import ACCOUNT
from sandbox.newrelic.world import NewRelicWorld
from sandbox.traffic import Gauge
from sandbox.vendors import vendor as sandbox_vendor
from sandbox.world import Sandbox
from stanch.errors import StanchError
from stanch.model.evidence import Look, Reading
from stanch.policy.bounds import EachLowerBound, LowerBound
from stanch.policy.facts import facts_of, variables_of
from tests.activities.contract.bench import Connections, Line
from tests.activities.contract.case import AT, SOURCES, ReadingCase
from tests.activities.contract.cases import READINGS, crossed

LATER = AT + timedelta(minutes=10)
TROUBLES = {
    "late by 2 min": Fault(trouble=Trouble.LATE, seconds=120),
    "late by 10 min": Fault(trouble=Trouble.LATE, seconds=600),
    "fragment": Fault(trouble=Trouble.FRAGMENT),
    "sparse": Fault(trouble=Trouble.SPARSE),
    "partial": Fault(trouble=Trouble.PARTIAL, times=None),
    "stale": Fault(trouble=Trouble.STALE, seconds=3600, times=None),
}
SPOKEN_TO_IN_HTTP = [(case,) for case in READINGS if sandbox_vendor(case.integration.provider).wire is None]
"""What is asked by a wire of its own is asked of itself, in this instant: nobody can cut it or be late."""
UNNOTICED: Mapping[Trouble, frozenset[str]] = {
    # A quiet project and one whose errors are on their way look alike: nothing but errors is ever sent there.
    Trouble.LATE: frozenset({"sentry.issues"}),
    # No answer says how many there are, and nothing else that is asked counts the same things.
    Trouble.PARTIAL: frozenset(
        {
            "aws.releases",
            "aws.logs",
            "aws.logs of a group",
            "aws.alarms",
            "fly.status",
            "fly.status, out of memory",
            "fly.secrets",
            "vercel.recent",
            "heroku.status",
            "stripe.webhooks",
            "stripe.failed_payments",
            "stripe.repeated_charges",
            "firebase.logs",
            "newrelic.nrql",
            "grafana.alerts",
        }
    ),
    # What stands there bears no instant at which it was so.
    Trouble.STALE: frozenset({"aws.status", "aws.releases"}),
}
"""Readings that are misled because no vendor's answer lets it be noticed; who finds a way takes one out."""
ERRORS, REQUESTS = "sum:errors{*}.as_count()", "sum:requests{*}.as_count()"
FAILED, CALLED = "SELECT count(*) FROM TransactionError", "SELECT count(*) FROM Transaction"


def with_datadog(sandbox: Sandbox) -> None:
    """A backend whose requests and errors Datadog counts."""
    slurpy(sandbox)
    sandbox.of(DatadogWorld).follow(ERRORS, "backend", Gauge.ERRORS)
    sandbox.of(DatadogWorld).follow(REQUESTS, "backend", Gauge.REQUESTS)


def with_newrelic(sandbox: Sandbox) -> None:
    """A backend whose transactions New Relic counts."""
    slurpy(sandbox)
    sandbox.of(NewRelicWorld).accounts[ACCOUNT] = "team"
    sandbox.of(NewRelicWorld).follow(FAILED, "backend", Gauge.ERRORS, "count")
    sandbox.of(NewRelicWorld).follow(CALLED, "backend", Gauge.REQUESTS, "count")


def living(name: str, **otherwise: Any) -> ReadingCase:
    """The case of that name in a world whose numbers follow visitors."""
    return replace(next(case for case in READINGS if case.name == name), **otherwise)


def with_dynos(sandbox: Sandbox) -> None:
    """Dynos whose load and memory stand in the log."""
    gitquest(sandbox)
    sandbox.of(HerokuWorld).apps[BACKEND].logs_runtime_metrics = True


LIVING = (
    living("firebase.metrics"),
    living("firebase.metrics of memory", arguments={"metric": "memory", "also": ["usual", "before"]}),
    living("fly.metrics", scene=slurpy, arguments={"metric": "requests", "also": ["usual", "before"]}),
    living("cloudflare.metrics", scene=pitchey, arguments={"metric": "requests", "also": ["usual"]}),
    living("heroku.metrics", scene=with_dynos),
    living(
        "datadog.metric",
        scene=with_datadog,
        arguments={"query": ERRORS, "over_time": "sum", "proof": REQUESTS},
    ),
    living("newrelic.nrql", scene=with_newrelic, arguments={"query": FAILED, "proof": CALLED}),
)
OF_NUMBERS = {name: trouble for name, trouble in TROUBLES.items() if trouble.trouble in STANDING}
EVERY = crossed("case trouble", SPOKEN_TO_IN_HTTP, TROUBLES, one_in=16)


class Witness:
    """One reading, asked in a world in which something goes wrong that no answer speaks of."""

    def __init__(self, case: ReadingCase, connections: Connections) -> None:
        self.case = case
        self._outside = connections.to(case)
        self.sandbox = Sandbox(case.scene, SandboxClock(AT))
        self._line = Line(application(self.sandbox))

    def order(self, trouble: Fault) -> None:
        """From now on it goes wrong, at this vendor alone."""
        self.sandbox.order(trouble.model_copy(update={"vendor": self.case.integration.provider}))

    async def look(self, at: datetime = AT) -> Reading:
        """What the reading says as of that instant."""
        case = self.case
        case.attach(self._outside, self._line)
        asked = Look(target=case.target, arguments=case.arguments, as_of=at, first_bad_at=case.first_bad_at)
        return await SOURCES[case.reading][1](self._outside).read(asked)


async def told(witness: Witness, at: datetime) -> Reading | None:
    """What the reading says; nothing where it is missing."""
    try:
        return await witness.look(at)
    except StanchError:
        return None


def as_conditions_see(found: Reading, at: datetime, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Every fact of a result that a playbook's expression can speak of, as far as it is known."""
    variables = variables_of(type(found), "it", asked=asked)
    return facts_of(variables, {"it": found.model_dump(mode="json")}, at)


def wrong(found: Reading, truth: Reading, at: datetime, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are neither unknown, nor a lower bound that holds, nor true; each with what is true."""
    said, true = as_conditions_see(found, at, asked), as_conditions_see(truth, at, asked)
    marks = {one.at_least.removeprefix("!") for one in variables_of(type(found)).values()}
    of_itself = {f"it.{name}" for name in ("warnings", *marks)}
    return {
        name: (value, true.get(name))
        for name, value in said.items()
        if name not in of_itself and not holds(value, true.get(name))
    }


def holds(value: Any, truth: Any) -> bool:
    """Whether nobody is misled; an instant says itself how old it is."""
    match value:
        case LowerBound():
            return isinstance(truth, int) and value <= truth
        case EachLowerBound():
            return isinstance(truth, Mapping) and all(
                hits <= truth.get(key, 0) for key, hits in value.items()
            )
        case datetime() | timedelta():
            return True
        case _:
            return bool(value == truth)


@pytest.fixture
def witness(case: ReadingCase, connections: Connections) -> Iterator[Witness]:
    made = Witness(case, connections)
    yield made
    assert made.sandbox.ledger.unexpected == []


@EVERY
async def test_what_is_late_cut_or_old_is_never_a_wrong_number(
    witness: Witness, case: ReadingCase, trouble: Fault
) -> None:
    at = LATER if trouble.trouble is Trouble.STALE else AT
    witness.order(trouble)
    if at is LATER:
        await told(witness, at)
        witness.sandbox.pass_time(LATER - AT)

    found = await told(witness, at)

    witness.sandbox.faults.clear()
    truth = await told(witness, at)
    misled = found is not None and (truth is None or wrong(found, truth, at, case.arguments) != {})
    assert misled is (case.name in UNNOTICED.get(trouble.trouble, ())), (
        truth and found and wrong(found, truth, at, case.arguments)
    )


@crossed("case trouble", [(case,) for case in LIVING], OF_NUMBERS, one_in=2)
async def test_numbers_that_follow_visitors_are_whole_or_unknown(
    witness: Witness, case: ReadingCase, trouble: Fault
) -> None:
    sandbox = witness.sandbox
    sandbox.catch_up()
    sandbox.pass_time(LATER - AT)
    for service in sandbox.services.values():
        service.load *= 3
    sandbox.pass_time(timedelta(minutes=8))
    at = sandbox.clock.now()
    witness.order(trouble)

    found = await told(witness, at)

    sandbox.faults.clear()
    truth = await told(witness, at)
    assert truth
    assert found is None or wrong(found, truth, at, case.arguments) == {}
