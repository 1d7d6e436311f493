"""What a change sent is known to Temporal before it is sent, and to the workflow when it is cut off."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from ending import end
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.as_activities import activities_of_verb
from activities.contract import Verb
from stanch.errors import Unavailable
from stanch.model.change import Change, Kind, PlanRequest, Target, Trail, Undo, UndoKind, Unit
from stanch.model.plan import Order
from stanch.model.survey import At, Place, Survey
from stanch.model.verb import VerbSpec
from stanch.policy.signing import Keyring
from stanch.secrets import Redactor
from workers.embedded import EmbeddedTemporal
from workers.interceptors import WorkerInterceptor
from workers.process import connected
from workflows import calls
from workflows.outside import Failed

CHANGE = Change(
    verb="lamp.light",
    kind=Kind.ACT,
    target=Target(provider="lamp", name="desk"),
    units=(Unit(id="bulb", was="dark", to="lit"),),
    undo=Undo(kind=UndoKind.NONE, why="it shines"),
    summary="light the desk lamp",
)


class Light(Verb):
    """A lamp whose switch is pressed, and then says nothing until something has happened."""

    spec: ClassVar = VerbSpec(
        name="lamp.light", says="Lights it", kind=Kind.ACT, undo=UndoKind.NONE, of="lamp"
    )

    def __init__(self, until: Callable[[], Awaitable[object]]) -> None:
        self.pressed = asyncio.Event()
        self.presses = 0
        self._until = until

    async def plan(self, request: PlanRequest) -> Change:  # noqa: ARG002
        return CHANGE

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002
        return Survey(places=(Place(unit="bulb", at=At.TO if "bulb" in done else At.WAS),))

    async def write(self, change: Change, unit: Unit) -> None:  # noqa: ARG002
        self.presses += 1
        self.pressed.set()
        await self._until()
        raise Unavailable("lamp", "no answer in time")

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:  # noqa: ARG003
        return ["press the switch"]


@workflow.defn
class Lit:
    """Acts once, and gives what it knows where that was cut off."""

    @workflow.run
    async def run(self) -> Trail:
        acting = asyncio.ensure_future(calls.act(Order(change=CHANGE)))
        try:
            await asyncio.shield(acting)
        except asyncio.CancelledError:
            acting.cancel()
        try:
            await acting
        except Failed as failed:
            return failed.trail
        return Trail()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    folder: Path = tmp_path_factory.mktemp("cut-off")
    async with EmbeddedTemporal(folder, port=None, ui_port=None) as server:
        yield await connected(server)


@asynccontextmanager
async def at_work(client: Client, verb: Light) -> AsyncIterator[Any]:
    async with Worker(
        client,
        task_queue="stanch-lamp",
        workflows=[Lit],
        activities=activities_of_verb(verb, None),
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[WorkerInterceptor(Redactor(), Keyring(b"key"))],
        max_heartbeat_throttle_interval=timedelta(seconds=1),
    ):
        handle = await client.start_workflow(Lit.run, id="lit", task_queue="stanch-lamp")
        yield handle
        await end(client, handle.id)


async def test_what_was_sent_is_kept_before_it_is_sent(client: Client) -> None:
    answers = asyncio.Event()
    verb = Light(answers.wait)
    async with at_work(client, verb) as handle:
        await asyncio.wait_for(verb.pressed.wait(), 30)

        pending = (await handle.describe()).raw_description.pending_activities[0]
        [kept] = await client.data_converter.decode(list(pending.heartbeat_details.payloads))

        answers.set()
    assert Trail.model_validate(kept).perhaps == ("bulb",)


async def test_a_change_cut_off_while_it_is_sent_is_told_as_perhaps_made(client: Client) -> None:
    verb, begun = Light(activity.wait_for_cancelled), datetime.now(UTC)
    async with at_work(client, verb) as handle:
        await asyncio.wait_for(verb.pressed.wait(), 30)
        await handle.cancel()

        trail = await asyncio.wait_for(handle.result(), 60)

    assert (trail.perhaps, trail.done, verb.presses) == (("bulb",), (), 1)
    assert trail.sent["bulb"] >= begun - timedelta(seconds=5)
