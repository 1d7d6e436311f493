"""Updating one machine under Fly's own locks: its lease, and the version the update was made from."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from activities.fly.client import Fly, Machine
from stanch.model.change import Change

Config = dict[str, Any]


@asynccontextmanager
async def leased(fly: Fly, change: Change, machine_id: str) -> AsyncIterator[tuple[Machine, dict[str, str]]]:
    """The machine as it is now, and the header that proves our lease on it."""
    app = change.target.name
    nonce = await fly.take_lease(app, machine_id, change.marker)
    try:
        yield await fly.machine(app, machine_id), {"fly-machine-lease-nonce": nonce}
    finally:
        await fly.drop_lease(app, machine_id, nonce)


async def update(
    fly: Fly,
    change: Change,
    machine_id: str,
    stands: Callable[[Machine], bool],
    edit: Callable[[Config], Config],
) -> None:
    """Replace a machine's whole config by an edited copy, only where it still `stands` as planned.

    A machine that no longer does is left alone: the survey that follows says what became of it.
    """
    async with leased(fly, change, machine_id) as (machine, lease):
        if not stands(machine):
            return
        config = edit(machine.config)
        config["metadata"] = {
            **machine.metadata,
            **config.get("metadata", {}),
            "stanch_change": change.marker,
        }
        await fly.api.post(
            f"apps/{change.target.name}/machines/{machine_id}",
            {
                "config": config,
                "current_version": machine.instance_id,
                "skip_launch": machine.state in {"stopped", "suspended"},
            },
            headers=lease,
        )
