from datetime import timedelta
from typing import Any

import pytest

from activities.converging import converge
from activities.heroku.answers import Release
from activities.heroku.client import Heroku
from activities.heroku.roll_back import RollBack
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.scenes import BACKEND
from sandbox.heroku.world import HerokuWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still
from stanch.model.change import Change
from stanch.model.survey import At
from tests.activities.contract.case import MARKER
from tests.activities.heroku.cases import app_of
from tests.activities.heroku.herokuing import carried_out, operations, planned


def goal_of(change: Change) -> int:
    """The number of the release that is gone back to."""
    version: int = change.settings["goal"]["version"]
    return version


def going_back(change: Change) -> str:
    """What is said of the config vars that go back."""
    return next(effect for effect in change.effects if "go back" in effect or "goes back" in effect)


async def test_the_release_before_is_the_newest_with_another_slug_and_not_the_second_eligible_one(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL="60")
    sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL="30")

    change = await planned(RollBack(heroku))

    assert goal_of(change) == 41
    assert change.units[0].to == f"{app.releases[3].slug.id} {change.units[0].to.partition(' ')[2]}"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("ran", "code"),
    [
        ({"slug": {"id": "s1"}, "artifacts": [{"type": "slug", "id": "s1"}]}, "s1"),
        (
            {"slug": None, "artifacts": [{"type": "oci-image", "id": "b"}, {"type": "oci-image", "id": "a"}]},
            "a+b",
        ),
        ({"slug": None, "artifacts": None}, ""),
    ],
)
def test_code_is_a_slug_or_the_images_of_an_app_without_slugs(ran: dict[str, Any], code: str) -> None:
    release = Release.model_validate({"id": "r1", "version": 1, "created_at": "2026-11-21T03:00:00Z", **ran})

    assert release.code == code


async def test_a_service_is_well_again_after_the_rollback(sandbox: Sandbox, heroku: Heroku) -> None:
    service = sandbox.services["gitquest"]
    assert service.measure().error_rate == 1

    await carried_out(sandbox, RollBack(heroku), await planned(RollBack(heroku)))

    assert service.measure().error_rate == 0
    assert app_of(sandbox).releases[0].description == "Rollback to v41"


async def test_releases_whose_phase_failed_or_that_heroku_cannot_go_back_to_are_passed_over(
    heroku: Heroku, app: HerokuApp
) -> None:
    for release in app.releases:
        release.eligible = release.version not in (40, 41)

    change = await planned(RollBack(heroku))

    assert goal_of(change) == 38


async def test_code_that_somebody_went_back_from_is_not_gone_back_to(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    bad, good = app.releases[0], app.releases[1]
    app.release("Rollback to v41", good.slug, good.config)
    sandbox.of(HerokuWorld).deploy(BACKEND, good=False)
    app.release("Rollback to v43", good.slug, good.config)

    with_older = await planned(RollBack(heroku))

    assert bad.version == 42
    assert goal_of(with_older) == 38


async def test_code_that_was_returned_to_counts_again(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    newer, older = app.releases[0], app.releases[1]
    app.release("Rollback to v41", older.slug, older.config)
    app.release("Rollback to v42", newer.slug, newer.config)
    sandbox.of(HerokuWorld).deploy(BACKEND, good=False)

    change = await planned(RollBack(heroku))

    assert goal_of(change) == 44


async def test_page_after_page_is_read_until_other_code_is_found(sandbox: Sandbox, heroku: Heroku) -> None:
    for number in range(120):
        sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL=str(number))

    change = await planned(RollBack(heroku))

    assert goal_of(change) == 41
    assert sum(request.path.endswith("/releases") for request in sandbox.ledger.requests) == 2


async def test_a_release_far_back_can_be_named(sandbox: Sandbox, heroku: Heroku) -> None:
    for number in range(120):
        sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL=str(number))
    sandbox.of(HerokuWorld).deploy(BACKEND, good=False)

    change = await planned(RollBack(heroku), release=38)

    assert goal_of(change) == 38


@pytest.mark.parametrize("version", [39, 99])
async def test_a_release_that_never_ran_or_does_not_exist_is_refused(heroku: Heroku, version: int) -> None:
    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(heroku), release=version)

    assert refused.value.rule == "no-such-release"


async def test_an_app_with_one_code_has_nothing_to_go_back_to(heroku: Heroku, app: HerokuApp) -> None:
    del app.releases[1:]

    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(heroku))

    assert refused.value.rule == "nothing-to-roll-back-to"


async def test_nothing_is_planned_while_a_release_is_pending(sandbox: Sandbox, heroku: Heroku) -> None:
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    with pytest.raises(PolicyError, match="pending") as refused:
        await planned(RollBack(heroku))

    assert refused.value.rule == "deployment-in-progress"


async def test_config_vars_that_go_back_are_named_and_none_of_their_values(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    change = await planned(RollBack(heroku), release=40)

    said = change.model_dump_json()
    assert going_back(change) == (
        "config vars that go back to v40: DB_POOL_MAX, REDIS_CACHE_ENABLED, SEARCH_TOKEN"
    )
    assert [value for key, value in app.config.items() if key in app.hidden and value in said] == []
    assert "first value" not in said
    assert operations(sandbox) == []


async def test_a_flag_that_the_incident_set_goes_back_with_the_release_unless_it_is_kept(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    sandbox.of(HerokuWorld).set_config(BACKEND, REDIS_CACHE_ENABLED="false")

    forgotten = await planned(RollBack(heroku))
    kept = await planned(RollBack(heroku), keep=["REDIS_CACHE_ENABLED"])
    await carried_out(sandbox, RollBack(heroku), kept)

    assert going_back(forgotten) == "config vars that go back to v41: REDIS_CACHE_ENABLED"
    assert going_back(kept) == "no config var goes back"
    assert any("kept, put back" in effect for effect in kept.effects)
    assert (app.config["REDIS_CACHE_ENABLED"], app.releases[0].slug) == ("false", app.releases[4].slug)
    assert [release.description for release in app.releases[:2]] == [
        "Set REDIS_CACHE_ENABLED config vars",
        "Rollback to v41",
    ]


async def test_a_kept_config_var_that_is_absent_now_is_taken_away_again(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    without = {key: value for key, value in app.config.items() if key != "REDIS_CACHE_ENABLED"}
    app.release("Remove REDIS_CACHE_ENABLED config vars", app.releases[0].slug, without)

    change = await planned(RollBack(heroku), keep=["REDIS_CACHE_ENABLED"])
    await carried_out(sandbox, RollBack(heroku), change)

    assert "REDIS_CACHE_ENABLED" not in app.config
    assert RollBack.commands(change)[-1] == f"heroku config:unset REDIS_CACHE_ENABLED -a {BACKEND}"


async def test_a_kept_config_var_is_put_back_before_the_dynos_are_well(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = RollBack(heroku)
    change = await planned(verb, release=40, keep=["REDIS_CACHE_ENABLED"])
    app.pace.dyno = 300

    with pytest.raises(Still):
        await converge(verb, change, set())

    assert operations(sandbox) == ["rollback", "set_config"]


async def test_a_kept_config_var_is_never_written_where_it_is_another_by_now(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = RollBack(heroku)
    change = await planned(verb, release=40, keep=["REDIS_CACHE_ENABLED"])
    await verb.write(change, change.units[0])
    app.releases[1].config["REDIS_CACHE_ENABLED"] = "maybe"

    with pytest.raises(Rejected, match="REDIS_CACHE_ENABLED is no longer what was approved"):
        await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["rollback"]


async def test_what_no_release_holds_cannot_be_kept(heroku: Heroku, app: HerokuApp) -> None:
    app.config["REDIS_CACHE_ENABLED"] = "set by a release whose phase failed"

    with pytest.raises(PolicyError, match="REDIS_CACHE_ENABLED") as refused:
        await planned(RollBack(heroku), release=40, keep=["REDIS_CACHE_ENABLED"])

    assert refused.value.rule == "no-way-back"


@pytest.mark.parametrize("key", ["DATABASE_URL", "NO_SUCH_KEY"])
async def test_only_config_vars_of_the_apps_own_can_be_kept(heroku: Heroku, key: str) -> None:
    with pytest.raises(PolicyError, match=key) as refused:
        await planned(RollBack(heroku), keep=[key])

    assert refused.value.rule == "no-such-config-var"


async def test_where_all_config_vars_are_kept_the_old_slug_is_released_anew_and_names_the_incident(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    before = dict(app.config)

    await carried_out(sandbox, RollBack(heroku), await planned(RollBack(heroku), release=38, keep="all"))

    assert (app.config, app.releases[0].slug) == (before, app.releases[-1].slug)
    assert app.releases[0].description == f"Code of v38, config vars kept ({MARKER})"
    assert [effect.marker for effect in sandbox.ledger.effects()] == [MARKER]


async def test_what_a_config_change_broke_can_be_gone_back_from_with_the_same_code(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    sandbox.of(HerokuWorld).set_config(BACKEND, DB_POOL_MAX="0")

    await carried_out(sandbox, RollBack(heroku), await planned(RollBack(heroku), release=42))

    assert (app.config["DB_POOL_MAX"], app.releases[0].description) == ("10", "Rollback to v42")


async def test_a_release_phase_is_waited_for(sandbox: Sandbox, heroku: Heroku, app: HerokuApp) -> None:
    app.phase_seconds = 20
    verb = RollBack(heroku)
    change = await planned(verb, release=40, keep=["REDIS_CACHE_ENABLED"])

    with pytest.raises(Still, match="v43 is pending"):
        await converge(verb, change, set())
    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["rollback", "set_config"]
    assert app.config["REDIS_CACHE_ENABLED"] == "true"


async def test_a_failed_release_phase_is_said_with_where_its_output_is_and_there_is_nothing_to_undo(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.phase_seconds, app.phase_ends = 10, "failed"
    verb = RollBack(heroku)
    change = await planned(verb)

    with pytest.raises(Rejected, match=r"v43 .* failed: v42 goes on; see heroku releases:output v43 -a git"):
        await carried_out(sandbox, verb, change)
    await carried_out(sandbox, verb, change.undone())

    assert operations(sandbox) == ["rollback"]


async def test_somebody_elses_pending_release_makes_the_plan_stale(sandbox: Sandbox, heroku: Heroku) -> None:
    change = await planned(RollBack(heroku))
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    with pytest.raises(Moved, match=r"by lee@team\.example, pending"):
        await converge(RollBack(heroku), change, set())

    assert operations(sandbox) == []


async def test_a_config_var_that_somebody_set_since_planning_is_not_taken_back_unasked(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    change = await planned(RollBack(heroku))
    sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL="60")

    with pytest.raises(Moved):
        await converge(RollBack(heroku), change, set())

    assert (operations(sandbox), app.config["CACHE_TTL"]) == ([], "60")


async def test_whoever_goes_forward_again_after_our_rollback_is_left_alone(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb, bad = RollBack(heroku), app.releases[0]
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    app.release("Rollback to v42", bad.slug, bad.config)

    with pytest.raises(Moved):
        await converge(verb, change, set())

    assert operations(sandbox) == ["rollback"]


async def test_the_undo_is_not_kept_waiting_by_dynos_that_crash_again(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb, bad = RollBack(heroku), app.slug(good=False, crashes=True)
    app.released("Deploy 00bad000", bad, timedelta(minutes=5))
    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert {dyno.state for dyno in app.dynos} == {"crashed"}
    assert app.releases[0].slug == bad


async def test_a_change_of_a_rotated_add_on_password_is_no_reason_to_refuse(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = RollBack(heroku)
    change = await planned(verb)
    app.config["DATABASE_URL"] = "postgres://quest:second-password-of-quest@db.example:5432/quest"

    survey = await verb.survey(change, frozenset())

    assert [place.at for place in survey.places] == [At.WAS]


async def test_config_vars_of_add_ons_that_differ_are_named_apart(heroku: Heroku, app: HerokuApp) -> None:
    app.config["DATABASE_URL"] = "postgres://quest:second-password-of-quest@db.example:5432/quest"

    change = await planned(RollBack(heroku))

    assert "config vars of add-ons differ since then: DATABASE_URL" in change.effects
