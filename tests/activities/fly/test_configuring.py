"""A variable of the environment, machine after machine."""

import pytest

from activities.fly.client import Fly
from activities.fly.set_config import SetConfig
from sandbox.fly.application import FlyApp
from sandbox.world import Sandbox
from stanch.errors import PolicyError
from stanch.model.change import Change
from tests.activities.fly.flying import carried_out, one_more, planned


@pytest.fixture
def verb(app: FlyApp, fly: Fly) -> SetConfig:
    for image in app.images.values():
        image.good = True
    return SetConfig(fly)


async def of_backoff(verb: SetConfig) -> Change:
    return await planned(verb, key="BACKOFF", value="on")


def values(app: FlyApp) -> list[str | None]:
    return [machine.config["env"].get("BACKOFF") for machine in app.standing()]


async def test_a_variable_is_set_everywhere_and_taken_away_again(
    sandbox: Sandbox, app: FlyApp, verb: SetConfig
) -> None:
    change = await of_backoff(verb)

    await carried_out(sandbox, verb, change)
    forth = values(app)
    await carried_out(sandbox, verb, change.undone())

    assert (forth, values(app)) == (["on", "on"], [None, None])


@pytest.mark.parametrize("key", ["DATABASE_URL", "CLERK_SECRET_KEY", "PAY_API_KEY", "SENTRY_DSN"])
async def test_a_secret_is_no_variable_that_all_may_see(verb: SetConfig, key: str) -> None:
    with pytest.raises(PolicyError, match="holds-a-secret"):
        await planned(verb, key=key, value="x")


async def test_a_name_that_the_app_keeps_as_a_secret_is_not_set_beside_it(
    app: FlyApp, verb: SetConfig
) -> None:
    app.keep_secret("MODE", "hidden")

    with pytest.raises(PolicyError, match="is a secret of the app"):
        await planned(verb, key="MODE", value="x")


async def test_what_is_too_long_to_be_shown_is_not_replaced(app: FlyApp, verb: SetConfig) -> None:
    machine = app.standing()[0]
    machine.config = {**machine.config, "env": {"BACKOFF": "x" * 201}}

    with pytest.raises(PolicyError, match="not-a-flag"):
        await of_backoff(verb)


async def test_a_machine_that_appears_meanwhile_makes_the_plan_stale(
    sandbox: Sandbox, app: FlyApp, verb: SetConfig
) -> None:
    change = await of_backoff(verb)
    one_more(app, app.releases[0].image_ref)

    with pytest.raises(PolicyError, match="target-grew"):
        await carried_out(sandbox, verb, change)


async def test_an_app_without_machines_has_no_environment(app: FlyApp, verb: SetConfig) -> None:
    app.machines.clear()

    with pytest.raises(PolicyError, match="nothing-runs"):
        await of_backoff(verb)


async def test_a_person_would_update_each_machine(app: FlyApp, verb: SetConfig) -> None:
    first = app.standing()[0].id

    commands = verb.commands(await of_backoff(verb))

    assert commands[0] == f"fly machine update {first} --env BACKOFF=on --app slurpy-backend --yes"


async def test_a_lower_number_is_told_to_whoever_approves_it(app: FlyApp, verb: SetConfig) -> None:
    for machine in app.standing():
        machine.config = {**machine.config, "env": {"LIMIT": "2000"}}

    change = await planned(verb, key="LIMIT", value=1000)

    assert change.summary.endswith(": from 2000 to 1000 (lower)")
