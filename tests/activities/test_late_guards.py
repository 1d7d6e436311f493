"""A worker that stood still while another one asked the guard writes nothing into the store any more."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.guard_activities import Guards
from stanch.errors import Unavailable
from stanch.model.guard import Ask, Holder, Let, LetGo, Verdict
from stanch.model.team import Team
from stanch.store import Address, Store
from tests.store.databases import AT, BACKEND, ask, opened
from workers.embedded import EmbeddedTemporal
from workers.process import connected

QUEUE = "guards"
GIVEN_UP_AFTER = timedelta(seconds=1)
HOLDER = Holder(workflow_id="asks", run_id="r", incident="INC-1")


@workflow.defn
class Calls:
    """Calls one activity of the guard, again where nobody answers in time."""

    @workflow.run
    async def run(self, name: str, given: dict[str, object]) -> object:
        return await workflow.execute_activity(
            name,
            given,
            start_to_close_timeout=GIVEN_UP_AFTER,
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=10)),
        )


class Slow:
    """The guard, whose first attempt comes late; what became of it is kept."""

    def __init__(self, guards: Guards) -> None:
        self._guards = guards
        self.goes_on = asyncio.Event()
        self.first: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    @activity.defn(name="guard.ask")
    async def ask(self, question: Ask) -> Verdict:
        return await self._late(self._guards.ask, question)

    @activity.defn(name="guard.let_go")
    async def let_go(self, let: Let) -> None:
        await self._late(self._guards.let_go, let)

    async def _late(self, does: Callable[[Any], Awaitable[Any]], given: object) -> Any:
        if activity.info().attempt > 1 or self.first.done():
            return await does(given)
        await self.goes_on.wait()
        try:
            self.first.set_result(await does(given))
        except Unavailable as error:
            self.first.set_result(str(error))
        return None


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    folder: Path = tmp_path_factory.mktemp("late-guards")
    async with EmbeddedTemporal(folder, port=None, ui_port=None) as server:
        yield await connected(server)


@pytest_asyncio.fixture(loop_scope="session")
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = await opened(Address.of_file(tmp_path / "stanch.db"))
    yield found
    await found.close()


@asynccontextmanager
async def at_work(client: Client, slow: Slow) -> AsyncIterator[None]:
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[Calls],
        activities=[slow.ask, slow.let_go],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield


async def called(client: Client, name: str, given: Ask | Let) -> None:
    arguments = [name, given.model_dump(mode="json")]
    await client.execute_workflow(Calls.run, args=arguments, id=HOLDER.workflow_id, task_queue=QUEUE)


async def test_a_question_that_was_answered_elsewhere_meanwhile_locks_nothing(
    client: Client, store: Store
) -> None:
    slow, question = Slow(Guards(client, store, Team())), ask(holder=HOLDER)
    async with at_work(client, slow):
        await called(client, "guard.ask", question)
        await store.let_go(BACKEND, LetGo(holder=HOLDER, unused=(question.step,)), AT)
        slow.goes_on.set()

        said = await asyncio.wait_for(slow.first, 20)

    assert "nothing was written" in str(said)
    found = await store.guard(BACKEND)
    assert (found.holder, found.made) == (None, ())


async def test_a_lock_that_was_let_go_of_elsewhere_and_is_held_again_stays(
    client: Client, store: Store
) -> None:
    slow, question = Slow(Guards(client, store, Team())), ask(holder=HOLDER)
    await store.ask(question)
    async with at_work(client, slow):
        await called(client, "guard.let_go", Let(target=BACKEND, release=LetGo(holder=HOLDER)))
        await store.ask(question)
        slow.goes_on.set()

        said = await asyncio.wait_for(slow.first, 20)

    assert "nothing was written" in str(said)
    assert (await store.guard(BACKEND)).holder == HOLDER


async def test_a_question_that_waits_for_the_database_too_long_locks_nothing(
    client: Client, store: Store
) -> None:
    slow, question = Slow(Guards(client, store, Team())), ask(holder=HOLDER)
    slow.goes_on.set()
    free = threading.Event()
    busy = asyncio.get_running_loop().run_in_executor(store._threads, free.wait)
    async with at_work(client, slow):
        asking = asyncio.ensure_future(called(client, "guard.ask", question))
        await asyncio.sleep(2 * GIVEN_UP_AFTER.total_seconds())
        free.set()
        await busy

        said = await asyncio.wait_for(slow.first, 20)
        await asking

    assert "nothing was written" in str(said)
