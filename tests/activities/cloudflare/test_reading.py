from datetime import timedelta
from typing import Any

import pytest

from activities.cloudflare.client import Cloudflare
from activities.cloudflare.hyperdrive import ReadHyperdrive
from activities.cloudflare.logs import Event, ReadLogs
from activities.cloudflare.recent import ReadRecent
from activities.cloudflare.releases import ReadReleases
from sandbox.cloudflare.scenes import WORKER
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from stanch.errors import Rejected, Unavailable
from stanch.model.evidence import Look
from stanch.model.recent import Sort
from tests.activities.cloudflare.working import read
from tests.activities.contract.case import AT

BAD = AT - timedelta(minutes=5)


def before(worker: Worker) -> str:
    return worker.versions[1].id


async def releases(cloudflare: Cloudflare, **asked: Any) -> Any:
    return await read(ReadReleases(cloudflare), **asked)


async def logs(cloudflare: Cloudflare, *matching: str, within: str = "15m") -> Any:
    return await read(ReadLogs(cloudflare), matching=list(matching), within=within)


async def test_what_was_only_uploaded_is_not_what_visitors_get(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    worker.upload("code-of-13")

    found = await releases(cloudflare)

    assert (found.name, found.newest, found.is_newest) == ("v12", "v13", False)
    assert found.line() == "v12 by ana@team.example, at 100%; before it v11; v13 is newer"


async def test_a_gradual_deployment_shows_both_shares_and_can_be_suspect(
    world: CloudflareWorld, worker: Worker, cloudflare: Cloudflare
) -> None:
    new = world.deploy(WORKER, in_progress=True)

    found = await releases(cloudflare, first_bad_at=AT + timedelta(minutes=1))

    assert (found.name, found.share, found.is_newest, found.is_suspect) == ("v13", 0.1, False, True)
    assert found.shares == {new: 0.1, before(worker): 0.9}
    assert (found.previous, found.line().startswith("v13 by ana")) == ("v12", True)


async def test_a_raised_share_counts_as_the_deployment_that_visitors_noticed(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    new = worker.upload("code-of-13", good=False)
    for share, ago in ((10, timedelta(minutes=5)), (100, timedelta(minutes=3))):
        split = {new.id: share, **({before(worker): 90} if share == 10 else {})}
        worker.deploy(split, ago=ago)

    found = await releases(cloudflare, first_bad_at=AT - timedelta(minutes=2))

    assert (found.finished_at, found.is_suspect) == (AT - timedelta(minutes=3), True)


@pytest.mark.parametrize("again", ["deployed again", "a variable"])
async def test_neither_a_redeployment_nor_a_variable_makes_the_code_any_newer(
    worker: Worker, cloudflare: Cloudflare, again: str
) -> None:
    made = worker.newest if again == "deployed again" else worker.upload("code-of-12", good=False)
    worker.deploy({made.id: 100})

    found = await releases(cloudflare, first_bad_at=BAD)

    assert (found.finished_at, found.previous) == (AT - timedelta(minutes=6), "v11")
    assert found.is_suspect


@pytest.mark.parametrize(
    "confounding",
    ["a secret", "a migration", "somebody went back", "nothing before it", "errors came first"],
)
async def test_what_else_may_be_the_cause_leaves_it_to_people(
    worker: Worker, cloudflare: Cloudflare, confounding: str
) -> None:
    first_bad = BAD
    match confounding:
        case "a secret":
            worker.newest.annotations = {"workers/triggered_by": "secret"}
        case "a migration":
            worker.newest.migration = "v2"
        case "somebody went back":
            worker.deploy({before(worker): 100}, trigger="rollback")
            first_bad = AT + timedelta(minutes=1)
        case "nothing before it":
            worker.deployments = worker.deployments[:1]
        case _:
            first_bad = AT - timedelta(minutes=10)

    found = await releases(cloudflare, first_bad_at=first_bad)

    assert not found.is_suspect


async def test_a_worker_with_one_deployment_has_nothing_to_go_back_to(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    worker.deployments = worker.deployments[:1]

    found = await releases(cloudflare)

    assert (found.previous, "nothing before it" in found.line()) == (None, True)


async def test_recent_changes_tell_a_changed_secret_from_a_deployment(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    worker.change_secret("SENDGRID_API_KEY", "second value of sendgrid_api_key")

    found = await read(ReadRecent(cloudflare), within="1h")

    assert [one.sort for one in found.happenings] == [Sort.CONFIG, Sort.DEPLOY]
    assert (found.deploys, found.configs, found.is_complete) == (1, 1, True)
    assert "a secret changed: version 13" in found.happenings[0].what
    assert {one.by for one in found.happenings} == {"ana@team.example"}
    assert {one.where for one in found.happenings} == {f"cloudflare:{WORKER}"}


async def test_a_list_that_ends_before_the_time_does_is_not_complete(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    worker.deployments = worker.deployments[:1]
    worker.deployments[0].annotations["workers/message"] = "checkout: new totals"

    found = await read(ReadRecent(cloudflare), within="7d")

    assert not found.is_complete
    assert "checkout: new totals" in found.happenings[0].what


async def test_lines_are_counted_by_expression_and_only_those_of_the_time(
    world: CloudflareWorld, worker: Worker, cloudflare: Cloudflare
) -> None:
    worker.say("TypeError of yesterday", ago=timedelta(hours=20))
    world.add("another-worker", worker.account).say("TypeError of another Worker")

    found = await read(ReadLogs(cloudflare), count={"types": "TypeError", "good": "200$"})

    assert (found.count, found.is_cut) == (4, False)
    assert found.counts == {"types": 3, "good": 1}
    assert found.last == "GET /api/pitches 500 TypeError: pitch is undefined"


async def test_pages_are_read_until_there_is_nothing_left(worker: Worker, cloudflare: Cloudflare) -> None:
    for number in range(4100):
        worker.say(f"line {number}", ago=timedelta(milliseconds=number))

    found = await logs(cloudflare, "^line")

    assert (found.count, found.is_cut) == (4100, False)


async def test_more_lines_than_are_read_are_counted_as_at_least(
    worker: Worker, cloudflare: Cloudflare
) -> None:
    for number in range(10_001):
        worker.say(f"line {number}", ago=timedelta(milliseconds=number))

    found = await logs(cloudflare, "^line")

    assert (found.count, found.is_cut) == (10_000, True)


@pytest.mark.parametrize("by", ["cloudflare", "the worker", "its logs"])
async def test_lines_that_are_sampled_are_counted_as_at_least(
    world: CloudflareWorld, worker: Worker, cloudflare: Cloudflare, by: str
) -> None:
    match by:
        case "cloudflare":
            world.sampling = 4
        case "the worker":
            worker.observability = {"enabled": True, "head_sampling_rate": 0.1}
        case _:
            sampled = {"enabled": True, "invocation_logs": True, "head_sampling_rate": 0.5}
            worker.observability = {"enabled": True, "logs": sampled}

    found = await logs(cloudflare, "TypeError")

    assert (found.count, found.is_cut) == (3, True)


@pytest.mark.parametrize(
    "off",
    [{"enabled": False}, {}, {"enabled": True, "logs": {"enabled": False, "invocation_logs": False}}],
)
async def test_a_worker_that_keeps_no_logs_has_not_zero_errors(
    worker: Worker, cloudflare: Cloudflare, off: dict[str, Any]
) -> None:
    worker.observability = {"enabled": False, **off}

    with pytest.raises(Rejected, match="switch observability on"):
        await logs(cloudflare, "TypeError")


async def test_a_query_that_still_runs_is_no_answer(world: CloudflareWorld, cloudflare: Cloudflare) -> None:
    world.query_status = "STARTED"

    with pytest.raises(Unavailable, match="is started, not done"):
        await logs(cloudflare, "TypeError")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"source": "plain text"}, "plain text"),
        ({"source": {"msg": "größer", "n": 1}}, '{"msg": "größer", "n": 1}'),
        ({"source": {}, "$metadata": {"id": "1", "message": "told"}}, "told"),
        ({"source": "x", "$metadata": {"id": "1", "message": "told", "error": "boom"}}, "told boom"),
        ({"source": "x", "$metadata": {"id": "1", "message": "told: boom", "error": "boom"}}, "told: boom"),
        ({"source": None}, "null"),
    ],
)
def test_a_line_is_what_was_logged_with_the_error_that_ended_it(event: dict[str, Any], text: str) -> None:
    found = Event.model_validate({"timestamp": 1_795_230_000_000, **event}).line

    assert (found.text, found.at.year) == (text, 2026)


async def test_hyperdrive_never_says_its_password(world: CloudflareWorld, cloudflare: Cloudflare) -> None:
    found = await read(ReadHyperdrive(cloudflare), config="DB")

    assert found.line() == "pitchey-db: at most 60 connections, answers kept 60 s"
    assert not [secret for secret in world.secrets() if secret in found.model_dump_json()]


@pytest.mark.parametrize(("within", "is_cut"), [("30s", True), ("1m", True), ("2m", False)])
async def test_lines_of_the_last_minute_may_still_be_on_their_way(
    cloudflare: Cloudflare, within: str, is_cut: bool
) -> None:
    found = await logs(cloudflare, "TypeError", within=within)

    assert found.is_cut is is_cut


@pytest.mark.parametrize("reading", [ReadReleases, ReadRecent, ReadLogs, ReadHyperdrive])
async def test_a_reading_is_about_a_worker(cloudflare: Cloudflare, reading: Any) -> None:
    with pytest.raises(TypeError, match="needs a target"):
        await reading(cloudflare).read(Look(arguments={"matching": ["x"]}, as_of=AT))
