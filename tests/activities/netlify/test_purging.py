import pytest

from activities.netlify.client import Netlify
from activities.netlify.purge_cache import PurgeCache
from sandbox.app import application
from sandbox.netlify.site import Site
from sandbox.world import Sandbox
from tests.activities.netlify.publishing import carried_out, planned
from tests.activities.probe.asking import loaded, outside_of


@pytest.mark.parametrize(("tags", "healed"), [((), True), (("home",), False)])
async def test_the_whole_cache_is_purged_or_only_what_is_tagged(
    sandbox: Sandbox, netlify: Netlify, site: Site, tags: tuple[str, ...], *, healed: bool
) -> None:
    site.cache_is_broken = True
    front = sandbox.services["frontend"].front
    front.keep("a release of last week")
    change = await planned(PurgeCache(netlify), tags=list(tags))

    await carried_out(sandbox, PurgeCache(netlify), change)

    assert (site.cache_is_broken, bool(front.kept)) == (not healed, not healed)
    assert [effect.detail for effect in sandbox.ledger.effects()] == [{"tags": list(tags)}]
    assert ("everything" in change.summary) is healed


async def test_a_purge_mends_a_page_whose_files_are_gone(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    site.publish(site.deploys[1])
    sandbox.services["frontend"].keep_page("a release of last week")
    app = application(sandbox)
    before = await loaded(outside_of(app), "http://sandbox.example/service/frontend")

    await carried_out(sandbox, PurgeCache(netlify), await planned(PurgeCache(netlify)))

    after = await loaded(outside_of(app), "http://sandbox.example/service/frontend")
    assert (before.broken, before.stale_files) == (True, 2)
    assert (after.broken, after.stale_files) == (False, 0)
