from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.converging import converge
from activities.heroku.client import Heroku
from activities.heroku.set_config import SetConfig, SetConfigArguments
from activities.heroku.set_secret import SetSecret, SetWebhookSecret
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.scenes import BACKEND
from sandbox.heroku.world import HerokuWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, PutBack, Rejected, Still
from stanch.model.verb import Approval
from tests.activities.heroku.herokuing import ROTATED, Team, carried_out, operations, planned


async def test_a_flag_is_a_release_and_has_arrived_when_every_dyno_carries_it(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = SetConfig(heroku)
    change = await planned(verb, key="REDIS_CACHE_ENABLED", value=False)

    with pytest.raises(Still, match=r"web\.1 is starting"):
        await converge(verb, change, set())
    await carried_out(sandbox, verb, change)

    assert {dyno.release.config["REDIS_CACHE_ENABLED"] for dyno in app.dynos} == {"false"}
    assert [(unit.was, unit.to) for unit in change.units] == [("true", "false")]
    assert app.releases[0].description == "Set REDIS_CACHE_ENABLED config vars"
    assert any("restarts every dyno" in effect for effect in change.effects)
    assert any("heroku.roll_back takes it back" in effect for effect in change.effects)


async def test_null_takes_a_config_var_away_and_its_undo_brings_it_back(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = SetConfig(heroku)
    change = await planned(verb, key="CACHE_TTL", value=None)

    await carried_out(sandbox, verb, change)
    assert "CACHE_TTL" not in app.config
    await carried_out(sandbox, verb, change.undone())

    assert app.config["CACHE_TTL"] == "300"
    assert SetConfig.commands(change) == [f"heroku config:unset CACHE_TTL -a {BACKEND}"]
    assert SetConfig.commands(change.undone()) == [f"heroku config:set CACHE_TTL=300 -a {BACKEND}"]


def test_a_secret_that_is_given_to_the_verb_for_open_values_is_sent_to_its_own() -> None:
    with pytest.raises(ValidationError, match=r"a secret is set by heroku\.set_secret"):
        SetConfigArguments.model_validate({"key": "DATABASE_URL", "secret": "database_url"})


async def test_a_new_flag_is_taken_away_by_its_undo(sandbox: Sandbox, heroku: Heroku, app: HerokuApp) -> None:
    verb = SetConfig(heroku)
    change = await planned(verb, key="READ_ONLY_MODE", value="on please")

    await carried_out(sandbox, verb, change)
    await carried_out(sandbox, verb, change.undone())

    assert "READ_ONLY_MODE" not in app.config
    assert SetConfig.commands(change) == [f"heroku config:set 'READ_ONLY_MODE=on please' -a {BACKEND}"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("STRIPE_API_KEY", "1"), ("SEARCH_TOKEN", "1"), ("REDIS_URL", "1")],
)
async def test_a_secret_is_no_flag_by_its_name(heroku: Heroku, key: str, value: str) -> None:
    with pytest.raises(PolicyError, match=r"heroku\.set_secret") as refused:
        await planned(SetConfig(heroku), key=key, value=value)

    assert refused.value.rule == "holds-a-secret"


@pytest.mark.parametrize("holds", ["amqp://quest:password-of-quest@queue.example", "x" * 201])
async def test_a_secret_is_no_flag_by_what_it_holds(heroku: Heroku, app: HerokuApp, holds: str) -> None:
    app.config["QUEUE"] = holds

    with pytest.raises(PolicyError) as refused:
        await planned(SetConfig(heroku), key="QUEUE", value="off")

    assert refused.value.rule == "holds-a-secret"
    assert holds not in str(refused.value)


@pytest.mark.parametrize(
    "given", [{"key": "A"}, {"key": "a b", "value": ""}, {"key": "A", "value": "x" * 201}]
)
def test_a_flag_has_a_name_and_a_short_value(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SetConfigArguments.model_validate(given)


async def test_a_config_var_of_an_add_on_is_the_add_ons(heroku: Heroku) -> None:
    with pytest.raises(PolicyError, match="postgresql-round-12345") as refused:
        await planned(SetSecret(heroku), key="DATABASE_URL", value={"secret": "stripe"})

    assert refused.value.rule == "belongs-to-an-add-on"


async def test_nothing_is_set_while_a_release_is_pending(sandbox: Sandbox, heroku: Heroku) -> None:
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    with pytest.raises(PolicyError) as refused:
        await planned(SetConfig(heroku), key="CACHE_TTL", value="60")

    assert refused.value.rule == "deployment-in-progress"


async def test_somebody_elses_pending_release_since_planning_is_waited_for(
    sandbox: Sandbox, heroku: Heroku
) -> None:
    verb = SetConfig(heroku)
    change = await planned(verb, key="CACHE_TTL", value="60")
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    with pytest.raises(Still, match="is pending"):
        await converge(verb, change, set())

    assert operations(sandbox) == []


async def test_a_release_phase_that_a_flag_set_off_is_waited_for_and_its_failure_is_said(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.phase_seconds, app.phase_ends = 15, "failed"
    verb = SetConfig(heroku)
    change = await planned(verb, key="CACHE_TTL", value="60")

    with pytest.raises(PutBack, match="release phase of v43"):
        await carried_out(sandbox, verb, change)
    app.phase_ends = "succeeded"
    await carried_out(sandbox, verb, change.undone())

    assert app.config["CACHE_TTL"] == "300"
    assert operations(sandbox) == ["set_config"]


async def test_somebodys_failed_deployment_since_is_not_taken_for_ours(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = SetConfig(heroku)
    change = await planned(verb, key="CACHE_TTL", value="60")
    await carried_out(sandbox, verb, change)
    app.released("Deploy 0bad0bad", app.slug(), timedelta(), status="failed")

    assert await carried_out(sandbox, verb, change) == set()


async def test_a_secret_comes_from_the_teams_store_and_is_nowhere_shown(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb, before = SetWebhookSecret(heroku), app.config["STRIPE_WEBHOOK_SECRET"]
    change = await planned(verb, key="STRIPE_WEBHOOK_SECRET", value={"secret": "stripe"})

    await carried_out(sandbox, verb, change)

    said = (
        change.model_dump_json() + " ".join(verb.commands(change)) + " ".join(verb.commands(change.undone()))
    )
    assert app.config["STRIPE_WEBHOOK_SECRET"] == ROTATED
    assert (ROTATED in said, before in said) == (False, False)
    assert verb.commands(change) == [f'heroku config:set STRIPE_WEBHOOK_SECRET="$STRIPE" -a {BACKEND}']


async def test_the_undo_of_a_secret_reads_what_stood_from_the_release_that_ran(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb, before = SetSecret(heroku), app.config["SEARCH_TOKEN"]
    change = await planned(verb, key="SEARCH_TOKEN", value={"secret": "stripe"})
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert app.config["SEARCH_TOKEN"] == before


async def test_the_undo_of_a_secret_is_refused_where_that_release_holds_another(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb, ran = SetSecret(heroku), app.releases[0]
    change = await planned(verb, key="SEARCH_TOKEN", value={"secret": "stripe"})
    await carried_out(sandbox, verb, change)
    ran.config["SEARCH_TOKEN"] = "another one"

    with pytest.raises(Rejected, match="SEARCH_TOKEN is no longer what was approved"):
        await carried_out(sandbox, verb, change.undone())

    assert app.config["SEARCH_TOKEN"] == ROTATED


async def test_a_secret_that_never_ran_cannot_be_restored_and_is_not_replaced(
    heroku: Heroku, app: HerokuApp
) -> None:
    app.config["SEARCH_TOKEN"] = "set by a release whose phase failed"

    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(heroku), key="SEARCH_TOKEN", value={"secret": "stripe"})

    assert refused.value.rule == "no-way-back"


async def test_a_secret_that_rotated_since_the_approval_is_not_written(
    sandbox: Sandbox, heroku: Heroku, team: Team
) -> None:
    change = await planned(SetSecret(heroku), key="SEARCH_TOKEN", value={"secret": "stripe"})
    (team.folder / "stripe").write_text("rotated once more")

    with pytest.raises(Moved, match="rotated"):
        await converge(SetSecret(heroku), change, set())

    assert operations(sandbox) == []


async def test_a_secret_can_be_taken_away(sandbox: Sandbox, heroku: Heroku, app: HerokuApp) -> None:
    verb = SetSecret(heroku)
    change = await planned(verb, key="SEARCH_TOKEN", value=None)

    await carried_out(sandbox, verb, change)

    assert "SEARCH_TOKEN" not in app.config
    assert verb.commands(change) == [f"heroku config:unset SEARCH_TOKEN -a {BACKEND}"]


@pytest.mark.parametrize("key", ["STRIPE_WEBHOOK_SECRET", "STRIPE_ENDPOINT_SECRET", "SLACK_SIGNING_KEY"])
async def test_what_webhooks_are_verified_with_takes_two_people(heroku: Heroku, key: str) -> None:
    with pytest.raises(PolicyError, match=r"heroku\.set_webhook_secret") as refused:
        await planned(SetSecret(heroku), key=key, value={"secret": "stripe"})

    assert refused.value.rule == "webhook-secret"
    assert (SetSecret.spec.floor, SetWebhookSecret.spec.floor) == (Approval.ONE, Approval.TWO)


async def test_taking_a_webhooks_secret_away_takes_two_people_too(heroku: Heroku) -> None:
    with pytest.raises(PolicyError, match=r"heroku\.set_webhook_secret"):
        await planned(SetSecret(heroku), key="STRIPE_WEBHOOK_SECRET", value=None)


@pytest.mark.parametrize("value", [{"secret": "stripe"}, None])
async def test_a_secret_that_is_not_what_it_is_said_to_be_is_not_replaced(
    heroku: Heroku, app: HerokuApp, team: Team, value: dict[str, str] | None
) -> None:
    before = {"secret": "former"}
    (team.folder / "former").write_text("what stood there once")

    with pytest.raises(PolicyError, match="former is not what SEARCH_TOKEN is now") as refused:
        await planned(SetSecret(heroku), key="SEARCH_TOKEN", value=value, before=before)
    (team.folder / "former").write_text(app.config["SEARCH_TOKEN"])
    change = await planned(SetSecret(heroku), key="SEARCH_TOKEN", value=value, before=before)

    assert refused.value.rule == "before-is-another"
    assert [unit.id for unit in change.units] == ["config:SEARCH_TOKEN"]


async def test_where_a_secret_stands_already_nothing_is_asked_of_what_stood_before(
    sandbox: Sandbox, heroku: Heroku, team: Team
) -> None:
    (team.folder / "former").write_text("what stood there once")
    verb, before = SetSecret(heroku), {"secret": "former"}
    await carried_out(sandbox, verb, await planned(verb, key="SEARCH_TOKEN", value={"secret": "stripe"}))

    again = await planned(verb, key="SEARCH_TOKEN", value={"secret": "stripe"}, before=before)

    assert (again.units, again.nothing_to_do) == ((), "SEARCH_TOKEN is so already")
