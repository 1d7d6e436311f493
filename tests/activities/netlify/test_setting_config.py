from typing import Any

import pytest

from activities.converging import converge
from activities.netlify.client import Netlify
from activities.netlify.set_config import SetConfig
from sandbox.faults import Fault, Trouble
from sandbox.netlify.deploy import Commit
from sandbox.netlify.site import Site
from sandbox.netlify.world import NetlifyWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still, Unavailable
from tests.activities.contract.case import MARKER
from tests.activities.netlify.cases import FLAG
from tests.activities.netlify.publishing import carried_out, operations, planned

OFF: dict[str, Any] = {"key": FLAG, "value": False}


def values(site: Site, key: str = FLAG) -> dict[str, str]:
    return {context: value for context, (_, value) in site.variables[key].values.items()}


async def test_a_flag_is_set_and_carried_by_a_new_build_of_the_same_commit(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    before = site.deploys[0]
    change = await planned(SetConfig(netlify), **OFF)

    done = await carried_out(sandbox, SetConfig(netlify), change)

    assert done == {f"env:{FLAG}", "deployment"}
    assert site.live is not None
    assert (site.live.id != before.id, site.live.title) == (True, MARKER)
    assert (site.live.environment[FLAG], site.live.commit) == ("false", before.commit)


async def test_other_contexts_keep_what_they_share_and_the_undo_takes_productions_own_value_away(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    verb = SetConfig(netlify)
    change = await planned(verb, **OFF)
    await carried_out(sandbox, verb, change)
    assert values(site) == {"all": "true", "production": "false"}

    await carried_out(sandbox, verb, change.undone())

    assert values(site) == {"all": "true"}
    assert "keep the one they share" in change.effects[1]


async def test_a_flag_that_was_absent_is_added_and_taken_away_again(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    verb = SetConfig(netlify)
    change = await planned(verb, key="DISABLE_CHAT", value=1)
    await carried_out(sandbox, verb, change)
    assert values(site, "DISABLE_CHAT") == {"production": "1"}

    await carried_out(sandbox, verb, change.undone())

    assert "DISABLE_CHAT" not in site.variables
    assert operations(sandbox) == ["set_env", "build", "delete_env", "restore"]


@pytest.mark.parametrize("path", ["/env/", "/builds$"])
async def test_a_lost_answer_leaves_one_value_and_one_build(
    sandbox: Sandbox, netlify: Netlify, path: str
) -> None:
    change = await planned(SetConfig(netlify), **OFF)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="PATCH" if "env" in path else "POST", path=path))
    with pytest.raises(Unavailable):
        await carried_out(sandbox, SetConfig(netlify), change)

    await carried_out(sandbox, SetConfig(netlify), change)

    assert operations(sandbox) == ["set_env", "build"]


async def test_the_undo_while_the_build_still_runs_stops_the_build(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    verb, before = SetConfig(netlify), site.published
    change = await planned(verb, **OFF)
    with pytest.raises(Still):
        await converge(verb, change, set())
    site.deploys[0].timetable.stop()

    await carried_out(sandbox, verb, change.undone())

    assert (site.published, site.deploys[0].state, values(site)) == (before, "error", {"all": "true"})


async def test_a_build_that_fails_is_said_and_visitors_keep_what_they_have(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    verb, before = SetConfig(netlify), site.published
    change = await planned(verb, **OFF)
    with pytest.raises(Still):
        await converge(verb, change, set())
    site.deploys[0].timetable.set_out((10, "error"))
    site.deploys[0].error = "exit code 2"

    with pytest.raises(Rejected, match="exit code 2"):
        await carried_out(sandbox, verb, change)

    assert site.published == before


async def test_a_build_that_netlify_skips_is_told_from_a_failed_one_with_the_way_out(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    site.ignores_unchanged = True
    verb = SetConfig(netlify)

    with pytest.raises(Rejected, match="as every build of this commit will be"):
        await carried_out(sandbox, verb, await planned(verb, **OFF))


@pytest.mark.parametrize("because", ["somebody went back", "the newest failed"])
async def test_a_build_that_would_bring_another_commit_than_visitors_have_is_refused(
    sandbox: Sandbox, netlify: Netlify, site: Site, because: str
) -> None:
    site.publish(site.deploys[1])
    if because == "the newest failed":
        site.deploys[0].state, site.deploys[0].published = "error", None

    with pytest.raises(PolicyError) as refused:
        await planned(SetConfig(netlify), **OFF)

    assert refused.value.rule == "newer-commit"


async def test_a_build_that_turns_out_to_be_of_another_commit_is_somebody_elses(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    change = await planned(SetConfig(netlify), **OFF)
    site.head = Commit("9" * 40, "pushed while builds were skipped")

    with pytest.raises(Moved, match="9999999"):
        await carried_out(sandbox, SetConfig(netlify), change)


@pytest.mark.parametrize(("stops", "rule"), [("locked", "auto-publishing-off"), ("builds", "not-built-here")])
async def test_a_flag_is_not_set_where_no_new_build_would_go_live(
    netlify: Netlify, site: Site, stops: str, rule: str
) -> None:
    site.deploys[0].locked, site.builds_stopped = stops == "locked", stops == "builds"

    with pytest.raises(PolicyError) as refused:
        await planned(SetConfig(netlify), **OFF)

    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("STRIPE_WEBHOOK_SECRET", "holds-a-secret"),
        ("DATABASE_URL", "holds-a-secret"),
        ("SEALED_FLAG", "unreadable"),
        ("MANIFESTO", "not-a-flag"),
    ],
)
async def test_what_is_no_flag_is_not_set_as_one(netlify: Netlify, site: Site, key: str, rule: str) -> None:
    site.keep("SEALED_FLAG", "sealed-flag-of-the-sandbox", is_secret=True)
    site.keep("MANIFESTO", "x" * 300)

    with pytest.raises(PolicyError) as refused:
        await planned(SetConfig(netlify), key=key, value="false")

    assert refused.value.rule == rule


async def test_a_push_while_the_flag_is_being_set_makes_the_plan_stale(
    sandbox: Sandbox, netlify: Netlify
) -> None:
    change = await planned(SetConfig(netlify), **OFF)
    sandbox.of(NetlifyWorld).deploy("gitquest")

    with pytest.raises(Moved):
        await converge(SetConfig(netlify), change, set())

    assert operations(sandbox) == []
