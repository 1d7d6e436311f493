"""Updates that take long, are given up or find no room, and what stands still for other reasons."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from activities.contract import Verb
from activities.converging import converge
from activities.fly.answers import Machine
from activities.fly.client import Fly
from activities.fly.history import ReadLogs
from activities.fly.restart import Restart
from activities.fly.roll_back import RollBack
from activities.fly.scale import Scale
from activities.fly.set_config import SetConfig
from activities.fly.set_secret import SetSecret
from activities.send_log import SendLog
from sandbox.fly.application import FlyApp
from sandbox.fly.machine import lend_to_someone_else
from sandbox.world import Sandbox
from stanch.errors import PolicyError, PutBack, Rejected, Still
from stanch.model.change import Change
from stanch.model.evidence import Look
from tests.activities.contract.bench import PATIENCE
from tests.activities.contract.case import AT
from tests.activities.fly.cases import BACKEND
from tests.activities.fly.flying import carried_out, fly_of, image_of, images_of, planned

Asked = tuple[type[Verb], dict[str, Any]]
SIZE: Asked = (Scale, {"size": "shared-cpu-2x", "largest_size": "shared-cpu-2x"})
SECRET: Asked = (SetSecret, {"key": "SEARCH_TOKEN", "value": {"secret": "search"}})
UPDATING: list[Asked] = [
    (RollBack, {}),
    (Restart, {}),
    SIZE,
    (SetConfig, {"key": "LIMIT", "value": 1000}),
    SECRET,
]
EACH = timedelta(minutes=2)


@pytest.fixture
def fly(sandbox: Sandbox, tmp_path: Any) -> Fly:
    (tmp_path / "search").write_text("a new value of search_token")
    return fly_of(sandbox, team_secrets={"search": f"file:{tmp_path / 'search'}"})


@pytest.fixture
def well(app: FlyApp) -> None:
    for image in app.images.values():
        image.good = True


# A process that takes all the time it may to stop


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("asked", UPDATING, ids=str)
async def test_a_change_has_the_time_that_each_machine_may_take_to_stop(
    sandbox: Sandbox, app: FlyApp, fly: Fly, asked: Asked
) -> None:
    for machine in app.standing():
        machine.config = {**machine.config, "stop_config": {"timeout": "120s"}}
        machine.lingers = True
    verb, begun = asked[0](fly), sandbox.clock.now()
    change = await planned(verb, **asked[1])

    await carried_out(sandbox, verb, change)

    took = sandbox.clock.now() - begun
    assert took >= 2 * EACH
    assert change.settles_within == verb.spec.takes + 2 * EACH
    assert took < change.settles_within


async def test_a_restart_leaves_a_process_the_time_that_is_its_own(
    sandbox: Sandbox, app: FlyApp, fly: Fly, well: None
) -> None:
    app.standing()[0].config = {**app.standing()[0].config, "stop_config": {"timeout": "2m"}}
    verb = Restart(fly)

    await carried_out(sandbox, verb, await planned(verb))

    assert [effect.detail["timeout"] for effect in sandbox.ledger.effects()] == ["120s", "30s"]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(None, 5), ("10s", 10), ("1m30s", 90), ("2m", 120), ("500ms", 0.5), ("24h", 300), ("soon", 5)],
)
def test_how_long_a_machine_may_take_to_stop_is_read(told: str | None, seconds: float) -> None:
    config = {"stop_config": {"timeout": told}} if told else {}

    machine = Machine.model_validate({"id": "a", "state": "started", "config": config})

    assert machine.stops_within == timedelta(seconds=seconds)


# An update that is accepted and given up


@pytest.mark.usefixtures("well")
async def test_an_update_that_fly_gives_up_is_said_to_be_and_not_sent_again(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    app.images[image_of(app, 41)].pulls = False
    verb = RollBack(fly)

    with pytest.raises(PutBack, match="it did not keep the change"):
        await attempted_later_and_later(sandbox, verb, await planned(verb))

    updated = [effect.target for effect in sandbox.ledger.effects()]
    assert len(updated) == len(set(updated))
    assert set(images_of(app)) == {image_of(app, 42)}


async def attempted_later_and_later(sandbox: Sandbox, verb: Verb, change: Change) -> None:
    """Attempt after attempt, each with what those before it left."""
    known = SendLog(sandbox.clock.now())
    for _ in range(PATIENCE):
        with suppress(Still):
            await converge(verb, change, known)
        sandbox.pass_time(verb.look_again_in)
        known = SendLog.of(known.trail, sandbox.clock.now())


# A crash is not a wish, for secrets too


@pytest.mark.usefixtures("well")
async def test_what_crashed_is_started_with_a_secret_and_what_is_to_stand_still_is_not(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    crashed, made = app.standing()
    crashed.crash()
    made.state = "created"
    verb = SetSecret(fly)

    await carried_out(sandbox, verb, await planned(verb, **SECRET[1]))

    updates = [one for one in sandbox.ledger.effects() if one.operation == "fly.update_machine"]
    assert [effect.detail["skip_launch"] for effect in updates] == [False, True]


@pytest.mark.usefixtures("well")
async def test_what_the_proxy_stopped_for_want_of_visitors_stays_so(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    app.standing()[0].autostop()
    verb = RollBack(fly)

    await carried_out(sandbox, verb, await planned(verb))

    assert [machine.state for machine in app.standing()] == ["stopped", "started"]
    assert set(images_of(app)) == {image_of(app, 41)}


# No room on the host


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    "asked",
    [(Scale, {"count": 3}), (Scale, {"size": "shared-cpu-2x", "largest_size": "shared-cpu-2x"})],
    ids=str,
)
async def test_want_of_room_is_said_at_once_in_flys_words(
    sandbox: Sandbox, app: FlyApp, fly: Fly, asked: Asked
) -> None:
    app.has_room = False
    verb = asked[0](fly)

    with pytest.raises(Rejected, match="insufficient"):
        await carried_out(sandbox, verb, await planned(verb, **asked[1]))


# What is new is not found for a moment


@pytest.mark.usefixtures("well")
async def test_a_machine_that_was_just_made_is_waited_for_until_it_is_listed(
    sandbox: Sandbox, app: FlyApp, fly: Fly
) -> None:
    app.lists_new_after = timedelta(seconds=20)
    verb = Scale(fly)
    change = await planned(verb, count=3)
    done: set[str] = set()

    with pytest.raises(Still, match="accepted, not there yet"):
        await converge(verb, change, done)
    await carried_out(sandbox, verb, change, done)

    assert len(app.standing()) == 3


# Leases and logs


async def test_who_holds_a_machine_is_said_with_until_when(app: FlyApp, fly: Fly) -> None:
    lend_to_someone_else(app.standing()[0], ttl=13)

    with pytest.raises(PolicyError, match="by deployment until 03:00:13 UTC, if nobody takes it"):
        await planned(RollBack(fly))


async def test_a_line_whose_time_cannot_be_read_takes_no_other_with_it(app: FlyApp, fly: Fly) -> None:
    app.say("FATAL one", "error")
    app.say("FATAL two", "error")
    app.logs[-2]["attributes"]["timestamp"] = "0000-00-00T00:00:00Z"
    arguments = {"matching": ["FATAL"], "within": "15m"}

    counted = await ReadLogs(fly).read(Look(target=BACKEND, arguments=arguments, as_of=AT))

    assert (counted.count, counted.is_cut) == (1, True)


async def test_lines_of_which_no_time_can_be_read_are_of_another_shape(app: FlyApp, fly: Fly) -> None:
    app.say("FATAL one", "error")
    for line in app.logs:
        line["attributes"]["timestamp"] = "yesterday"

    with pytest.raises(Rejected, match="unknown shape"):
        await ReadLogs(fly).read(Look(target=BACKEND, arguments={"matching": ["FATAL"]}, as_of=AT))
