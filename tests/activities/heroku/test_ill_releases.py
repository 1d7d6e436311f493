"""Releases on a bad night: visitors that come late, what crashes always, phases that fail or hang."""

from datetime import timedelta
from typing import Any

import pytest

from activities.contract import Verb
from activities.converging import converge
from activities.heroku.client import Heroku
from activities.heroku.readings import ReadReleases, ReadStatus
from activities.heroku.restart import Restart
from activities.heroku.roll_back import RollBack
from activities.heroku.run import Run
from activities.heroku.scale import Scale
from activities.heroku.set_config import SetConfig
from activities.heroku.set_secret import SetSecret
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.scenes import BACKEND
from sandbox.heroku.world import HerokuWorld
from sandbox.world import Sandbox
from stanch.errors import PolicyError, PutBack, Rejected, Still
from stanch.model.change import Target
from tests.activities.heroku.cases import APP
from tests.activities.heroku.herokuing import all_up, asked, carried_out, operations, planned

WORKER = Target(provider="heroku", name=BACKEND, at={"app": BACKEND, "process_type": "worker"})
RELEASING: list[tuple[type[Verb], dict[str, Any]]] = [
    (RollBack, {}),
    (SetConfig, {"key": "CACHE_TTL", "value": "60"}),
    (SetSecret, {"key": "SEARCH_TOKEN", "value": {"secret": "stripe"}}),
]
each_release = pytest.mark.parametrize(("kind", "arguments"), RELEASING, ids=lambda one: str(one)[-30:])
LEFT = timedelta(hours=2)


def served(app: HerokuApp) -> set[str]:
    """The releases that visitors get."""
    return {one.release for one in app.instances()}


def crashes_always(sandbox: Sandbox, app: HerokuApp) -> None:
    """A worker that crashed weeks ago, and nobody needs."""
    app.types["worker"].crashes = True
    for dyno in app.dynos:
        if dyno.type == "worker":
            app.restart(dyno)
    all_up(sandbox)
    for dyno in app.dynos:
        dyno.state = "crashed" if dyno.type == "worker" else "up"


# Visitors come late where preboot is on


@each_release
async def test_with_preboot_a_release_is_done_only_when_visitors_have_it(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp, kind: type[Verb], arguments: dict[str, Any]
) -> None:
    app.routing.preboot = True
    verb = kind(heroku)
    change = await planned(verb, **arguments)
    assert served(app) == {"v42"}

    await carried_out(sandbox, verb, change)

    assert served(app) == {"v43"}
    assert any("visitors get it about three minutes after" in effect for effect in change.effects)


async def test_while_visitors_get_the_old_dynos_it_is_said_until_when(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.routing.preboot = True
    verb = RollBack(heroku)
    change = await planned(verb)
    await verb.write(change, change.units[0])
    sandbox.pass_time(timedelta(minutes=1))
    all_up(sandbox)

    with pytest.raises(Still, match=r"v43 is up, and visitors get it from about 03:03:00 UTC on \(preboot\)"):
        await converge(verb, change, {"release"})

    assert served(app) == {"v42"}


async def test_a_way_back_is_not_done_before_visitors_are_back_either(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.routing.preboot = True
    verb = RollBack(heroku)
    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert served(app) == {"v44"}


async def test_without_preboot_nobody_waits_for_routers(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    begun = sandbox.clock.now()

    await carried_out(sandbox, RollBack(heroku), await planned(RollBack(heroku)))

    assert sandbox.clock.now() - begun < timedelta(minutes=2)


# What has crashed for weeks


@each_release
async def test_a_worker_that_crashed_for_weeks_keeps_no_release_from_settling(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp, kind: type[Verb], arguments: dict[str, Any]
) -> None:
    crashes_always(sandbox, app)
    verb = kind(heroku)
    change = await planned(verb, **arguments)

    await carried_out(sandbox, verb, change)

    assert "every worker dyno has crashed already: whether it comes up is not waited for" in change.effects
    assert [dyno.state for dyno in app.dynos if dyno.type == "worker"] == ["crashed"]


async def test_a_worker_that_was_well_and_crashes_with_the_release_is_waited_for(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = RollBack(heroku)
    change = await planned(verb)
    app.types["worker"].crashes = True

    with pytest.raises(AssertionError, match="it never stood"):
        await carried_out(sandbox, verb, change)


async def test_web_dynos_that_have_all_crashed_are_waited_for_all_the_same(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    for dyno in app.dynos:
        dyno.state = "crashed"

    change = await planned(RollBack(heroku))

    assert not any("every web dyno" in effect for effect in change.effects)


async def test_what_crashes_always_is_restarted_last_and_not_waited_for(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    crashes_always(sandbox, app)
    verb = Restart(heroku)
    change = await planned(verb)

    await carried_out(sandbox, verb, change)

    assert [unit.id for unit in change.units] == ["web.1", "web.2", "worker.1"]
    assert any("every worker dyno has crashed already" in effect for effect in change.effects)


async def test_what_crashes_always_is_waited_for_where_it_alone_is_restarted(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    crashes_always(sandbox, app)
    verb = Restart(heroku)

    with pytest.raises(AssertionError, match="it never stood"):
        await carried_out(sandbox, verb, await planned(verb, WORKER))


# Release phases that fail, hang, or run side by side


@each_release
async def test_a_release_phase_that_fails_is_met_once_and_config_vars_stay_old_meanwhile(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp, kind: type[Verb], arguments: dict[str, Any]
) -> None:
    app.phase_seconds, app.phase_ends = 25, "failed"
    before, verb = dict(app.config), kind(heroku)

    with pytest.raises((PutBack, Rejected), match="the release phase of v43"):
        await carried_out(sandbox, verb, await planned(verb, **arguments))

    assert app.config == before
    assert len(operations(sandbox)) == 1


async def test_a_release_phase_that_fails_when_config_vars_are_put_back_is_met_once(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = RollBack(heroku)
    change = await planned(verb, release=40, keep=["REDIS_CACHE_ENABLED"])
    await verb.write(change, change.units[0])
    app.phase_seconds, app.phase_ends = 15, "failed"

    with pytest.raises(PutBack, match="the release phase of v44"):
        await carried_out(sandbox, verb, change, {"release"})

    assert operations(sandbox) == ["rollback", "set_config"]


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [*RELEASING, (Restart, {}), (Run, {"command": "true"})],
    ids=lambda one: str(one)[-30:],
)
async def test_who_is_in_the_way_is_said_with_what_ends_a_phase_that_hangs(
    sandbox: Sandbox, heroku: Heroku, kind: type[Verb], arguments: dict[str, Any]
) -> None:
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    with pytest.raises(PolicyError) as refused:
        await planned(kind(heroku), **arguments)

    assert "by lee@team.example is pending for 0 minutes; a release phase may take an hour" in str(
        refused.value
    )
    assert f"heroku ps:stop --dyno-name release.NUMBER -a {BACKEND}" in str(refused.value)


async def test_our_own_phase_that_hangs_is_told_with_the_dyno_to_stop(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.phase_seconds = 90
    verb = RollBack(heroku)
    change = await planned(verb)
    await verb.write(change, change.units[0])

    with pytest.raises(Still, match=rf"heroku ps:stop --dyno-name release\.1043 -a {BACKEND}"):
        await converge(verb, change, {"release"})


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [*RELEASING, (Restart, {}), (Run, {"command": "true"})],
    ids=lambda one: str(one)[-30:],
)
async def test_a_release_that_is_pending_for_longer_than_any_may_is_nobodys_work(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp, kind: type[Verb], arguments: dict[str, Any]
) -> None:
    stuck = app.released("Deploy 0badc0de", app.slug(), LEFT)
    stuck.status, stuck.reads_left = "pending", 10_000
    all_up(sandbox)
    for dyno in app.dynos:
        dyno.release = app.releases[1]
    verb = kind(heroku)

    change = await planned(verb, **arguments)
    await carried_out(sandbox, verb, change)

    if kind is not Restart:
        assert any("v43 is pending since 2026-11-21 01:00 UTC" in effect for effect in change.effects)


async def test_a_release_left_pending_is_no_deployment_under_way(heroku: Heroku, app: HerokuApp) -> None:
    stuck = app.released("Deploy 0badc0de", app.slug(), LEFT)
    stuck.status, stuck.reads_left = "pending", 10_000

    assert (await asked(ReadReleases(heroku))).deploying is False


async def test_an_older_release_that_is_still_pending_is_waited_for_too(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = SetConfig(heroku)
    change = await planned(verb, key="CACHE_TTL", value="60")
    await verb.write(change, change.units[0])
    app.releases[0].status, app.releases[0].reads_left = "pending", 10_000
    sandbox.of(HerokuWorld).set_config(BACKEND, DB_POOL_MAX="11")
    all_up(sandbox)

    with pytest.raises(Still, match="v43 is pending"):
        await converge(verb, change, {change.units[0].id})


async def test_the_dyno_of_a_release_phase_is_none_of_the_apps(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.add_type("release", 0)
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    status = await asked(ReadStatus(heroku))

    assert (status.count, status.one_off, status.mixed) == (3, 1, False)


# Dynos


async def test_a_dyno_that_heroku_knows_by_its_name_only_is_restarted_by_it(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.knows_dynos_by_id = False
    verb = Restart(heroku)

    await carried_out(sandbox, verb, await planned(verb))

    assert operations(sandbox) == ["restart_dyno"] * 3


async def test_a_new_worker_that_crashes_is_waited_for_by_who_asked_for_it(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    crashes_always(sandbox, app)
    verb = Scale(heroku)

    with pytest.raises(AssertionError, match="it never stood"):
        await carried_out(sandbox, verb, await planned(verb, APP, count=2, process_type="worker"))
