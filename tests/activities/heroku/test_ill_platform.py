"""Heroku itself on a bad night: an API that only reads, accounts in trouble, logs with holes."""

from datetime import timedelta
from typing import Any

import pytest

from activities.contract import Verb
from activities.converging import converge
from activities.heroku.client import Heroku
from activities.heroku.maintenance import Maintenance
from activities.heroku.readings import ReadReleases, ReadStatus
from activities.heroku.records import ReadLogs
from activities.heroku.reset_connections import ResetConnections
from activities.heroku.restart import Restart
from activities.heroku.roll_back import RollBack
from activities.heroku.run import Run
from activities.heroku.scale import Scale
from activities.heroku.set_config import SetConfig
from activities.heroku.set_secret import SetSecret
from sandbox.heroku import refusals
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.scenes import BACKEND
from sandbox.heroku.world import HerokuWorld
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Unauthorized, Unavailable
from tests.activities.heroku.herokuing import asked, carried_out, operations, planned

VERBS: list[tuple[type[Verb], dict[str, Any]]] = [
    (RollBack, {}),
    (SetConfig, {"key": "CACHE_TTL", "value": "60"}),
    (SetSecret, {"key": "SEARCH_TOKEN", "value": {"secret": "stripe"}}),
    (Scale, {"count": 3}),
    (Restart, {}),
    (Run, {"command": "true"}),
    (Maintenance, {"on": True}),
    (ResetConnections, {}),
]
every_verb = pytest.mark.parametrize(("kind", "arguments"), VERBS, ids=lambda one: str(one)[-30:])
MOVED = "postgres://quest:second-password-of-quest@db2.example:5432/quest"


def container(app: HerokuApp) -> None:
    """Releases of a container app have no slug."""
    for release in app.releases:
        release.slug = None


@every_verb
async def test_an_api_that_only_reads_is_said_to_and_asked_again_and_reads_go_on(
    sandbox: Sandbox, heroku: Heroku, kind: type[Verb], arguments: dict[str, Any]
) -> None:
    sandbox.of(HerokuWorld).refuses_writes = refusals.READ_ONLY
    verb = kind(heroku)
    change = await planned(verb, **arguments)

    with pytest.raises(Unavailable, match=r"takes no changes now, .* see status\.heroku\.com"):
        await converge(verb, change, set())

    assert (await asked(ReadStatus(heroku))).count == 3
    assert operations(sandbox) == []


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (refusals.DELINQUENT, "a bill of the account or team is unpaid"),
        (refusals.SUSPENDED, "only Heroku's support lifts that"),
        (refusals.UNVERIFIED, "has to be verified"),
    ],
    ids=lambda one: str(one)[:20],
)
async def test_trouble_with_the_account_is_told_as_that_and_not_as_a_broken_credential(
    sandbox: Sandbox, heroku: Heroku, refusal: Any, says: str
) -> None:
    verb = RollBack(heroku)
    change = await planned(verb)
    sandbox.of(HerokuWorld).refuses_writes = refusal

    with pytest.raises(Rejected, match=says) as refused:
        await converge(verb, change, set())

    assert (type(refused.value), refused.value.status) == (Rejected, refusal.status)


async def test_a_scope_that_does_not_do_is_still_the_credentials_fault(
    sandbox: Sandbox, heroku: Heroku
) -> None:
    verb = RollBack(heroku)
    change = await planned(verb)
    sandbox.of(HerokuWorld).refuses_writes = refusals.refuse(403, "The scope does not allow this.")

    with pytest.raises(Unauthorized):
        await converge(verb, change, set())


async def test_what_heroku_refuses_for_good_is_told_in_its_own_words(
    sandbox: Sandbox, heroku: Heroku
) -> None:
    verb = Scale(heroku)
    change = await planned(verb, count=3)
    said = "App must be deployed before dynos can be scaled"
    sandbox.of(HerokuWorld).refuses_writes = refusals.refuse(422, said)

    with pytest.raises(Rejected, match=said):
        await converge(verb, change, set())


# Container apps


async def test_of_a_container_app_the_release_that_brought_the_code_is_said_to_run(
    heroku: Heroku, app: HerokuApp
) -> None:
    container(app)

    result = await asked(ReadReleases(heroku))

    assert (result.name, result.previous, result.config_changes) == ("v42", "v41", 0)


async def test_a_config_change_of_a_container_app_brings_no_code(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    container(app)
    sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL="60")

    result = await asked(ReadReleases(heroku))

    assert (result.name, result.config_changes) == ("v42", 1)


async def test_no_release_of_a_container_app_is_chosen_by_guessing(heroku: Heroku, app: HerokuApp) -> None:
    container(app)

    with pytest.raises(PolicyError, match=f"name one by `release:`; heroku releases -a {BACKEND}") as refused:
        await planned(RollBack(heroku))

    assert refused.value.rule == "nothing-to-roll-back-to"


async def test_a_release_of_a_container_app_that_is_named_is_gone_back_to_and_from(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    container(app)
    verb = RollBack(heroku)
    change = await planned(verb, release=40)

    await carried_out(sandbox, verb, change)
    back = await asked(ReadReleases(heroku))
    await carried_out(sandbox, verb, change.undone())

    assert (back.name, back.is_newest) == ("v43", True)
    assert [release.description for release in app.releases[:2]] == ["Rollback to v42", "Rollback to v40"]


# Logs


async def test_a_line_that_is_glued_to_what_heroku_says_of_dropped_ones_keeps_its_source(
    heroku: Heroku, app: HerokuApp
) -> None:
    app.log.lose(3, app.origin.now())
    app.say("app", "web.1", "ERROR no more connections")

    counted = await asked(ReadLogs(heroku), matching=["no more connections"], source="app", within="15m")

    assert (counted.count, counted.is_cut) == (1, True)


# Add-ons


@pytest.mark.parametrize(("kind", "arguments"), VERBS[:3], ids=lambda one: str(one)[-30:])
async def test_an_add_on_that_moves_its_database_has_changed_nothing_that_was_planned(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp, kind: type[Verb], arguments: dict[str, Any]
) -> None:
    verb = kind(heroku)
    change = await planned(verb, **arguments)
    sandbox.of(HerokuWorld).fail_over(BACKEND, MOVED)

    await carried_out(sandbox, verb, change)

    assert len(operations(sandbox)) == 1


@pytest.mark.parametrize(("kind", "arguments"), VERBS[:3], ids=lambda one: str(one)[-30:])
async def test_an_add_on_that_moves_its_database_after_a_change_is_nobodys_undo(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp, kind: type[Verb], arguments: dict[str, Any]
) -> None:
    verb = kind(heroku)
    change = await planned(verb, **arguments)
    done = await carried_out(sandbox, verb, change)
    sandbox.pass_time(timedelta(minutes=1))
    sandbox.of(HerokuWorld).fail_over(BACKEND, MOVED)

    await carried_out(sandbox, verb, change, done)

    assert app.config["DATABASE_URL"] == MOVED or kind is RollBack
    assert len(operations(sandbox)) == 1
