"""An open incident that this version could not go on with is named before the worker takes over."""

import asyncio
from datetime import timedelta

import pytest
from stage import DOOR, Stage
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from stanch.cli.processes import commands
from stanch.control import Control, Unknown, Wedged
from stanch.errors import ConfigError
from stanch.model.team import Team
from stanch.secrets import Redactor
from workers import wiring
from workers.replay_check import rehearsed

QUEUE = "of-an-older-version"


@workflow.defn(name="IncidentWorkflow")
class Older:
    @workflow.run
    async def run(self) -> None:
        await workflow.sleep(timedelta(days=1))


@workflow.defn(name="IncidentWorkflow")
class Newer:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity("look", start_to_close_timeout=timedelta(seconds=5))

    @workflow.query
    def view(self) -> str:
        return ""


def worker(client: Client, kind: type) -> Worker:
    return Worker(client, task_queue=QUEUE, workflows=[kind], workflow_runner=UnsandboxedWorkflowRunner())


async def opened(client: Client, name: str) -> None:
    """An incident that the older version has begun to work on."""
    await client.start_workflow("IncidentWorkflow", id=name, task_queue=QUEUE)
    async with worker(client, Older), asyncio.timeout(20):
        while not await has_slept(client, name):  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.05)


async def has_slept(client: Client, name: str) -> bool:
    history = await client.get_workflow_handle(name).fetch_history()
    return any(event.HasField("timer_started_event_attributes") for event in history.events)


async def listed(client: Client, name: str) -> None:
    async with asyncio.timeout(20):
        while name not in await names(client):  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.05)


async def names(client: Client) -> list[str]:
    return [row.id async for row in client.list_workflows("ExecutionStatus = 'Running'")]


async def test_an_open_incident_that_does_not_fit_is_named_with_the_choice(stage: Stage) -> None:
    await opened(stage.client, "incident-of-older")
    await listed(stage.client, "incident-of-older")

    fits = await rehearsed(stage.client, [Older])
    fits_not = await rehearsed(stage.client, [Newer])

    assert (fits.looked_at, fits.stuck) == (1, ())
    assert [one.workflow_id for one in fits_not.stuck] == ["incident-of-older"]
    assert "1 open workflows fit this version, 0 do not" in fits.said
    fits.refuse()
    with pytest.raises(ConfigError, match=r"(?s)incident-of-older: .*start with --anyway"):
        fits_not.refuse()


async def test_nothing_starts_beside_an_open_incident_that_does_not_fit_unless_it_is_told_to(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "WORKFLOWS", [Newer])
    await opened(stage.client, "incident-of-older")
    await listed(stage.client, "incident-of-older")
    setting = wiring.Setting(Team(), stage.folder, DOOR, Redactor())

    with pytest.raises(ConfigError, match="incident-of-older"):
        await commands._fit(stage.client, setting, anyway=False)
    await commands._fit(stage.client, setting, anyway=True)


async def test_more_than_can_be_looked_at_is_said(stage: Stage) -> None:
    for name in ("one", "two"):
        await opened(stage.client, name)
        await listed(stage.client, name)

    found = await rehearsed(stage.client, [Older], most=1)

    assert found.said == "1 of at least 2 open workflows fit this version, 0 do not"


async def test_a_wedged_incident_is_named_as_such_with_the_way_out(stage: Stage) -> None:
    await opened(stage.client, "incident-wedged")
    await listed(stage.client, "incident-wedged")
    control = Control(stage.client, DOOR, stage.store)
    (row,) = await control.incidents(open_only=True)

    async with worker(stage.client, Newer):
        try:
            async with asyncio.timeout(20):
                said = await refusal(control, row.number)
        except TimeoutError:
            pytest.fail("nobody said anything")

    assert f"{row.number} cannot be worked on by this version" in said
    assert "temporal workflow terminate --workflow-id 'incident-wedged'" in said


async def refusal(control: Control, number: str) -> str:
    try:
        await control.view(number)
    except Wedged as error:
        return str(error)
    except Unknown:
        return "unknown"
    return "fine"
