"""`status.pages`: what several vendors say of themselves, together and each by its name."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.connection import Connection
from activities.http import Api
from activities.status_pages.all_pages import ManyPages, ReadPages
from activities.status_pages.pages import Pages
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.status_pages import Weather
from sandbox.world import Sandbox
from stanch.errors import ConfigError
from stanch.model.evidence import Look
from stanch.model.team import StatusPage
from stanch.policy.conditions import Truth, evaluate
from stanch.policy.facts import declared, facts_of, variables_of
from stanch.secrets import Redactor
from tests.activities.status_pages.watching import AT

ASKED = {"pages": ["supabase", "clerk", "openai", "fly"], "hosting": "fly"}
OUT_OF_REACH = [
    Fault(status=503, path="clerk", times=None),
    Fault(trouble=Trouble.TIMEOUT, path="clerk", times=None),
    Fault(trouble=Trouble.GARBAGE, path="clerk", times=None),
]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.slurpy()


@pytest.fixture
def pages(sandbox: Sandbox) -> ReadPages:
    return reading(sandbox)


def reading(sandbox: Sandbox, **components: tuple[str, ...]) -> ReadPages:
    connection = Connection(transport=httpx.ASGITransport(application(sandbox)))
    found = {
        name: StatusPage(url=f"http://sandbox.example/status/{name}", components=components.get(name, ()))
        for name in sandbox.status_pages
    }
    return ReadPages(Pages(Api("status", connection, Redactor()), found))


async def look(reader: ReadPages, at: datetime = AT, **asked: Any) -> ManyPages:
    return await reader.read(Look(arguments={**ASKED, **asked}, as_of=at))


def said(result: ManyPages, text: str, asked: Mapping[str, Any] = ASKED) -> Truth:
    variables = variables_of(ManyPages, "vendors", asked=asked)
    known = facts_of(variables, {"vendors": result.model_dump(mode="json")}, AT)
    return evaluate(text, declared(variables), known).truth


async def test_while_all_is_well_nothing_is_down(pages: ReadPages) -> None:
    result = await look(pages)

    assert (result.is_down, result.is_degraded, result.unread) == (False, False, ())
    assert said(result, "vendors.is_down || vendors.hosting.is_down || vendors.clerk.is_down") is Truth.FALSE
    assert result.line() == "4 pages fine"


async def test_one_that_is_down_is_known_together_and_by_its_name(sandbox: Sandbox, pages: ReadPages) -> None:
    sandbox.status_pages["openai"].turn(Weather.OUTAGE)
    sandbox.status_pages["clerk"].turn(Weather.MINOR)

    result = await look(pages)

    assert (result.is_down, result.is_degraded) == (True, True)
    assert said(result, "vendors.openai.is_down && !vendors.clerk.is_down") is Truth.TRUE
    assert said(result, "vendors.clerk.is_degraded && !vendors.hosting.is_degraded") is Truth.TRUE
    assert result.line() == (
        "openai: down, Trouble at Openai; clerk: degraded, Trouble at Clerk; 2 pages fine"
    )


async def test_the_hosting_has_a_name_of_its_own(sandbox: Sandbox, pages: ReadPages) -> None:
    sandbox.status_pages["fly"].turn(Weather.OUTAGE)

    result = await look(pages, pages=["clerk"])

    assert result.is_down
    assert said(result, "vendors.hosting.is_down && !vendors.clerk.is_down") is Truth.TRUE


@pytest.mark.parametrize("fault", OUT_OF_REACH)
async def test_a_page_that_cannot_be_read_makes_unknown_what_it_alone_could_tell(
    sandbox: Sandbox, pages: ReadPages, fault: Fault
) -> None:
    sandbox.order(fault)

    result = await look(pages)

    assert (result.is_down, result.is_degraded, result.unread) == (None, None, ("clerk",))
    for unknown in ("vendors.is_down", "vendors.is_degraded", "vendors.clerk.is_down"):
        assert said(result, unknown) is Truth.UNDECIDABLE
        assert said(result, f"!{unknown}") is Truth.UNDECIDABLE
    assert said(result, "vendors.hosting.is_down || vendors.openai.is_down") is Truth.FALSE
    assert result.line().startswith("not read: status: page clerk ")
    assert result.line().endswith("; 3 pages fine")


async def test_one_that_is_down_is_down_whatever_cannot_be_read(sandbox: Sandbox, pages: ReadPages) -> None:
    sandbox.order(OUT_OF_REACH[0])
    sandbox.status_pages["openai"].turn(Weather.OUTAGE)

    result = await look(pages)

    assert (result.is_down, result.is_degraded, result.unread) == (True, True, ("clerk",))


async def test_a_hosting_whose_page_cannot_be_read_is_unknown(sandbox: Sandbox, pages: ReadPages) -> None:
    sandbox.order(Fault(status=503, path="fly", times=None))

    result = await look(pages)

    assert said(result, "vendors.hosting.is_down") is Truth.UNDECIDABLE


async def test_a_page_of_old_is_the_old_answer_for_a_minute_and_no_longer(
    sandbox: Sandbox, pages: ReadPages
) -> None:
    await look(pages)
    sandbox.status_pages["openai"].turn(Weather.OUTAGE)

    assert not (await look(pages, at=AT + timedelta(seconds=59))).is_down
    assert (await look(pages, at=AT + timedelta(minutes=1))).is_down


async def test_only_the_components_that_the_team_uses_count(sandbox: Sandbox) -> None:
    sandbox.status_pages["supabase"].turn(Weather.OUTAGE, ["Storage"])

    assert (await look(reading(sandbox))).is_down
    assert (await look(reading(sandbox, supabase=("Database",)))).is_down is False


async def test_a_component_that_a_page_no_longer_has_is_a_page_that_was_not_read(sandbox: Sandbox) -> None:
    result = await look(reading(sandbox, supabase=("Datenbank",)))

    assert (result.is_down, result.unread) == (None, ("supabase",))
    assert "page supabase has no component datenbank" in result.line()


async def test_a_page_that_nobody_knows_is_unread_and_the_others_are_read(pages: ReadPages) -> None:
    result = await look(pages, pages=["superbase", "clerk"], hosting="")

    assert (result.is_down, result.unread, result.hosting) == (None, ("superbase",), None)
    assert "did you mean supabase?" in result.line()


async def test_without_any_page_it_says_what_to_write(pages: ReadPages) -> None:
    with pytest.raises(ConfigError, match="depends_on"):
        await look(pages, pages=[], hosting="")
