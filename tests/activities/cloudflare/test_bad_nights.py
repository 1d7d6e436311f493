"""What Cloudflare does when it is ill, late or used up, and what a change makes of it."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from activities.cloudflare.client import Cloudflare
from activities.cloudflare.history import history_of
from activities.cloudflare.logs import ReadLogs
from activities.cloudflare.purge_cache import PurgeCache
from activities.cloudflare.releases import ReadReleases
from activities.cloudflare.roll_back import RollBack
from activities.cloudflare.set_config import SetConfig
from activities.cloudflare.set_flag import SetFlag
from activities.cloudflare.set_hyperdrive_limit import SetHyperdriveLimit
from activities.converging import converge
from sandbox.cloudflare.scenes import DATABASE, FLAGS
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.faults import Fault
from sandbox.instances import ImpossibleError
from sandbox.world import Sandbox
from stanch.errors import Conflict, PolicyError, Rejected, Still, Unauthorized, Unavailable
from tests.activities.cloudflare.cases import FLAG
from tests.activities.cloudflare.working import carried_out, operations, planned, read
from tests.activities.contract.bench import Line


def refusal(code: int, message: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


async def test_a_version_that_was_just_made_and_is_not_found_yet_is_asked_for_again(
    sandbox: Sandbox, worker: Worker, cloudflare: Cloudflare
) -> None:
    verb, done = SetConfig(cloudflare), set[str]()
    change = await planned(verb, key="RATE_LIMIT", value="50")
    worker.shown_after = timedelta(seconds=20)

    with pytest.raises(Unavailable, match="100146"):
        await converge(verb, change, done)
    sandbox.pass_time(timedelta(seconds=20))
    await carried_out(verb, change, done)

    assert operations(sandbox) == ["set_settings"]


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, 10021, "internal error; reference = 5j2k"),
        (400, 10000, "Internal authentication error: internal server error"),
        (403, 10000, "Internal authentication error: internal server error"),
    ],
)
async def test_cloudflares_own_trouble_is_no_broken_token_and_no_broken_code(
    sandbox: Sandbox, cloudflare: Cloudflare, status: int, code: int, message: str
) -> None:
    verb = RollBack(cloudflare)
    change = await planned(verb)
    sandbox.order(Fault(status=status, method="POST", body=refusal(code, message)))

    with pytest.raises(Unavailable, match=str(code)) as passing:
        await converge(verb, change, set())
    await carried_out(verb, change)

    assert not passing.value.untouched, "it may have been done"
    assert operations(sandbox) == ["deploy"]


async def test_the_same_codes_still_tell_of_a_broken_token_and_of_broken_code(
    sandbox: Sandbox, cloudflare: Cloudflare
) -> None:
    change = await planned(RollBack(cloudflare))
    sandbox.order(Fault(status=403, method="POST", body=refusal(10000, "Authentication error")))
    with pytest.raises(Unauthorized):
        await converge(RollBack(cloudflare), change, set())

    sandbox.order(Fault(status=400, method="POST", body=refusal(10021, "Uncaught SyntaxError")))
    with pytest.raises(Rejected, match="SyntaxError"):
        await converge(RollBack(cloudflare), change, set())


async def test_a_worker_under_more_than_a_hundred_previews_is_known_by_its_number(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    live = worker.newest
    for number in range(120):
        worker.upload(f"preview-{number}")

    seen = await read(ReadReleases(cloudflare))
    history = await history_of(cloudflare, (await planned(PurgeCache(cloudflare))).target)

    assert (seen.name, [*seen.shares], seen.is_newest) == (f"v{live.number}", [live.id], False)
    assert not history.went_back
    with pytest.raises(PolicyError, match="among the hundred newest"):
        await planned(RollBack(cloudflare))


async def test_a_preview_that_keeps_variables_from_being_set_is_named_with_a_way_out(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    worker.upload("preview")

    with pytest.raises(PolicyError, match=r"deploy the newest.*cloudflare\.set_flag"):
        await planned(SetConfig(cloudflare), key="RATE_LIMIT", value="50")


@pytest.mark.parametrize("code", [10214, 10215])
async def test_settings_that_are_refused_beside_another_deployment_are_looked_at_again(
    sandbox: Sandbox, cloudflare: Cloudflare, code: int
) -> None:
    verb = SetConfig(cloudflare)
    change = await planned(verb, key="RATE_LIMIT", value="50")
    body = refusal(code, "the latest version of your Worker isn't currently deployed")
    sandbox.order(Fault(status=400, method="PATCH", body=body))

    with pytest.raises(Conflict, match=str(code)):
        await converge(verb, change, set())
    await carried_out(verb, change)

    assert operations(sandbox) == ["set_settings"]


async def test_a_rollback_says_what_it_leaves_to_the_team_and_leaves_it(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    change = await planned(RollBack(cloudflare))
    await carried_out(RollBack(cloudflare), change)

    with pytest.raises(ImpossibleError, match="10215"):
        worker.change_secret("SENDGRID_API_KEY", "another value of sendgrid_api_key")

    assert any("10215" in effect and "deploy first" in effect for effect in change.effects)


async def test_a_day_whose_writes_are_used_up_is_said_once_and_waited_for_by_nobody(
    sandbox: Sandbox, world: CloudflareWorld, line: Line, cloudflare: Cloudflare
) -> None:
    verb = SetFlag(cloudflare)
    change = await planned(verb, key=FLAG, value="false")
    world.namespaces[FLAGS].writes_a_day = 0

    with pytest.raises(Rejected, match=r"10048.*no retry helps before 00:00 UTC") as final:
        await carried_out(verb, change)

    assert (line.writes, final.value.status, operations(sandbox)) == (1, 429, [])


async def test_a_second_write_of_a_key_within_a_second_is_sent_later(
    sandbox: Sandbox, world: CloudflareWorld, cloudflare: Cloudflare
) -> None:
    verb = SetFlag(cloudflare)
    world.namespaces[FLAGS].once_a_second = True
    change = await planned(verb, key=FLAG, value="false")
    await carried_out(verb, change)

    with pytest.raises(Unavailable, match="one write per second") as soon:
        await converge(verb, change.undone(), set())
    sandbox.pass_time(timedelta(seconds=1))
    await carried_out(verb, change.undone())

    assert soon.value.untouched


@pytest.mark.parametrize("key", [FLAG, "feature:new"])
async def test_a_store_that_shows_the_old_value_or_none_is_not_written_again(
    sandbox: Sandbox, world: CloudflareWorld, cloudflare: Cloudflare, key: str
) -> None:
    verb, done = SetFlag(cloudflare), set[str]()
    change = await planned(verb, key=key, value="false")
    world.namespaces[FLAGS].api_lags = timedelta(seconds=60)

    for _ in range(5):
        with suppress(Still, Unavailable):
            await converge(verb, change, done)
    sandbox.pass_time(timedelta(seconds=60))
    await carried_out(verb, change, done)

    assert operations(sandbox) == ["write_kv"]


async def test_a_key_that_is_listed_and_not_found_once_was_not_deleted_by_somebody(
    sandbox: Sandbox, cloudflare: Cloudflare
) -> None:
    verb = SetFlag(cloudflare)
    change = await planned(verb, key=FLAG, value="false")
    sandbox.order(Fault(status=404, path="/values/", body=refusal(10009, "get: 'key not found'")))

    with pytest.raises(Unavailable, match="listed and not found"):
        await converge(verb, change, set())
    await carried_out(verb, change)


async def test_more_connections_than_a_plan_allows_are_refused_with_what_it_allows(
    world: CloudflareWorld, cloudflare: Cloudflare
) -> None:
    pool = world.pools[DATABASE]
    pool.limit, pool.most = 10, 20
    verb = SetHyperdriveLimit(cloudflare)

    with pytest.raises(Rejected, match="at_most: 20"):
        await carried_out(verb, await planned(verb, connections=80))
    await carried_out(verb, await planned(verb, connections=80, at_most=20))

    assert pool.limit == 20


async def test_a_refusal_of_a_limit_that_every_plan_allows_is_shown_as_it_is(
    sandbox: Sandbox, world: CloudflareWorld, cloudflare: Cloudflare
) -> None:
    world.pools[DATABASE].limit = 10
    verb = SetHyperdriveLimit(cloudflare)
    change = await planned(verb, connections=15)
    sandbox.order(Fault(status=400, method="PATCH", body=refusal(2013, "odd")))

    with pytest.raises(Rejected) as refused:
        await converge(verb, change, set())

    assert "plan" not in str(refused.value)


async def test_workers_get_more_connections_some_minutes_after_the_limit_is_raised(
    sandbox: Sandbox, world: CloudflareWorld, worker: Worker, cloudflare: Cloudflare
) -> None:
    worker.connections_needed = 80
    world.pools[DATABASE].takes = timedelta(minutes=5)
    change = await planned(SetHyperdriveLimit(cloudflare), connections=80)

    await carried_out(SetHyperdriveLimit(cloudflare), change)
    at_once = [one.stuck for one in worker.instances()]
    sandbox.pass_time(timedelta(minutes=5))

    assert (at_once, [one.stuck for one in worker.instances()]) == ([True], [False])
    assert any("some minutes" in effect for effect in change.effects)


async def test_a_user_whose_calls_are_blocked_is_let_in_again_after_five_minutes(
    sandbox: Sandbox, world: CloudflareWorld, cloudflare: Cloudflare
) -> None:
    change = await planned(RollBack(cloudflare))
    world.blocked_until = world.clock.now() + timedelta(minutes=5)

    with pytest.raises(Unavailable, match="10429") as blocked:
        await converge(RollBack(cloudflare), change, set())
    sandbox.pass_time(timedelta(minutes=5))
    await carried_out(RollBack(cloudflare), change)

    assert (blocked.value.untouched, blocked.value.retry_after) == (True, None)


async def test_a_purge_says_that_accepted_is_not_yet_purged(cloudflare: Cloudflare) -> None:
    change = await planned(PurgeCache(cloudflare))

    assert any("before every place has purged" in effect for effect in change.effects)


async def test_cloudflares_summaries_of_requests_are_no_lines_unless_they_tell_of_trouble(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    before = await read(ReadLogs(cloudflare), matching=["/api/pitches"], within="PT10M")
    worker.ended("GET /api/pitches", ago=timedelta(minutes=2))
    worker.ended("GET /api/pitches", "exceededCpu", ago=timedelta(minutes=2))

    after = await read(
        ReadLogs(cloudflare), matching=["/api/pitches"], count={"cpu": "exceededCpu"}, within="PT10M"
    )

    assert (after.count, after.counts) == (before.count + 1, {"cpu": 1})
