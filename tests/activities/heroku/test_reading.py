from datetime import timedelta
from typing import Any

import pytest

from activities.heroku import INTEGRATION, prove
from activities.heroku.client import Heroku
from activities.heroku.maintenance import Maintenance
from activities.heroku.readings import ReadReleases, ReadStatus
from activities.heroku.records import ReadLogs, ReadRecent, ReadReleaseOutput
from activities.heroku.reset_connections import ResetConnections
from activities.heroku.secrets import ReadSecrets
from sandbox.faults import Fault, Trouble
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.keys import HerokuKey
from sandbox.heroku.log import RING
from sandbox.heroku.scenes import BACKEND
from sandbox.heroku.world import HerokuWorld
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, StanchError, Unauthorized, Unavailable
from stanch.model.change import Target
from tests.activities.heroku.cases import APP
from tests.activities.heroku.herokuing import Team, ago, asked, carried_out, operations, planned

FIR = Target(provider="heroku", name=BACKEND, at={"app": BACKEND, "generation": "fir"})


async def test_a_release_is_suspect_when_things_went_bad_shortly_after_it(heroku: Heroku) -> None:
    result = await asked(ReadReleases(heroku), first_bad_at=ago(minutes=4))

    assert (result.name, result.is_suspect, result.previous) == ("v42", True, "v41")
    assert (result.commit, result.newest, result.is_newest) == ("7f3c1d2e", "v42", True)
    assert result.line() == "v42 7f3c1d2 by ana@team.example, suspect; before it v41"


async def test_a_config_change_since_makes_the_release_no_suspect(sandbox: Sandbox, heroku: Heroku) -> None:
    sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL="60")

    result = await asked(ReadReleases(heroku), first_bad_at=ago(minutes=4))

    assert (result.name, result.config_changes, result.is_suspect) == ("v42", 1, False)
    assert (result.newest, result.is_newest) == ("v42", True)
    assert "1 config changes since" in result.line()


async def test_a_pending_release_is_a_deployment_under_way(sandbox: Sandbox, heroku: Heroku) -> None:
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    result = await asked(ReadReleases(heroku), first_bad_at=ago(minutes=4))

    assert (result.name, result.deploying, result.is_suspect) == ("v42", True, False)
    assert (result.newest, result.is_newest, result.newest_failed) == ("v43", False, False)


async def test_a_release_whose_phase_failed_does_not_run_and_is_named(heroku: Heroku, app: HerokuApp) -> None:
    app.released("Deploy 0bad0bad", app.slug(), timedelta(minutes=1), status="failed")

    result = await asked(ReadReleases(heroku), first_bad_at=ago(minutes=4))

    assert (result.name, result.newest, result.newest_failed, result.is_suspect) == (
        "v42",
        "v43",
        True,
        False,
    )
    assert (result.newest_commit, result.newest_at) == ("0bad0bad", ago(minutes=1))
    assert "v43 failed" in result.line()


async def test_after_a_rollback_the_commit_is_that_of_the_code_that_runs(
    heroku: Heroku, app: HerokuApp
) -> None:
    app.released("Rollback to v40", app.releases[2].slug, timedelta(minutes=1))

    result = await asked(ReadReleases(heroku))

    assert (result.name, result.commit) == ("v43", "1a2b3c4d")


async def test_crashed_and_starting_dynos_and_maintenance_mode_are_seen(
    heroku: Heroku, app: HerokuApp
) -> None:
    app.dynos[0].state, app.dynos[1].state, app.maintenance = "crashed", "starting", True
    app.run(app.releases[0], "npm run report", "standard-1x", "")

    result = await asked(ReadStatus(heroku))

    assert (result.running, result.failing_copies, result.settling, result.one_off) == (1, 1, True, 1)
    assert result.is_down
    assert result.line() == "down, 1 of 3 dynos run, 1 failing, standard-1x, settling, maintenance mode is on"


async def test_dynos_that_were_killed_for_memory_are_counted_within_the_time(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.say("heroku", "web.1", "Error R15 (Memory quota vastly exceeded)", ago(minutes=20))
    app.run_out_of_memory()

    lately, longer = await asked(ReadStatus(heroku)), await asked(ReadStatus(heroku), within="1h")

    assert (lately.memory_kills, lately.restarts, lately.is_cut) == (3, 3, False)
    assert longer.memory_kills == 4


async def test_one_process_type_can_be_looked_at_alone(heroku: Heroku) -> None:
    target = Target(provider="heroku", name=BACKEND, at={"app": BACKEND, "process_type": "worker"})

    result = await asked(ReadStatus(heroku), target)

    assert (result.wanted, result.running) == (1, 1)


async def test_a_ring_that_does_not_reach_back_far_enough_counts_at_least(
    heroku: Heroku, app: HerokuApp
) -> None:
    for _ in range(RING):
        app.say("heroku", "router", "at=error code=H12 status=503", ago(minutes=2))
    app.say("app", "web.1", "INFO GET / 200")

    busy = await asked(ReadLogs(heroku), matching=["H12"], within="15m")
    short = await asked(ReadLogs(heroku), matching=["H12"], within="90s")
    reached = await asked(ReadLogs(heroku), matching=["H12"], within="2m")

    assert (busy.count, busy.is_cut) == (RING - 1, True)
    assert (short.count, short.is_cut) == (0, False)
    assert (reached.count, reached.is_cut) == (RING - 1, False)


@pytest.mark.parametrize(
    ("narrowed", "counted"),
    [
        ({}, 5),
        ({"source": "app"}, 3),
        ({"source": "heroku"}, 2),
        ({"dyno": "web.1"}, 2),
        ({"dyno": "web"}, 3),
    ],
)
async def test_lines_are_told_apart_by_who_wrote_them(
    heroku: Heroku, narrowed: dict[str, str], counted: int
) -> None:
    result = await asked(ReadLogs(heroku), matching=["."], within="5m", **narrowed)

    assert result.count == counted


async def test_the_token_is_not_sent_to_where_lines_come_from_and_their_address_is_in_no_error(
    sandbox: Sandbox, heroku: Heroku
) -> None:
    said: list[str] = []

    for fault in (
        Fault(path="/logplex/", trouble=Trouble.TIMEOUT),
        Fault(path="/logplex/", trouble=Trouble.RESET),
        Fault(path="/logplex/", status=503),
        Fault(path="/logplex/", status=404),
        Fault(path="/logplex/", status=409),
        Fault(path="/logplex/", status=403),
    ):
        sandbox.order(fault)
        with pytest.raises(StanchError) as failed:
            await asked(ReadLogs(heroku), matching=["."])
        said += [str(failed.value), repr(failed.value.__cause__)]

    sessions = sandbox.of(HerokuWorld).sessions
    assert len(sessions) == 6
    assert [session for session in sessions if any(session in text for text in said)] == []
    assert not any("logplex" in text for text in said)


async def test_lines_that_heroku_itself_dropped_make_it_at_least(heroku: Heroku, app: HerokuApp) -> None:
    app.say("heroku", "logplex", "Error L10 (output buffer overflow): 3 messages dropped", ago(minutes=2))

    result = await asked(ReadLogs(heroku), matching=["H12"], within="15m")
    since_then = await asked(ReadLogs(heroku), matching=["H12"], within="90s")

    assert (result.is_cut, since_then.is_cut) == (True, False)


async def test_a_line_of_no_known_shape_still_fills_the_ring(heroku: Heroku, app: HerokuApp) -> None:
    for _ in range(RING - 1):
        app.say("heroku", "router", "at=error code=H12", ago(minutes=1))
    app.log.append("and no time at all")

    result = await asked(ReadLogs(heroku), matching=["H12"], within="15m")

    assert result.is_cut


async def test_a_log_of_no_known_shape_is_no_empty_log(heroku: Heroku, app: HerokuApp) -> None:
    app.log.clear()
    app.log.append("2026-11-21Tnever app[web.1]: nothing")

    with pytest.raises(Unavailable, match="unknown shape"):
        await asked(ReadLogs(heroku), matching=["."])


async def test_fir_keeps_no_lines(heroku: Heroku) -> None:
    with pytest.raises(PolicyError) as refused:
        await asked(ReadLogs(heroku), FIR, matching=["."])

    assert refused.value.rule == "no-log-history"


async def test_a_fir_app_is_asked_for_by_its_own_version_of_the_api(heroku: Heroku, app: HerokuApp) -> None:
    app.generation = "fir"

    result = await asked(ReadStatus(heroku), FIR)

    assert (result.wanted, result.memory_kills, result.restarts) == (3, None, None)


async def test_what_a_release_phase_wrote_is_counted(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.phase_seconds, app.phase_ends = 1, "failed"
    sandbox.of(HerokuWorld).apps[BACKEND].release("Deploy 0bad0bad", app.slug(), app.config)
    sandbox.pass_time(timedelta(seconds=1))

    result = await asked(ReadReleaseOutput(heroku), matching=["relation exists"])

    assert (result.count, result.is_cut) == (1, False)
    assert (result.name, result.failed, result.exit_code) == ("v43", True, None)
    assert result.line().startswith("v43 failed: 1 line in 24 h; last 03:00: ")


async def test_without_a_release_phase_there_is_no_output(heroku: Heroku, app: HerokuApp) -> None:
    for release in app.releases:
        release.output = ""

    with pytest.raises(Rejected, match="no release of"):
        await asked(ReadReleaseOutput(heroku), matching=["."])


async def test_what_changed_lately_is_told_with_its_author(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL="60")
    app.types["web"].updated = ago(minutes=20)

    result = await asked(ReadRecent(heroku), within="1h")

    assert [(one.sort, one.by) for one in result.happenings] == [
        ("config", "lee@team.example"),
        ("deploy", "ana@team.example"),
        ("scale", ""),
    ]
    assert result.happenings[0].what == "v43 Set CACHE_TTL config vars"
    assert result.is_complete


async def test_more_releases_than_are_read_are_no_complete_answer(sandbox: Sandbox, heroku: Heroku) -> None:
    for number in range(600):
        sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL=str(number))

    result = await asked(ReadRecent(heroku), within="1h")

    assert not result.is_complete


async def test_too_many_requests_wait_a_minute_though_nobody_says_so(
    sandbox: Sandbox, heroku: Heroku
) -> None:
    sandbox.order(Fault(status=429))

    with pytest.raises(Unavailable) as busy:
        await asked(ReadStatus(heroku))

    assert busy.value.retry_after == timedelta(seconds=60)


@pytest.mark.parametrize("key", [HerokuKey.ELSEWHERE, "no-key-of-herokus"])
async def test_a_credential_that_does_not_reach_the_app_is_said(team: Team, key: str) -> None:
    with pytest.raises(Unauthorized):
        await prove(team.heroku(key), APP)


async def test_a_credential_is_proved_by_what_it_reads(team: Team) -> None:
    proof = await prove(team.heroku(HerokuKey.READ_ONLY), APP)

    assert proof.saw.startswith("release v42 and 6 config vars seen")
    assert proof.granted is None


async def test_a_credential_that_only_reads_is_refused_at_the_first_write(team: Team) -> None:
    verb = Maintenance(team.heroku(HerokuKey.READ_ONLY))
    change = await planned(verb)

    with pytest.raises(Unauthorized, match="scope"):
        await verb.write(change, change.units[0])


async def test_an_app_that_is_not_there_is_rejected(heroku: Heroku) -> None:
    with pytest.raises(Rejected, match="find that app"):
        await asked(ReadStatus(heroku), Target(provider="heroku", name="no-such-app"))


async def test_the_database_behind_database_url_is_the_one_whose_connections_end(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    follower = {
        **app.add_ons[0],
        "id": app.uuid(),
        "name": "postgresql-flat-1",
        "config_vars": ["FOLLOWER_URL"],
    }
    app.add_ons.append(follower)
    verb = ResetConnections(heroku)

    main = await planned(verb)
    named = await planned(verb, database="postgresql-flat-1")
    await carried_out(sandbox, verb, main)

    assert [unit.id for unit in main.units] == ["postgresql-round-12345"]
    assert [unit.id for unit in named.units] == ["postgresql-flat-1"]
    assert operations(sandbox) == ["reset_connections"]


async def test_a_database_that_cannot_be_told_is_asked_for(heroku: Heroku, app: HerokuApp) -> None:
    app.add_ons.clear()

    with pytest.raises(PolicyError) as refused:
        await planned(ResetConnections(heroku))

    assert refused.value.rule == "which-database"


async def test_databases_have_an_address_of_their_own(team: Team, sandbox: Sandbox) -> None:
    elsewhere = ResetConnections(team.heroku(data_url="http://data.example/heroku"))

    await carried_out(sandbox, elsewhere, await planned(elsewhere))

    assert operations(sandbox) == ["reset_connections"]


async def test_visitors_reach_the_app_again_when_maintenance_mode_ends(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = Maintenance(heroku)
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    assert sandbox.services["gitquest"].answer()[0] == 503

    off: Any = await planned(verb, on=False)
    await carried_out(sandbox, verb, off)

    assert not app.maintenance
    assert off.effects == ("visitors reach the app again",)


def test_what_heroku_has_nothing_for_is_said() -> None:
    assert set(INTEGRATION.offers_none) == {"set_flag", "purge_cache"}


async def test_config_vars_are_told_by_name_with_when_a_release_set_them(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    sandbox.pass_time(timedelta(minutes=1))
    sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL="60")

    result = await asked(ReadSecrets(heroku))

    set_at = {one.name: one.set_at for one in result.list}
    assert result.line().startswith("6 secrets, last CACHE_TTL 2026-11-21 03:0")
    assert (set_at["SEARCH_TOKEN"], set_at["DATABASE_URL"]) == (ago(hours=27), None)
    assert result.newest_at == set_at["CACHE_TTL"]


async def test_a_config_var_that_is_not_the_teams_is_outdated(team: Team, app: HerokuApp) -> None:
    app.config |= {"stripe": "another value", "former": "what it was"}
    (team.folder / "former").write_text("what it was")

    result = await asked(ReadSecrets(team.heroku()))

    assert result.outdated == ("stripe",)
