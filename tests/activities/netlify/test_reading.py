from datetime import timedelta

import pytest

from activities.netlify import prove
from activities.netlify.client import Netlify
from activities.netlify.logs import ReadLogs
from activities.netlify.readings import ReadRecent
from sandbox.netlify.keys import NetlifyKey
from sandbox.netlify.site import Site
from sandbox.netlify.world import NetlifyWorld
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unauthorized
from stanch.model.change import Target
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.netlify.cases import SITE
from tests.activities.netlify.publishing import netlify_of, read

BAD_SINCE = AT - timedelta(minutes=5)


async def test_which_deploy_is_live_is_told_by_the_site_and_not_by_the_dates_of_deploys(
    netlify: Netlify, site: Site
) -> None:
    oldest = site.deploys[2]
    site.published = oldest.id

    result = await read(netlify)

    assert (result.name, result.previous) == (oldest.id, None)
    assert "; nothing before it; " in result.line()


async def test_the_reading_is_one_line(netlify: Netlify, site: Site) -> None:
    site.deploys[0].locked = True

    result = await read(netlify, first_bad_at=BAD_SINCE)

    assert result.line() == (
        f"{site.deploys[0].id} 3c4d5e6 by ana, suspect, new ones do not go live by themselves;"
        f" before it {site.deploys[1].id}"
    )


async def test_a_deploy_is_not_suspect_while_another_is_under_way(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    sandbox.of(NetlifyWorld).deploy("gitquest", in_progress=True)
    site.deploys[0].timetable.stop()

    result = await read(netlify, first_bad_at=BAD_SINCE)

    assert (result.deploying, result.is_suspect) == (True, False)


async def test_an_upload_that_nobody_finished_is_not_under_way_for_ever(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    sandbox.of(NetlifyWorld).deploy("gitquest", in_progress=True)
    site.deploys[0].state = "new"
    site.deploys[0].timetable.clear()

    result = await read(netlify, as_of=AT + timedelta(hours=7))

    assert result.deploying is False


async def test_after_somebody_went_back_nothing_is_suspect_and_what_they_left_is_passed_over(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    left, good, oldest = site.deploys
    sandbox.pass_time(timedelta(minutes=1))
    site.publish(good)

    went_back = await read(netlify, first_bad_at=AT)
    sandbox.pass_time(timedelta(minutes=1))
    sandbox.of(NetlifyWorld).deploy("gitquest")
    pushed_again = await read(netlify)

    assert (went_back.is_suspect, went_back.previous) == (False, oldest.id)
    assert pushed_again.previous == good.id != left.id


async def test_a_deploy_that_visitors_never_had_is_nothing_to_go_back_to(
    netlify: Netlify, site: Site
) -> None:
    site.deploys[1].published = None

    result = await read(netlify)

    assert result.previous == site.deploys[2].id


@pytest.mark.parametrize("name", ["gitquest", "gitquest.example", "the id"])
async def test_a_site_is_named_by_its_name_its_domain_or_its_id(
    netlify: Netlify, site: Site, name: str
) -> None:
    target = Target(provider="netlify", name=site.id if name == "the id" else name)

    proof = await prove(netlify, target)

    assert site.published in proof.saw
    assert proof.granted is None


@pytest.mark.parametrize(("key", "error"), [(NetlifyKey.ELSEWHERE, Rejected), ("no-key", Unauthorized)])
async def test_a_credential_that_does_not_reach_the_site_is_said_and_never_shown(
    sandbox: Sandbox, key: str, error: type[Rejected]
) -> None:
    netlify = netlify_of(sandbox, key)

    with pytest.raises(error) as refused:
        await prove(netlify, SITE)

    assert key not in str(refused.value)


async def test_a_site_that_published_nothing_is_said(netlify: Netlify, site: Site) -> None:
    site.published = ""

    with pytest.raises(Rejected, match="published nothing"):
        await read(netlify)


async def test_what_was_changed_of_late_names_variables_and_never_their_values(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    changed = site.variables["STRIPE_WEBHOOK_SECRET"]
    changed.updated = sandbox.clock.now() - timedelta(minutes=3)

    result = await ReadRecent(netlify).read(Look(target=SITE, as_of=AT))

    assert [(one.what, one.by) for one in result.happenings] == [
        ("STRIPE_WEBHOOK_SECRET", "Ana"),
        ("3c4d5e6", "ana"),
    ]
    assert (result.deploys, result.configs, result.is_complete) == (1, 1, True)
    assert "whsec" not in result.model_dump_json()


async def test_logs_are_read_page_by_page_and_counted_at_least(netlify: Netlify, site: Site) -> None:
    site.log_page = 2
    for minute in range(5):
        site.say("search", "ERROR no index", timedelta(minutes=minute))
    look = Look(target=SITE, as_of=AT, arguments={"matching": ["ERROR"], "within": "PT10M"})

    result = await ReadLogs(netlify).read(look)

    assert (result.count, result.is_cut) == (7, True)
