"""Larger machines at Fly: at least such a size, never beyond the limit, and never less of anything."""

from typing import Any

import pytest

from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.scale import Scale
from activities.fly.sizes import SIZES
from sandbox.fly.application import FlyApp, Machine
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected
from tests.activities.fly.flying import carried_out, operations, planned, still_at_it

ONE = {"cpu_kind": "shared", "cpus": 1, "memory_mb": 256}
TWO = {"cpu_kind": "shared", "cpus": 2, "memory_mb": 512}


@pytest.fixture
def verb(fly: Fly, app: FlyApp) -> Scale:
    for image in app.images.values():
        image.good = True
    return Scale(fly)


def resize(machine: Machine, **guest: Any) -> None:
    machine.config = {**machine.config, "guest": {**machine.config["guest"], **guest}}


def guests(app: FlyApp) -> list[dict[str, Any]]:
    return [machine.config["guest"] for machine in app.standing()]


async def test_only_smaller_machines_become_larger(sandbox: Sandbox, app: FlyApp, verb: Scale) -> None:
    large, small = app.standing()
    resize(large, cpu_kind="performance", cpus=1, memory_mb=2048)

    change = await planned(verb, size="shared-cpu-2x")
    await carried_out(sandbox, verb, change)

    assert [(unit.id, unit.was, unit.to) for unit in change.units] == [(small.id, ONE, TWO)]
    assert guests(app) == [{"cpu_kind": "performance", "cpus": 1, "memory_mb": 2048}, TWO]


@pytest.mark.parametrize("size", ["shared-cpu-2x", {"at_least": "shared-cpu-2x"}])
async def test_where_every_machine_is_large_enough_nothing_is_to_do(
    app: FlyApp, verb: Scale, size: Any
) -> None:
    for machine in app.standing():
        resize(machine, cpus=4, memory_mb=1024)

    change = await planned(verb, size=size)

    assert (change.units, change.nothing_to_do) == ((), "every machine is at least shared-cpu-2x")


async def test_the_limit_caps_the_size(app: FlyApp, verb: Scale) -> None:
    change = await planned(verb, size="performance-4x", largest_size="shared-cpu-2x")

    assert [unit.to for unit in change.units] == [TWO, TWO]
    assert change.limits == {"largest_size": "shared-cpu-2x"}
    assert change.because == "performance-4x wanted; shared-cpu-2x is the largest allowed"


async def test_at_the_largest_size_nothing_is_to_do_and_it_says_why(verb: Scale) -> None:
    change = await planned(verb, size="shared-cpu-2x", largest_size="shared-cpu-1x")

    assert change.units == ()
    assert change.nothing_to_do == "largest size allowed is shared-cpu-1x: cap reached"


async def test_of_two_owners_limits_the_smaller_size_holds(verb: Scale) -> None:
    allowed = ["performance-1x", "shared-cpu-2x"]

    change = await planned(verb, size="performance-4x", largest_size=allowed)

    assert change.limits == {"largest_size": "shared-cpu-2x"}


async def test_a_limit_that_is_no_size_of_flys_allows_nothing(verb: Scale) -> None:
    with pytest.raises(PolicyError) as refused:
        await planned(verb, size="shared-cpu-2x", largest_size="m5.large")

    assert refused.value.rule == "largest-size"


@pytest.mark.parametrize(
    ("memory", "size", "becomes"),
    [(1024, "shared-cpu-2x", 1024), (512, "shared-cpu-4x", 1024), (2048, "performance-1x", 2048)],
)
async def test_a_larger_machine_never_has_less_memory(
    app: FlyApp, verb: Scale, memory: int, size: str, becomes: int
) -> None:
    resize(app.standing()[0], memory_mb=memory)

    change = await planned(verb, size=size)

    assert change.units[0].to == {**SIZES[size], "memory_mb": becomes}


async def test_a_size_that_cannot_hold_the_memory_of_now_is_refused(app: FlyApp, verb: Scale) -> None:
    for machine in app.standing():
        resize(machine, cpus=8, memory_mb=16384)

    with pytest.raises(PolicyError) as refused:
        await planned(verb, size="performance-1x")

    assert refused.value.rule == "less-memory"


@pytest.mark.parametrize(
    ("cpus", "memory", "becomes"),
    [
        (1, 256, TWO),
        (1, 1024, {**TWO, "memory_mb": 2048}),
        (8, 2048, {**SIZES["performance-1x"], "memory_mb": 4096}),
        (8, 16384, {**SIZES["performance-4x"], "memory_mb": 32768}),
    ],
)
async def test_the_next_size_comes_with_twice_the_memory(
    app: FlyApp, verb: Scale, cpus: int, memory: int, becomes: dict[str, Any]
) -> None:
    for machine in app.standing():
        resize(machine, cpus=cpus, memory_mb=memory)

    change = await planned(verb, size="+1")

    assert [unit.to for unit in change.units] == [becomes, becomes]


async def test_the_next_size_is_that_after_the_smallest_machines(app: FlyApp, verb: Scale) -> None:
    large, small = app.standing()
    resize(large, cpus=2, memory_mb=512)

    change = await planned(verb, size="+1")

    assert [unit.id for unit in change.units] == [small.id]


async def test_beyond_the_largest_size_there_is_none(app: FlyApp, verb: Scale) -> None:
    for machine in app.standing():
        resize(machine, **SIZES["performance-16x"])

    change = await planned(verb, size="+1")

    assert change.nothing_to_do == "every machine is at least performance-16x"


async def test_the_limit_caps_the_next_size_too(verb: Scale) -> None:
    change = await planned(verb, size="+1", largest_size="shared-cpu-1x")

    assert change.nothing_to_do == "largest size allowed is shared-cpu-1x: cap reached"


async def test_everything_else_of_a_machine_stays(sandbox: Sandbox, app: FlyApp, verb: Scale) -> None:
    machine = app.standing()[0]
    machine.config = {**machine.config, "guest": {**ONE, "kernel_args": ["quiet"]}}
    was = machine.config

    change = await planned(verb, size="shared-cpu-2x")
    await carried_out(sandbox, verb, change)

    metadata = {**was["metadata"], "stanch_change": change.marker}
    assert machine.config == {**was, "guest": {**TWO, "kernel_args": ["quiet"]}, "metadata": metadata}


async def test_the_next_machine_comes_only_when_the_one_before_is_healthy(
    sandbox: Sandbox, verb: Scale
) -> None:
    sandbox.pace.machine_checks = 90
    change, done = await planned(verb, size="shared-cpu-2x"), set[str]()

    await still_at_it(verb, change, done, attempts=4)

    assert operations(sandbox) == ["update_machine"]


async def test_a_machine_that_fails_stops_the_change_before_the_next(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    change, done = await planned(verb, size="shared-cpu-2x"), set[str]()
    await still_at_it(verb, change, done, attempts=1)
    first = app.standing()[0]
    first.state = "failed"
    first.timetable.clear()

    with pytest.raises(Rejected, match=f"{first.id} is failed"):
        await converge(verb, change, done)

    assert operations(sandbox) == ["update_machine"]


async def test_going_back_to_a_size_that_is_too_small_only_has_to_stand(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    change = await planned(verb, size="shared-cpu-2x")
    await carried_out(sandbox, verb, change)
    sandbox.services["backend"].memory_needed_mb = 300

    done = await carried_out(sandbox, verb, change.undone())

    assert (len(done), guests(app)) == (2, [ONE, ONE])


async def test_a_machine_that_somebody_made_larger_still_is_success(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    change = await planned(verb, size="shared-cpu-2x")
    theirs, ours = app.standing()
    resize(theirs, cpus=8, memory_mb=2048)

    assert await carried_out(sandbox, verb, change) == {ours.id}


async def test_a_machine_that_somebody_made_different_is_left_alone(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    change = await planned(verb, size="shared-cpu-4x")
    resize(app.standing()[0], cpus=2, memory_mb=512)

    with pytest.raises(Moved):
        await converge(verb, change, set())

    assert operations(sandbox) == []


async def test_a_machine_that_stands_still_is_resized_and_not_started(
    sandbox: Sandbox, app: FlyApp, verb: Scale
) -> None:
    still = app.standing()[0]
    still.state = "stopped"

    await carried_out(sandbox, verb, await planned(verb, size="shared-cpu-2x"))

    assert (still.state, guests(app)) == ("stopped", [TWO, TWO])
