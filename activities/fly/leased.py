"""Updating one machine under Fly's own locks: its lease, and the version the update was made from."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from activities.contract import Seen, Verb
from activities.fly.answers import MARK, Machine
from activities.fly.client import Fly
from activities.fly.listing import NOT_COMPARED
from activities.fly.patient_api import has_written
from stanch.errors import Rejected
from stanch.model.change import Change

Config = dict[str, Any]
GONE = Seen("a machine that no longer exists")


def settling_of(machine: Machine, change: Change, *, ours: bool = True) -> str:
    """What is still under way: what went back, or was brought here by somebody else, only has to stand."""
    return machine.settling if ours and not change.goes_back else machine.moving


def refuse_failed(machine: Machine, change: Change, *, ours: bool = True) -> None:
    """Raise where Fly gave up on a machine: the ones after it are left as they are.

    What was brought where it was before, or by somebody else, may crash there as it did.
    """
    if machine.has_failed:
        raise Rejected("fly", f"machine {machine.id} is {machine.state} on {machine.image}")
    if machine.has_crashed and ours and not change.goes_back:
        raise Rejected("fly", f"machine {machine.id} has crashed on {machine.image} and does not start again")


NOT_TOLD = "Fly's releases cannot be read now: leases alone tell of somebody's deployment"
"""Said in a plan that goes without them."""


def left_alone(machines: Iterable[Machine], *, compared: bool, told: bool = True) -> tuple[str, ...]:
    """What is said of machines that nothing can be done about, and of what Fly does not tell now."""
    away = (
        f"machine {machine.id} stays as it is: its host does not answer"
        for machine in machines
        if not machine.is_reachable
    )
    return (*away, *(() if compared else (NOT_COMPARED,)), *(() if told else (NOT_TOLD,)))


def time_to_stop(verb: Verb[Any], machines: Iterable[Machine]) -> timedelta:
    """What a verb takes, and as long as each of these machines may take to stop, one after the other."""
    return sum((machine.stops_within for machine in machines), verb.spec.takes)


@asynccontextmanager
async def leased(fly: Fly, change: Change, machine_id: str) -> AsyncIterator[tuple[Machine, dict[str, str]]]:
    """The machine as it is now, and the header that proves our lease on it.

    Both are asked for at once: whoever changed it in between is found by the version that an update names.
    """
    app = change.target.name
    reading = asyncio.ensure_future(fly.listed_machine(app, machine_id))
    try:
        nonce = await fly.take_lease(app, machine_id, change.marker)
        has_written.set(True)
        try:
            yield await reading, {"fly-machine-lease-nonce": nonce}
        finally:
            await fly.drop_lease(app, machine_id, nonce)
    finally:
        reading.cancel()


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
        config["metadata"] = {**(config.get("metadata") or {}), MARK: change.marker}
        await fly.api.post(
            f"apps/{change.target.name}/machines/{machine_id}",
            {
                "config": config,
                "current_version": machine.instance_id,
                "skip_launch": machine.is_to_stand_still,
            },
            headers=lease,
        )
