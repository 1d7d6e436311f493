"""A store beside a real Temporal: whose it is, what it takes over, and when it begins paused."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus

from stanch.model.change import Target
from stanch.model.guard import Ask, Holder, Rules
from stanch.model.pause import STANCH, Pause
from stanch.store import Address, Belonging, Store
from workers.embedded import EmbeddedTemporal
from workers.opened_store import stored
from workers.process import connected
from workers.store_match import MARKER, hold_against, raise_epoch

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
BACKEND = Target(provider="fly", name="backend")
LOST = Holder(
    workflow_id="incident-nobody-knows", run_id="01a228f8-1212-7dcc-95e2-c1b71f1a41c4", incident="INC-1"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """With an incident, which no worker has seen."""
    async with EmbeddedTemporal(tmp_path_factory.mktemp("temporal"), port=None, ui_port=None) as server:
        client = await connected(server)
        await client.start_workflow("IncidentWorkflow", id="incident-backend", task_queue="nobody's")
        await until_listed(client, "WorkflowType = 'IncidentWorkflow'", 1)
        yield client


async def until_listed(client: Client, query: str, many: int) -> None:
    async with asyncio.timeout(30):
        while (await client.count_workflows(query)).count != many:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.05)


def a_question(target: Target = BACKEND, holder: Holder = LOST) -> Ask:
    return Ask(target=target, holder=holder, as_of=AT, step="INC-1/1", rules=(Rules(service="backend"),))


async def paused_by_stanch(store: Store) -> list[str]:
    return [one.why for one in await store.paused() if one.by == STANCH]


async def resumed(file: Path, temporal: Client) -> None:
    """A store that somebody has looked at, closed again."""
    async with stored(Address.of_file(file), temporal) as store:
        await store.resume("all", "ana", AT)


async def test_a_new_store_beside_incidents_begins_paused_and_says_how_to_go_on(
    temporal: Client, tmp_path: Path
) -> None:
    async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
        (why,) = await paused_by_stanch(store)
        verdict = await store.ask(a_question())

    assert "the store is new" in why
    assert "stanch resume" in why
    assert verdict.rule == "paused"


async def test_a_store_that_goes_on_where_it_was_does_not(temporal: Client, tmp_path: Path) -> None:
    await resumed(tmp_path / "stanch.db", temporal)

    async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
        assert await store.paused() == []
        assert (await store.belonging()).namespace.startswith("default (")
    described = await temporal.get_workflow_handle(MARKER).describe()
    assert described.status is WorkflowExecutionStatus.RUNNING


async def test_a_store_of_another_backup_begins_paused(temporal: Client, tmp_path: Path) -> None:
    file, backup = tmp_path / "stanch.db", tmp_path / "backup.db"
    await resumed(file, temporal)
    await asyncio.to_thread(shutil.copy, file, backup)
    async with stored(Address.of_file(file), temporal) as store:
        await raise_epoch(store, temporal)  # as it does after grants

    async with stored(Address.of_file(backup), temporal) as store:
        (why,) = await paused_by_stanch(store)

    assert "restored from a backup" in why


class Overtaken(Store):
    """Whoever looks at it is overtaken by another process, which begins with the same store."""

    beside: Client

    async def belonging(self) -> Belonging:
        known = await super().belonging()
        await raise_epoch(self, self.beside)
        return known


async def test_a_process_that_begins_while_another_does_takes_no_store_for_a_restored_one(
    temporal: Client, tmp_path: Path
) -> None:
    await resumed(tmp_path / "stanch.db", temporal)
    store = Overtaken(Address.of_file(tmp_path / "stanch.db"))
    store.beside = temporal
    await store.prepare()

    await hold_against(store, temporal)

    assert await paused_by_stanch(store) == []
    await store.close()


async def test_an_open_incident_that_temporal_has_lost_is_named(temporal: Client, tmp_path: Path) -> None:
    await resumed(tmp_path / "stanch.db", temporal)
    async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
        assert (await store.ask(a_question())).granted

    async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
        (why,) = await paused_by_stanch(store)

    assert "Temporal has lost open incidents" in why
    assert "INC-1 (fly:backend)" in why
    async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
        await store.resume("all", "ana", AT)
    async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
        assert await store.paused() == []  # said once
        assert [made.open for made in (await store.guard(BACKEND)).made] == [False]


async def test_a_holder_that_was_terminated_is_not_lost(temporal: Client, tmp_path: Path) -> None:
    gone = await temporal.start_workflow("IncidentWorkflow", id="incident-gone", task_queue="nobody's")
    holder = Holder(workflow_id=gone.id, run_id=str(gone.result_run_id), incident="INC-2")
    await resumed(tmp_path / "stanch.db", temporal)
    async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
        assert (await store.ask(a_question(holder=holder))).granted
    await gone.terminate()

    async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
        assert await store.paused() == []


async def test_what_an_earlier_release_kept_as_workflows_is_taken_over_once(
    temporal: Client, tmp_path: Path
) -> None:
    thrown = Pause(scope="service:backend", by="ana", why="a migration: until noon")
    pause = await temporal.start_workflow(
        "PauseWorkflow", thrown, id="pause-service:backend", task_queue="none"
    )
    guard = await temporal.start_workflow("GuardWorkflow", id="guard-fly:shop", task_queue="none")
    await until_listed(temporal, "WorkflowType IN ('PauseWorkflow', 'GuardWorkflow')", 2)

    for _ in range(2):
        async with stored(Address.of_file(tmp_path / "stanch.db"), temporal) as store:
            kept = [one.says for one in await store.paused() if one.by != STANCH]
            await store.resume("all", "ana", AT)
            made = (await store.guard(Target(provider="fly", name="shop"))).made

    assert kept == ["service:backend is paused by ana: a migration: until noon"]
    assert [one.holder.incident for one in made] == ["an earlier release"]
    ends = [(await handle.describe()).status for handle in (pause, guard)]
    assert ends == [WorkflowExecutionStatus.TERMINATED] * 2


async def test_a_store_that_is_away_holds_up_no_process_and_is_in_use_once_it_is_there(
    temporal: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("workers.opened_store._AGAIN", 0.05)
    address = Address.of_file(tmp_path / "later" / "stanch.db")

    async with stored(address, temporal) as store:
        assert store.unfit
        assert "nothing is changed until the store is in use" in caplog.text
        address.file.parent.mkdir()  # type: ignore[union-attr]
        async with asyncio.timeout(30):
            while store.unfit:  # noqa: ASYNC110 - it is another task's
                await asyncio.sleep(0.02)
        assert (await store.ask(a_question())).rule == "paused"
