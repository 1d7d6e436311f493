"""Who is on call, at the API and on the pages."""

from pathlib import Path

import httpx
import pytest

from stanch.playbooks.book import Book
from tests.gateway.console_pages import signed_in
from tests.gateway.doubles import TEAM, book_in

ROTA = """on_call:
  order: [ana, li]
  hands_over: Mon 09:00
  time_zone: Europe/Berlin
  begins: 2026-11-16
"""
AT = {"at": "2026-11-21T03:12:00Z"}


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return book_in(tmp_path, TEAM + ROTA)


async def test_it_is_who_the_rota_names_by_the_clocks_of_its_place(li: httpx.AsyncClient) -> None:
    found = (await li.get("/on-call", params=AT)).json()

    assert (found["people"], found["now"]["person"], found["now"]["until"]) == (
        ["ana"],
        "ana",
        "2026-11-23T08:00:00Z",
    )
    assert (found["then"]["person"], found["then"]["until"]) == ("li", "2026-11-30T08:00:00Z")
    assert (found["week"], found["known_from"]) == ([], "the rota of stanch.yaml")


async def test_the_week_is_there_where_it_is_asked_for(li: httpx.AsyncClient) -> None:
    found = (await li.get("/on-call", params=AT | {"week": "true"})).json()

    assert [one["person"] for one in found["week"]] == ["ana", "li"]


@pytest.mark.parametrize(
    "at", ["2026-11-21T03:12:00", "yesterday", "9999-12-31T23:00:00Z", "0001-01-01T00:00:00Z", ""]
)
async def test_an_instant_that_is_none_is_refused(li: httpx.AsyncClient, at: str) -> None:
    answer = await li.get("/on-call", params={"at": at})

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "at")


async def test_nobody_is_told_without_a_token(nobody: httpx.AsyncClient) -> None:
    assert (await nobody.get("/on-call")).status_code == 401


@pytest.mark.parametrize("path", ["/", "/people"])
async def test_the_pages_say_who_is_on_call(browser: httpx.AsyncClient, path: str) -> None:
    await signed_in(browser)

    page = (await browser.get(path)).text

    assert "is on call until Mon 20" in page
    assert "then li until" in page or "then ana until" in page
