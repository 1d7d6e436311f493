from datetime import timedelta
from typing import Any

import httpx
import pytest

from activities.connection import Connection
from activities.vercel.api import VercelApi
from activities.vercel.by_hand import assigning
from activities.vercel.client import Vercel
from activities.vercel.logs import ReadLogs
from activities.vercel.purge_cache import PurgeCache
from activities.vercel.readings import ReadRecent
from sandbox.clock import SandboxClock
from sandbox.server import serving
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.project import Project, Row
from sandbox.vercel.scenes import TEAM, shop_stale
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.errors import Unavailable
from stanch.model.evidence import Look
from stanch.secrets import Redactor
from tests.activities.contract.case import AT
from tests.activities.vercel.deploying import carried_out, ids, operations, planned, vercel_of
from tests.activities.vercel.worlds import SHOP

ERRORS: dict[str, Any] = {"matching": ["ERROR"], "within": "PT15M"}


async def test_lines_that_come_while_it_listens_are_counted_and_the_vendors_own_rows_are_not(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    project.say("ERROR just now", "error", timedelta(seconds=-3))
    project.say("ERROR long ago", "error", timedelta(hours=2))
    project.logs[project.live].append(
        Row(sandbox.origin.milliseconds(), "ERROR 5 rows left out", source="delimiter")
    )

    result = await ReadLogs(vercel).read(Look(target=SHOP, as_of=AT, arguments=ERRORS))

    assert (result.count, result.is_cut) == (2, True)
    assert result.last == "ERROR just now"


async def test_a_stream_that_stays_open_is_left_after_a_while(sandbox: Sandbox, project: Project) -> None:
    project.stream_stays_open = True
    path = f"v1/projects/{project.id}/deployments/{project.live}/runtime-logs"
    async with serving(sandbox) as base:
        headers = {"Authorization": f"Bearer {VercelKey.ALL}"}
        door = VercelApi("vercel", Connection(base_url=f"{base}/vercel/", headers=headers), Redactor())

        said = await door.lines(path, {"teamId": TEAM}, timedelta(milliseconds=400))

    assert [one["message"] for one in said] == ["CRITICAL_PURCHASE_ERROR clientRequestId=ab12"]


async def test_a_stream_that_says_nothing_at_all_is_unavailable_and_not_empty(sandbox: Sandbox) -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("nothing came")

    vercel = vercel_of(sandbox, transport=httpx.MockTransport(never))

    with pytest.raises(Unavailable):
        await vercel.api.lines("runtime-logs", {}, timedelta(seconds=1))


async def test_what_was_changed_of_late_names_rollbacks_and_variables_and_never_values(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    sandbox.pass_time(timedelta(minutes=1))
    good = ids(project)[1]
    project.request_move("rollback", good)
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    project.observe()
    look = Look(target=SHOP, as_of=AT + timedelta(minutes=2), arguments={"within": "PT30M"})

    result = await ReadRecent(vercel).read(look)

    said = {one.what for one in result.happenings}
    assert said >= {f"rollback to {good}", "3a2b3c4", "STRIPE_WEBHOOK_SECRET"}
    assert "whsec_of_the_sandbox" not in result.model_dump_json()


async def test_a_staged_build_that_nobody_got_is_no_change_of_late(vercel: Vercel, project: Project) -> None:
    look = Look(target=SHOP, as_of=AT + timedelta(minutes=2), arguments={"within": "P7D"})
    before = await ReadRecent(vercel).read(look)
    project.auto_assign = False
    staged = project.build(project.deployments[0].commit)
    staged.timetable.hurry()
    project.observe()

    after = await ReadRecent(vercel).read(look)

    assert staged.alias_assigned, "Vercel assigns its generated hosts"
    assert after.happenings == before.happenings


@pytest.mark.parametrize(
    ("arguments", "asked", "healed"),
    [
        ({}, ["vercel.purge_edge"], True),
        ({"tags": ["home", "cart"]}, ["vercel.invalidate"], False),
        ({"data": True}, ["vercel.purge_edge", "vercel.purge_data"], True),
    ],
)
async def test_the_edge_is_purged_whole_or_by_tags_and_the_data_cache_only_where_it_is_wanted(
    arguments: dict[str, Any], asked: list[str], *, healed: bool
) -> None:
    sandbox = Sandbox(shop_stale, SandboxClock(AT))
    vercel = vercel_of(sandbox)
    change = await planned(PurgeCache(vercel), **arguments)

    await carried_out(sandbox, PurgeCache(vercel), change)

    assert operations(sandbox) == asked
    assert sandbox.of(VercelWorld).projects["my-shop"].stale_edge is not healed


def test_by_hand_the_switch_for_new_builds_is_a_command() -> None:
    assert assigning("my-shop", TEAM, on=True) == (
        "vercel project update my-shop --auto-assign-custom-domains on --scope team_sandbox"
    )
