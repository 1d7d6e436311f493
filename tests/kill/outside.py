"""The world around two incidents: a sender that insists, an approver, a monitor that sees the recovery."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from stack import Stack, alert
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from stanch.model.incident import Outcome, Phase
from stanch.model.record import Closed

PATIENCE = 300.0
"""Many times what an incident takes, also on a slow machine and with its worker stopped in between."""
_STEP = 0.1


async def both(stack: Stack) -> None:
    """Two incidents from their alerts to their post-mortems; both of them end fixed."""
    began = datetime.now(UTC) - timedelta(minutes=2)
    async with asyncio.TaskGroup() as group:
        group.create_task(_fixed(stack, "SiteDown", "backend", began))
        group.create_task(_fixed(stack, "CheckoutDown", "shop", began))


async def _fixed(stack: Stack, name: str, service: str, began: datetime) -> None:
    (number,) = await stack.send(alert(name, service, began), patience=PATIENCE)
    await _approved_and_recovered(stack, number)
    await stack.send(alert(name, service, began, firing=False), patience=PATIENCE)
    await _closed(stack, number)
    async with asyncio.timeout(PATIENCE):
        closed = await _end(stack.client.get_workflow_handle(f"incident-{service}", result_type=Closed))
    assert (closed.number, closed.outcome) == (number, Outcome.FIXED)
    journal = (stack.folder / "data" / "journal").glob(f"{number}.*")
    assert sorted(path.suffix for path in journal) == [".json", ".md"]


async def _approved_and_recovered(stack: Stack, number: str) -> None:
    async for state in _looks(stack, number):
        assert state.get("phase") not in (Phase.CLOSE, Phase.CLOSED), _last_words(state)
        if state.get("phase") == Phase.APPROVE:
            await stack.ask("POST", f"/incidents/{number}/approve", json={"digest": state["digest"]})
        if state.get("phase") == Phase.WATCH:
            return


async def _closed(stack: Stack, number: str) -> None:
    async for state in _looks(stack, number):
        if state.get("phase") == Phase.CLOSED:
            return


async def _looks(stack: Stack, number: str) -> AsyncIterator[dict[str, Any]]:
    """The incident again and again; fails with its last words where a person gets it or nothing happens."""
    now = asyncio.get_running_loop().time
    until = now() + PATIENCE
    while True:
        state = await _seen(stack, number)
        assert state.get("phase") != Phase.HANDED_OVER, _last_words(state)
        assert now() < until, _last_words(state)
        yield state
        await asyncio.sleep(_STEP)


async def _seen(stack: Stack, number: str) -> dict[str, Any]:
    """The incident's state with the digest that waits; empty while nobody can say it."""
    answer = await stack.ask("GET", f"/incidents/{number}")
    if answer is None or answer.status_code != httpx.codes.OK:
        return {}
    view = answer.json()
    return {**view["state"], "digest": view["digest"]}


async def _end(handle: WorkflowHandle[Any, Closed]) -> Closed:
    """How it ended: the phase is closed a moment before the workflow is, and Temporal may be away."""
    while True:
        try:
            return await handle.result()
        except RPCError:
            await asyncio.sleep(_STEP)


def _last_words(state: dict[str, Any]) -> str:
    said = [entry["text"] for entry in state.get("timeline", ())]
    return "\n".join([f"{state.get('phase', 'nobody answers')} after:", *said[-12:]])
