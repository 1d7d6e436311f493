"""Kill -9 of any part at any moment: nothing accepted is lost, nothing approved happens twice."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from stack import Stack, alert, stacked
from temporalio.client import WorkflowExecutionStatus

from stanch.model.incident import Outcome
from stanch.model.record import Closed

SEEDS = range(int(os.environ.get("STANCH_KILLS", "5")))
PARTS = ("worker", "gateway", "temporal")
LATEST = 7.0
"""A round without a kill is over after about this many seconds."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with stacked(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(stack: Stack, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    part, moment = PARTS[seed % len(PARTS)], chance.uniform(0, LATEST)
    await stack.reset()
    began = datetime.now(UTC) - timedelta(minutes=2)

    killing = asyncio.create_task(_kill_later(stack, part, moment))
    await asyncio.gather(
        _live(stack, "SiteDown", "backend", began),
        _live(stack, "CheckoutDown", "shop", began),
    )

    await killing
    ledger = await stack.ledger()
    effects = [
        effect for effect in ledger["effects"] if effect["kind"] != "lock" and effect["by"] == "client"
    ]
    done = sorted(effect["operation"] for effect in effects)
    story = f"seed {seed}: {part} killed after {moment:.2f} s"
    assert done == ["fly.update_machine"] * 2 + ["vercel.rollback", "vercel.update_project"], story
    assert len({effect["target"] for effect in effects if effect["vendor"] == "fly"}) == 2, story
    assert ledger["unexpected"] == [], story


async def _kill_later(stack: Stack, part: str, moment: float) -> None:
    await asyncio.sleep(moment)
    await stack.kill(part)


async def _live(stack: Stack, name: str, service: str, began: datetime) -> None:
    """One incident's outside world: a sender that insists, an approver, a monitor that sees the recovery."""
    (number,) = await stack.send(alert(name, service, began))
    workflow_id = f"incident-{service}"
    resolved = False
    async with asyncio.timeout(120):
        while True:
            answer = await stack.ask("GET", f"/incidents/{number}")
            view = answer.json() if answer is not None and answer.status_code == 200 else {}
            phase = view.get("state", {}).get("phase")
            if phase == "approve":
                await stack.ask("POST", f"/incidents/{number}/approve", json={"digest": view["digest"]})
            if phase == "watch" and not resolved:
                await stack.send(alert(name, service, began, firing=False))
                resolved = True
            if phase == "closed":
                break
            await asyncio.sleep(0.1)
    described = await stack.client.get_workflow_handle(workflow_id).describe()
    assert described.status is WorkflowExecutionStatus.COMPLETED
    closed = await stack.client.get_workflow_handle(workflow_id, result_type=Closed).result()
    assert (closed.number, closed.outcome) == (number, Outcome.FIXED)
    journal = list((stack.folder / "data" / "journal").glob(f"{number}.*"))
    assert sorted(path.suffix for path in journal) == [".json", ".md"]
