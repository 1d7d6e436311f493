from typing import Any

import httpx
import pytest

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.set_edge_config import SetEdgeConfig
from activities.vercel.set_instant_flag import SetInstantFlag
from sandbox.faults import Fault
from sandbox.vercel.flag import Flag
from sandbox.vercel.project import Project
from sandbox.vercel.scenes import STORE
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.errors import Conflict, Moved, PolicyError, Rejected
from stanch.model.verb import Approval
from tests.activities.contract.case import MARKER
from tests.activities.vercel.deploying import carried_out, operations, planned

SLUG = "pack-purchase"
OFF: dict[str, Any] = {"key": SLUG, "value": False}
ITEM: dict[str, Any] = {"store": STORE, "key": "enable_pack_purchase", "value": False}


@pytest.fixture
def flag(project: Project) -> Flag:
    return project.flags[SLUG]


async def test_a_flag_is_off_for_everybody_at_once_and_names_the_incident(
    sandbox: Sandbox, vercel: Vercel, project: Project, flag: Flag
) -> None:
    sandbox.services["shop"].broken_while[SLUG] = "true"
    project.deployments[0].commit = project.deployments[1].commit
    assert sandbox.services["shop"].measure().error_rate == 1
    change = await planned(SetInstantFlag(vercel), **OFF)

    await carried_out(sandbox, SetInstantFlag(vercel), change)

    assert sandbox.services["shop"].measure().error_rate == 0
    assert (flag.shown, flag.messages) == ("false", [MARKER])
    assert operations(sandbox) == ["vercel.set_instant_flag"]
    assert SetInstantFlag.spec.floor is Approval.NOBODY


async def test_rules_and_all_are_put_back_as_they_were(sandbox: Sandbox, vercel: Vercel, flag: Flag) -> None:
    rule = {"id": "r1", "conditions": [], "outcome": {"type": "variant", "variantId": "on"}}
    flag.production = {**flag.production, "rules": [rule]}
    before = dict(flag.production)
    verb = SetInstantFlag(vercel)
    change = await planned(verb, **OFF)
    await carried_out(sandbox, verb, change)
    assert flag.production["rules"] == [rule]

    await carried_out(sandbox, verb, change.undone())

    assert flag.production == before


async def test_a_change_that_comes_between_reading_and_writing_is_stopped_by_the_etag(
    sandbox: Sandbox, vercel: Vercel, flag: Flag
) -> None:
    change = await planned(SetInstantFlag(vercel), **OFF)
    sandbox.order(Fault(status=412, method="PATCH"))

    with pytest.raises(Conflict):
        await converge(SetInstantFlag(vercel), change, set())

    assert flag.shown == "true"


async def test_an_environment_that_follows_another_is_let_go(
    sandbox: Sandbox, vercel: Vercel, flag: Flag
) -> None:
    flag.production = {**flag.production, "reuse": {"active": True, "environment": "preview"}}

    change = await planned(SetInstantFlag(vercel), **OFF)

    assert change.settings["after"]["reuse"] == {"active": False, "environment": "preview"}
    assert change.settings["before"]["reuse"]["active"] is True


async def test_a_flag_that_was_told_in_the_same_words_is_set_all_the_same(
    sandbox: Sandbox, vercel: Vercel, flag: Flag
) -> None:
    verb = SetInstantFlag(vercel)
    await carried_out(sandbox, verb, await planned(verb, **OFF))
    flag.production = {**flag.production, "reuse": {"active": True, "environment": "preview"}}
    change = await planned(verb, **OFF)
    assert change.units[0].was == change.units[0].to

    await carried_out(sandbox, verb, change)

    assert flag.production["reuse"]["active"] is False


@pytest.mark.parametrize("value", [0, "false", "maybe"])
async def test_a_value_that_the_flag_cannot_have_is_refused_with_those_it_can(
    vercel: Vercel, value: Any
) -> None:
    with pytest.raises(PolicyError, match="false, true") as refused:
        await planned(SetInstantFlag(vercel), key=SLUG, value=value)

    assert refused.value.rule == "no-such-value"


async def test_an_archived_flag_is_not_set(vercel: Vercel, flag: Flag) -> None:
    flag.state = "archived"

    with pytest.raises(PolicyError) as refused:
        await planned(SetInstantFlag(vercel), **OFF)

    assert refused.value.rule == "flag-archived"


async def test_by_hand_the_same_is_written_whole_in_both_directions(vercel: Vercel) -> None:
    change = await planned(SetInstantFlag(vercel), **OFF)

    (forth,), (back,) = SetInstantFlag.commands(change), SetInstantFlag.commands(change.undone())

    assert f"/feature-flags/flags/{SLUG}?teamId=team_sandbox" in forth
    assert ('"active": false' in forth, '"active": true' in back) == (True, True)


@pytest.mark.parametrize("old", [False, True])
async def test_an_item_is_set_whether_or_not_its_path_was_renamed(
    sandbox: Sandbox, vercel: Vercel, project: Project, *, old: bool
) -> None:
    sandbox.of(VercelWorld).stores_are_old = old
    change = await planned(SetEdgeConfig(vercel), **ITEM)

    await carried_out(sandbox, SetEdgeConfig(vercel), change)

    assert project.items == {"enable_pack_purchase": False}
    assert ("edge-config" in change.settings["root"]) is old


async def test_no_item_is_not_the_same_as_one_that_is_null_and_true_is_not_one(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    project.items.update(nothing=None, one=1)

    null = await planned(SetEdgeConfig(vercel), store=STORE, key="nothing", value=None)
    one = await planned(SetEdgeConfig(vercel), store=STORE, key="one", value=True)

    assert (null.units, len(one.units)) == ((), 1)


async def test_true_is_set_where_one_stood_and_taken_back_to_one(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    project.items["one"], verb = 1, SetEdgeConfig(vercel)
    change = await planned(verb, store=STORE, key="one", value=True)

    await carried_out(sandbox, verb, change)
    assert project.items["one"] is True
    await carried_out(sandbox, verb, change.undone())

    assert project.items["one"] is not True


async def test_an_item_that_somebody_made_meanwhile_is_not_overwritten(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(SetEdgeConfig(vercel), store=STORE, key="new", value=1)
    project.items["new"] = 2

    with pytest.raises(Moved):
        await converge(SetEdgeConfig(vercel), change, set())
    with pytest.raises(Conflict):
        await SetEdgeConfig(vercel).write(change, change.units[0])

    assert project.items["new"] == 2


async def test_what_vercel_flags_keeps_there_is_set_as_a_flag(sandbox: Sandbox, vercel: Vercel) -> None:
    sandbox.of(VercelWorld).stores[STORE].purpose = "flags"

    with pytest.raises(PolicyError) as refused:
        await planned(SetEdgeConfig(vercel), **ITEM)

    assert refused.value.rule == "kept-by-flags"


@pytest.mark.parametrize(("key", "rule"), [("api_token", "holds-a-secret"), ("manifesto", "not-a-flag")])
async def test_what_is_no_flag_is_not_set_as_an_item(
    vercel: Vercel, project: Project, key: str, rule: str
) -> None:
    project.items["manifesto"] = "x" * 3000

    with pytest.raises(PolicyError) as refused:
        await planned(SetEdgeConfig(vercel), store=STORE, key=key, value=1)

    assert refused.value.rule == rule


async def test_a_store_that_is_not_there_is_said(vercel: Vercel) -> None:
    with pytest.raises(Rejected) as refused:
        await planned(SetEdgeConfig(vercel), store="ecfg_nobodys", key="one", value=1)

    assert refused.value.status == httpx.codes.NOT_FOUND
