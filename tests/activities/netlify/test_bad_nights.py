"""What Netlify does when it is late, ill or unpaid, and what a change makes of it."""

import time
from datetime import timedelta
from typing import Any

import pytest

from activities.converging import converge
from activities.netlify.client import Netlify
from activities.netlify.purge_cache import PurgeCache
from activities.netlify.readings import ReadReleases
from activities.netlify.roll_back import RollBack
from activities.netlify.set_config import SetConfig
from sandbox.faults import Fault
from sandbox.netlify.keys import NetlifyKey
from sandbox.netlify.site import Site
from sandbox.world import Sandbox
from stanch.errors import Conflict, Rejected, Still, Unauthorized, Unavailable
from stanch.model.change import Target
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.netlify.cases import SITE
from tests.activities.netlify.publishing import carried_out, netlify_of, operations, planned

FLAG: dict[str, Any] = {"key": "ENABLE_CHECKOUT", "value": "false"}


async def test_credits_that_are_used_up_are_no_broken_token(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    change = await planned(SetConfig(netlify), **FLAG)
    site.credits_gone = True

    with pytest.raises(Rejected, match="until credits are added") as refused:
        await carried_out(sandbox, SetConfig(netlify), change)

    assert not isinstance(refused.value, Unauthorized)


async def test_only_a_refusal_for_too_many_calls_is_waited_out_by_the_limits_own_header(
    sandbox: Sandbox, netlify: Netlify
) -> None:
    change = await planned(RollBack(netlify))
    reset = {"X-RateLimit-Reset": str(int(time.time()) + 50)}
    waits = {}
    for status in (429, 502, 503):
        sandbox.order(Fault(status=status, method="POST", headers=reset))
        with pytest.raises(Unavailable) as refused:
            await converge(RollBack(netlify), change, set())
        waits[status] = (refused.value.retry_after, refused.value.untouched)

    assert waits[502] == waits[503] == (None, False)
    assert waits[429][0] is not None
    assert timedelta(seconds=40) < waits[429][0] <= timedelta(seconds=50)


PATHS = {
    "the site": "/sites/gitquest.netlify.app$",
    "the deploy": "/restore$",
}


@pytest.mark.parametrize("what", list(PATHS))
async def test_what_is_known_and_not_found_once_is_asked_again(
    sandbox: Sandbox, netlify: Netlify, what: str
) -> None:
    change = await planned(RollBack(netlify))
    sandbox.order(Fault(status=404, path=PATHS[what]))

    with pytest.raises(Unavailable, match=what) as late:
        await converge(RollBack(netlify), change, set())
    await carried_out(sandbox, RollBack(netlify), change)

    assert late.value.untouched
    assert operations(sandbox) == ["restore", "lock"]


async def test_a_deploy_that_is_gone_is_not_asked_for_again(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    change = await planned(RollBack(netlify))
    site.deploys[1].deleted = True

    with pytest.raises(Rejected, match="404"):
        await converge(RollBack(netlify), change, set())


async def test_a_published_deploy_that_is_in_no_list_and_not_found_once_is_asked_for_again(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    bad = site.deploys[0]
    bad.context = "branch-deploy"
    sandbox.order(Fault(status=404, path=f"/deploys/{bad.id}$"))

    with pytest.raises(Unavailable, match="known and not found"):
        await ReadReleases(netlify).read(Look(target=SITE, as_of=AT))


async def test_a_variable_that_is_listed_and_not_found_once_was_not_changed_by_somebody(
    sandbox: Sandbox, netlify: Netlify
) -> None:
    change = await planned(SetConfig(netlify), **FLAG)
    sandbox.order(Fault(status=404, path="/env/ENABLE_CHECKOUT$"))

    with pytest.raises(Unavailable, match="listed and not found"):
        await converge(SetConfig(netlify), change, set())


@pytest.mark.parametrize("case", ["another team's token", "another name"])
async def test_a_site_that_is_not_seen_is_said_with_all_that_may_be_the_reason(
    sandbox: Sandbox, netlify: Netlify, case: str
) -> None:
    name = "gitquest" if case == "another team's token" else "gitquset"
    asked = netlify if name != "gitquest" else netlify_of(sandbox, NetlifyKey.ELSEWHERE)

    with pytest.raises(Rejected, match=r"no site .* that this token may see.*SAML"):
        await planned(RollBack(asked), target=Target(provider="netlify", name=name))


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize("locked", [True, False])
async def test_a_site_that_shows_the_old_deploy_for_a_while_is_neither_restored_nor_locked_twice(
    sandbox: Sandbox, netlify: Netlify, site: Site, *, follows: bool, locked: bool
) -> None:
    site.deploys[0].locked, site.lock_follows = locked, follows
    change = await planned(RollBack(netlify))
    good = change.units[0].to
    site.shows_after = timedelta(seconds=20)

    done: set[str] = set()
    for _ in range(40):
        try:
            await converge(RollBack(netlify), change, done)
            break
        except (Still, Conflict):
            sandbox.pass_time(timedelta(seconds=2))

    assert (site.published, site.locked) == (good, True)
    asked = [one.path for one in sandbox.ledger.requests if one.path.endswith("/restore")]
    assert len(asked) == 1


async def test_a_lock_of_what_is_published_no_more_is_looked_at_again(
    sandbox: Sandbox, netlify: Netlify
) -> None:
    change = await planned(RollBack(netlify))
    sandbox.order(Fault(status=422, path="/lock$"))

    with pytest.raises(Conflict, match="published no more"):
        await converge(RollBack(netlify), change, set())
    await carried_out(sandbox, RollBack(netlify), change)


async def test_a_rollback_says_what_becomes_of_builds_and_of_the_command_line(netlify: Netlify) -> None:
    change = await planned(RollBack(netlify))

    assert "stays unpublished until somebody publishes it" in change.effects[0]
    assert "hangs in CI" in change.effects[1]


async def test_a_third_purge_within_five_seconds_is_sent_later(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    site.counts_purges = True
    for _ in range(2):
        await carried_out(sandbox, PurgeCache(netlify), await planned(PurgeCache(netlify)))
    change = await planned(PurgeCache(netlify))

    with pytest.raises(Unavailable, match="Too many purges"):
        await converge(PurgeCache(netlify), change, set())
    sandbox.pass_time(timedelta(seconds=5))
    await carried_out(sandbox, PurgeCache(netlify), change)


async def test_a_paused_site_serves_nobody(sandbox: Sandbox, site: Site) -> None:
    site.paused = True

    assert sandbox.services["frontend"].host.instances() == []
