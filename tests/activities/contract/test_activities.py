"""The same verbs as Temporal calls them, over a real socket."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from orders import order_of
from temporalio import activity
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.as_activities import activities_of_verb
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.scenes import empty
from sandbox.server import serving_in_thread
from sandbox.world import Sandbox, Scene
from stanch.errors import Still, Unauthorized, Unavailable
from stanch.model.change import Change, Trail
from stanch.model.plan import Order
from stanch.model.survey import Receipt, Survey
from tests.activities.contract.bench import PATIENCE, Bench, Connections, tried
from tests.activities.contract.case import AT, VERBS, Case
from tests.activities.contract.cases import CASES

PROVIDERS = tuple({case.target.provider: case for case in reversed(CASES)}.values())
NO_TRACE = next(case for case in CASES if not (case.marked or case.settles))
SEVERAL_UNITS = next(case for case in CASES if case.name == "fly.roll_back")
a_case_of_each_provider = pytest.mark.parametrize("case", PROVIDERS, ids=str)


class Server:
    """Temporal's door, as far as an attempt asks it whether it still counts."""

    def __init__(self, kept: Callable[..., None]) -> None:
        self._kept = kept

    def get_async_activity_handle(self, **_: Any) -> "Server":
        return self

    async def heartbeat(self, *details: Any, **_: Any) -> None:
        self._kept(*details)


class Temporal:
    """One activity after the other, with what the last attempt's heartbeats said."""

    def __init__(self, bench: Bench, connections: Connections, base: str) -> None:
        self._bench = bench
        self._verb = VERBS[bench.case.verb][1](connections.to(bench.case, base))
        self._base = base
        self._remembered: list[Any] = []

    async def plan(self) -> Change:
        change: Change = await self._run(
            ":plan", order_of(self._bench.request(self._base), self._bench.case.verb)
        )
        return Change.model_validate_json(change.model_dump_json())

    async def survey(self, change: Change) -> Survey:
        found: Survey = await self._run(":survey", change)
        return found

    async def attempt(self, change: Change) -> Receipt:
        receipt: Receipt = await self._run("", Order(change=change))
        return receipt

    @property
    def remembered(self) -> Trail:
        return Trail.model_validate(self._remembered[0])

    def forget(self) -> None:
        self._remembered = []

    async def act(self, change: Change) -> Receipt:
        for _ in range(PATIENCE):
            try:
                return await self.attempt(change)
            except Still as error:
                self._bench.sandbox.pass_time(error.look_again_in)
        message = "it never stood"
        raise AssertionError(message)

    async def _run(self, suffix: str, asked: Any) -> Any:
        environment = ActivityEnvironment(client=cast("Client", Server(self._remember)))
        environment.info = replace(
            environment.info,
            heartbeat_details=self._remembered,
            current_attempt_scheduled_time=self._bench.sandbox.clock.now(),
            started_time=AT,
        )
        environment.on_heartbeat = self._remember
        wanted = f"{self._bench.case.verb}{suffix}"
        named = {_name(one): one for one in activities_of_verb(self._verb, None)}
        return await environment.run(named[wanted], asked)

    def _remember(self, *details: Any) -> None:
        self._remembered = list(details)


def _name(function: Callable[..., Any]) -> str | None:
    return activity._Definition.must_from_callable(function).name


class Stage:
    """One sandbox on a socket, that begins anew with the scene of each case."""

    def __init__(self) -> None:
        self._scene: Scene = empty
        self.sandbox = Sandbox(self._play, SandboxClock(AT))

    def turn_to(self, scene: Scene) -> Sandbox:
        self._scene = scene
        self.sandbox.reset()
        return self.sandbox

    def _play(self, sandbox: Sandbox) -> None:
        self._scene(sandbox)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Stage, str]]:
    stage = Stage()
    with serving_in_thread(stage.sandbox) as base:
        yield stage, base


@pytest.fixture
def bench(case: Case, connections: Connections, served: tuple[Stage, str]) -> Iterator[Bench]:
    yield from tried(Bench(case, connections, served[0].turn_to(case.scene)))


@pytest.fixture
def temporal(bench: Bench, connections: Connections, served: tuple[Stage, str]) -> Temporal:
    return Temporal(bench, connections, served[1])


def test_a_verb_is_three_activities_of_its_own_name() -> None:
    names = {
        name: [_name(one) for one in activities_of_verb(verb(None), None)]
        for name, (_, verb) in VERBS.items()
    }

    assert names == {name: [f"{name}:plan", name, f"{name}:survey"] for name in VERBS}


@a_case_of_each_provider
async def test_a_receipt_says_what_was_changed_and_what_stood_there_already(
    temporal: Temporal, bench: Bench, case: Case
) -> None:
    change = await temporal.plan()

    receipt = await temporal.act(change)

    assert bench.effects() == [*case.effects]
    assert (receipt.verb, receipt.target) == (case.verb, case.target.key)
    assert (set(receipt.changed), receipt.already) == ({unit.id for unit in change.units}, ())
    assert receipt.finished_at == bench.sandbox.clock.now()


@a_case_of_each_provider
async def test_an_answer_lost_on_the_wire_is_found_by_the_next_attempt(
    temporal: Temporal, bench: Bench, case: Case
) -> None:
    change = await temporal.plan()
    bench.sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST", path=case.path))
    with pytest.raises(Unavailable):
        await temporal.act(change)

    receipt = await temporal.act(change)

    assert bench.effects() == [*case.effects]
    assert {*receipt.changed, *receipt.already} == {unit.id for unit in change.units}


@a_case_of_each_provider
async def test_a_connection_that_breaks_before_anything_arrived_is_no_effect(
    temporal: Temporal, bench: Bench, case: Case
) -> None:
    change = await temporal.plan()
    bench.sandbox.order(Fault(trouble=Trouble.RESET, method="POST", path=case.path))

    with pytest.raises(Unavailable):
        await temporal.act(change)

    assert bench.effects() == []


@a_case_of_each_provider
async def test_a_refused_credential_is_one_loud_failure(temporal: Temporal, bench: Bench, case: Case) -> None:
    change = await temporal.plan()
    bench.sandbox.order(Fault(status=403, method="POST", path=case.path, times=None))

    with pytest.raises(Unauthorized):
        await temporal.act(change)

    assert bench.effects() == []


@a_case_of_each_provider
async def test_a_conflict_is_looked_at_again_a_little_later(
    temporal: Temporal, bench: Bench, case: Case
) -> None:
    change = await temporal.plan()
    bench.sandbox.order(Fault(status=409, method="POST", path=case.path))

    with pytest.raises(Still) as refused:
        await temporal.attempt(change)

    assert refused.value.look_again_in >= timedelta(seconds=1)
    assert "409" in str(refused.value)


@pytest.mark.parametrize("case", [SEVERAL_UNITS], ids=str)
async def test_the_units_that_are_written_travel_in_heartbeats(
    temporal: Temporal, bench: Bench, case: Case
) -> None:
    change = await temporal.plan()
    first, second = (unit.id for unit in change.units)

    with pytest.raises(Still):
        await temporal.attempt(change)

    assert temporal.remembered.done == (first,)
    receipt = await temporal.act(change)
    assert (receipt.changed, receipt.already) == ((first, second), ())


@pytest.mark.parametrize("case", [NO_TRACE], ids=str)
async def test_an_act_that_leaves_no_trace_is_remembered_as_soon_as_it_is_done(
    temporal: Temporal, bench: Bench, case: Case
) -> None:
    change = await temporal.plan()
    await temporal.attempt(change)

    await temporal.attempt(change)

    assert temporal.remembered.perhaps == ()
    assert temporal.remembered.done == tuple(unit.id for unit in change.units)
    assert bench.effects() == [*case.effects]


@a_case_of_each_provider
async def test_the_survey_activity_says_how_far_it_came(temporal: Temporal, bench: Bench, case: Case) -> None:
    change = await temporal.plan()

    found = await temporal.survey(change)

    assert (found.arrived, bench.effects()) == ((), [])


@pytest.mark.parametrize("case", [NO_TRACE], ids=str)
async def test_a_change_asked_for_once_more_with_its_trail_sends_nothing_again(
    temporal: Temporal, bench: Bench, case: Case
) -> None:
    change = await temporal.plan()
    await temporal.attempt(change)
    trail = temporal.remembered
    temporal.forget()

    await temporal.attempt(change.model_copy(update={"trail": trail}))

    assert bench.effects() == [*case.effects]


@a_case_of_each_provider
async def test_what_was_sent_and_not_answered_is_surveyed_as_perhaps_made(
    temporal: Temporal, bench: Bench, case: Case
) -> None:
    change = await temporal.plan()
    bench.sandbox.order(Fault(trouble=Trouble.RESET, method="POST", path=case.path))
    with pytest.raises(Unavailable) as lost:
        await temporal.act(change)

    found = await temporal.survey(
        change.model_copy(update={"trail": Trail.model_validate(lost.value.details[0])})
    )

    assert found.perhaps == temporal.remembered.perhaps
    assert len(found.perhaps) == 1


@a_case_of_each_provider
async def test_a_plan_says_how_long_the_vendor_may_take(temporal: Temporal, case: Case) -> None:
    change = await temporal.plan()

    assert change.settles_within
    assert change.settles_within >= timedelta(minutes=1)
