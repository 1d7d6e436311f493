from datetime import timedelta

import pytest

from activities.converging import converge
from activities.netlify.client import Netlify
from activities.netlify.roll_back import RollBack
from sandbox.faults import Fault
from sandbox.netlify.site import Site
from sandbox.netlify.world import NetlifyWorld
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Unavailable
from tests.activities.netlify.publishing import carried_out, operations, planned


async def test_a_rollback_names_its_deploy_and_never_asks_for_one_step_back(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    bad, good, _ = site.deploys
    change = await planned(RollBack(netlify))

    await carried_out(sandbox, RollBack(netlify), change)

    assert [(unit.was, unit.to) for unit in change.units] == [(bad.id, good.id), (True, False)]
    assert site.published == good.id
    asked = [one.path for one in sandbox.ledger.requests if one.method != "GET"]
    assert asked == [
        f"/netlify/sites/{site.id}/deploys/{good.id}/restore",
        f"/netlify/deploys/{good.id}/lock",
    ]


async def test_the_next_push_does_not_take_the_rollback_away(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    good = site.deploys[1]
    change = await planned(RollBack(netlify))
    await carried_out(sandbox, RollBack(netlify), change)

    sandbox.of(NetlifyWorld).deploy("gitquest")

    assert (site.published, site.locked) == (good.id, True)
    assert "do not go live until the incident closes" in change.effects[0]


async def test_pushes_go_live_again_when_the_incident_closes(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    change = await planned(RollBack(netlify))
    await carried_out(sandbox, RollBack(netlify), change)

    await carried_out(sandbox, RollBack(netlify), change.put_right())

    assert (site.published, site.locked) == (change.units[0].to, False)


@pytest.mark.parametrize("follows", [True, False])
async def test_a_site_that_was_locked_before_stays_so_whether_or_not_the_lock_follows_the_deploy(
    sandbox: Sandbox, netlify: Netlify, site: Site, *, follows: bool
) -> None:
    site.deploys[0].locked, site.lock_follows = True, follows
    verb, before = RollBack(netlify), site.published
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    assert (site.published, site.locked) == (site.deploys[1].id, True)

    await carried_out(sandbox, verb, change.undone())

    assert (site.published, site.locked, change.afterwards) == (before, True, ())
    assert "stopped before" in change.effects[0]


async def test_a_lock_that_was_lost_with_the_worker_is_put_back(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    site.deploys[0].locked, site.lock_follows = True, False
    verb = RollBack(netlify)
    change = await planned(verb)
    sandbox.order(Fault(status=503, path="/lock$"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)

    assert (site.locked, operations(sandbox)) == (True, ["restore", "lock"])


async def test_a_named_deploy_may_be_one_that_was_built_while_the_site_was_locked(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    site.deploys[0].locked = True
    fixed = sandbox.of(NetlifyWorld).deploy("gitquest")

    change = await planned(RollBack(netlify), release=fixed)

    assert change.units[0].to == fixed
    assert "never published" in change.because


@pytest.mark.parametrize("deployment", ["of-somebody", "failed"])
async def test_a_deploy_that_cannot_be_published_is_refused(
    sandbox: Sandbox, netlify: Netlify, site: Site, deployment: str
) -> None:
    site.deploys[2].state = "error"
    wanted = site.deploys[2].id if deployment == "failed" else deployment

    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(netlify), release=wanted)

    assert refused.value.rule == "no-such-deployment"


async def test_the_first_deploy_of_a_site_has_nothing_before_it(netlify: Netlify, site: Site) -> None:
    del site.deploys[1:]

    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(netlify))

    assert refused.value.rule == "nothing-to-roll-back-to"


async def test_nothing_is_planned_while_a_deploy_is_under_way(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    sandbox.of(NetlifyWorld).deploy("gitquest", in_progress=True)
    site.deploys[0].timetable.stop()

    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(netlify))

    assert refused.value.rule == "deployment-in-progress"


async def test_a_deploy_that_was_deleted_since_planning_is_said_once(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    change = await planned(RollBack(netlify))
    site.deploys[1].deleted = True

    with pytest.raises(Rejected, match="404"):
        await carried_out(sandbox, RollBack(netlify), change)

    assert operations(sandbox) == []


async def test_a_busy_netlify_is_asked_again_when_its_minute_ends(sandbox: Sandbox, netlify: Netlify) -> None:
    change = await planned(RollBack(netlify))
    sandbox.order(Fault(status=429, method="POST"))

    with pytest.raises(Unavailable) as refused:
        await converge(RollBack(netlify), change, set())

    assert refused.value.retry_after is not None
    assert timedelta(0) < refused.value.retry_after <= timedelta(seconds=31)


async def test_by_hand_it_is_netlifys_api_by_name(netlify: Netlify, site: Site) -> None:
    change = await planned(RollBack(netlify))

    commands = RollBack.commands(change)

    assert [command.split()[2] for command in commands] == ["restoreSiteDeploy", "lockDeploy"]
    assert all(site.deploys[1].id in command for command in commands)
