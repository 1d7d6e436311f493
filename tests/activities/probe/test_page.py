from collections.abc import Mapping
from typing import Any

import pytest

from activities.probes.page import LoadedPage
from activities.probes.page_files import files_of, is_a_copy
from sandbox.app import application
from sandbox.cloudflare.scenes import ZONE, pitchey
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.faults import Fault, Trouble
from sandbox.mischief import Breakage, Breaking, break_service
from sandbox.server import serving
from sandbox.service import Ailment
from sandbox.world import Sandbox
from stanch.policy.bounds import LowerBound
from stanch.policy.facts import facts_of, variables_of
from tests.activities.probe.asking import AT, SCRIPT, answering, loaded, outside_of, over_a_socket, page, site

URL = "http://sandbox.example/service/pitchey"
SHOP = "https://shop.example/"


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox(pitchey)
    for version in made.of(CloudflareWorld).workers["pitchey-production"].versions:
        version.good = True
    return made


def stale(sandbox: Sandbox) -> None:
    break_service(sandbox, Breaking(service="pitchey", breakage=Breakage.STALE_PAGE))


async def test_a_page_loads_with_its_files_over_a_real_socket(sandbox: Sandbox) -> None:
    async with serving(sandbox) as base:
        result = await loaded(over_a_socket(), f"{base}/service/pitchey")

    assert (result.broken, result.files, result.missing_files, result.stale_files) == (False, 2, 0, 0)
    assert result.line() == "loads: 0 of 2 files missing, 0 stale"


async def test_a_cached_page_whose_files_are_gone_is_broken_until_the_cache_is_purged(
    sandbox: Sandbox,
) -> None:
    stale(sandbox)
    broken = await loaded(outside_of(application(sandbox)), URL)
    sandbox.purge_pages(lambda service: service.name in sandbox.of(CloudflareWorld).zones[ZONE].services)
    cured = await loaded(outside_of(application(sandbox)), URL)

    assert (broken.broken, broken.missing_files, broken.stale_files) == (True, 2, 2)
    assert broken.line().startswith(f"broken: 2 of 2 files missing, 2 stale: {URL}/assets/app-")
    assert (cured.broken, cured.missing_files, cured.stale_files) == (False, 0, 0)


async def test_a_start_page_in_the_place_of_a_file_is_a_file_that_is_missing(sandbox: Sandbox) -> None:
    stale(sandbox)
    sandbox.services["pitchey"].front.falls_back = True

    result = await loaded(outside_of(application(sandbox)), URL)

    assert (result.broken, result.missing_files, result.stale_files) == (True, 2, 2)
    assert result.why == "is answered with a page in its place"


async def test_a_cache_that_cannot_be_passed_leaves_open_what_is_stale(sandbox: Sandbox) -> None:
    stale(sandbox)
    sandbox.services["pitchey"].front.is_stubborn = True

    result = await loaded(outside_of(application(sandbox)), URL)

    assert (result.broken, result.missing_files, result.stale_files) == (True, 2, None)
    assert "stale ones not known" in result.line()


async def test_an_origin_that_is_down_behind_a_cached_page_leaves_open_what_is_stale(
    sandbox: Sandbox,
) -> None:
    sandbox.services["pitchey"].front.keep(next(iter(sandbox.services["pitchey"].releases())))
    sandbox.services["pitchey"].ailments.add(Ailment.DOWN)

    result = await loaded(outside_of(application(sandbox)), URL)

    assert (result.broken, result.missing_files, result.stale_files) == (False, 0, None)


async def test_a_page_that_does_not_answer_says_nothing_of_its_files(sandbox: Sandbox) -> None:
    sandbox.services["pitchey"].ailments.add(Ailment.DOWN)

    result = await loaded(outside_of(application(sandbox)), URL)

    assert (result.broken, result.files, result.missing_files, result.stale_files) == (True, None, None, None)
    assert result.line() == f"broken: {URL} answered 503"


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (Trouble.RESET, "cannot be reached: ReadError"),
        (Trouble.TIMEOUT, "did not answer within 5 s"),
        (Trouble.GARBAGE, "answered something that is no page"),
    ],
)
async def test_whatever_goes_wrong_with_the_page_is_what_is_measured(
    sandbox: Sandbox, trouble: Trouble, why: str
) -> None:
    sandbox.order(Fault(trouble=trouble, times=None))

    result = await loaded(outside_of(application(sandbox)), URL)

    assert (result.broken, result.why) == (True, why)


async def test_a_file_that_the_origin_names_and_does_not_have_is_missing_and_not_stale() -> None:
    result = await loaded(outside_of(site({"/": page("/a.js", "/b.js"), "/a.js": SCRIPT})), SHOP)

    assert (result.broken, result.missing_files, result.stale_files) == (True, 1, 0)
    assert result.why == "answered 404"


async def test_a_file_that_a_cache_still_has_is_stale_and_not_missing() -> None:
    cached = {"/": page("/old.js", age="90"), "/old.js": SCRIPT, "/new.js": SCRIPT}
    at_origin = {"/": page("/new.js"), "/old.js": answering(404)}

    result = await loaded(outside_of(site(cached, at_origin)), SHOP)

    assert (result.broken, result.missing_files, result.stale_files) == (False, 0, 1)


async def test_an_origin_that_does_not_say_whether_it_has_a_file_leaves_open_what_is_stale() -> None:
    cached = {"/": page("/old.js", age="90"), "/old.js": SCRIPT}
    at_origin = {"/": page("/new.js"), "/old.js": answering(503)}

    result = await loaded(outside_of(site(cached, at_origin)), SHOP)

    assert (result.broken, result.stale_files) == (False, None)


async def test_a_file_that_the_origin_keeps_for_old_pages_is_not_stale() -> None:
    cached = {"/": page("/old.js", age="90"), "/old.js": SCRIPT}

    result = await loaded(outside_of(site(cached, {"/": page("/new.js")})), SHOP)

    assert (result.broken, result.stale_files) == (False, 0)


async def test_a_file_that_fails_breaks_the_page_and_is_not_said_to_be_gone() -> None:
    result = await loaded(outside_of(site({"/": page("/a.js"), "/a.js": answering(503)})), SHOP)

    assert (result.broken, result.missing_files, result.why) == (True, 0, "answered 503")


@pytest.mark.parametrize(("missing", "broken"), [(0, None), (2, True)])
async def test_of_too_many_files_only_some_are_looked_at_and_nothing_is_said_of_the_rest(
    missing: int, *, broken: bool | None
) -> None:
    files = [f"/{number}.js" for number in range(40)]
    there: dict[str, Any] = dict.fromkeys(files[missing:], SCRIPT)

    result = await loaded(outside_of(site({"/": page(*files), **there})), SHOP)

    variables = variables_of(LoadedPage, "page")
    known = facts_of(variables, {"page": result.model_dump(mode="json")}, AT)
    assert (result.broken, result.files, result.is_cut) == (broken, 40, True)
    assert isinstance(known["page.missing_files"], LowerBound)
    assert known["page.missing_files"] == missing


def test_scripts_and_styles_of_the_pages_own_host_are_files_of_it() -> None:
    html = """
    <base href="/app/"><script src="main.js"></script><SCRIPT SRC='main.js'></SCRIPT>
    <link rel="stylesheet" href="//shop.example/site.css#x"><link rel="modulepreload" href="../chunk.js">
    <link rel=preload as=style href=early.css><link rel="preload" as="font" href="a.woff2">
    <link rel="icon" href="icon.ico"><script>inline()</script><script src="data:,x"></script>
    <script src="https://js.elsewhere.example/v3"></script><script src="http://["></script><link><p
    """

    assert files_of(html, "https://shop.example/cart") == [
        "https://shop.example/app/main.js",
        "https://shop.example/site.css",
        "https://shop.example/chunk.js",
        "https://shop.example/app/early.css",
    ]


@pytest.mark.parametrize(
    ("said", "copy"),
    [
        ({}, False),
        ({"age": "0"}, False),
        ({"age": "12"}, True),
        ({"cf-cache-status": "HIT"}, True),
        ({"cf-cache-status": "DYNAMIC"}, False),
        ({"x-vercel-cache": "PRERENDER"}, True),
        ({"x-vercel-cache": "MISS"}, False),
        ({"x-cache": "Hit from cloudfront"}, True),
        ({"x-cache": "RefreshHit from cloudfront"}, False),
        ({"cache-status": '"Netlify Durable"; fwd=bypass, "Netlify Edge"; hit'}, True),
        ({"cache-status": '"Netlify Edge"; fwd=stale'}, False),
    ],
)
def test_a_cache_says_of_an_answer_that_it_gave_it(said: Mapping[str, str], *, copy: bool) -> None:
    assert is_a_copy(said) is copy
