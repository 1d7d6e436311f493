"""The pages in a real browser, on a phone and on a desk; without one they are skipped."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from stanch.model.decision import SaidAt, Say
from stanch.model.incident import Phase
from stanch.playbooks.book import Book
from tests.gateway.console_scenes import WORK, DecidingControl, a_plan_of_two, asked, worked_on
from tests.gateway.doubles import NUMBER, TOKENS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENS = {"phone-dark": (390, 844), "desk-light": (1280, 800)}
LARGEST_GAP = 0
"""Pixels by which a page may be wider than its screen."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed here")


@pytest.fixture
def control(book: Book) -> DecidingControl:
    control = DecidingControl(book)
    asked(control)
    worked_on(control)
    return control


@pytest.fixture
async def url(app: FastAPI) -> AsyncIterator[str]:
    """The gateway on a socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # As root, which is what a build machine is, Chromium does not start within its own sandbox.
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(params=SCREENS)
async def page(request: pytest.FixtureRequest, chromium: Browser, url: str) -> AsyncIterator[Page]:
    """A page that complains about nothing: no script fails, nothing is kept from being loaded."""
    width, height = SCREENS[request.param]
    context = await chromium.new_context(
        viewport=ViewportSize(width=width, height=height),
        color_scheme="dark" if request.param.endswith("dark") else "light",
        base_url=url,
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Security" in said.text else None)
    yield page
    await context.close()
    assert complaints == []


async def sign_in(page: Page, to: str = "/") -> None:
    await page.goto(to)
    await page.get_by_label("Your token").fill(TOKENS["ana"])
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("link", name="ana")).to_be_visible()


async def test_a_thumb_signs_in_and_says_yes(page: Page, control: DecidingControl) -> None:
    await sign_in(page, f"/incident/{NUMBER}")
    approve = page.get_by_role("button", name="Approve")
    await expect(approve).to_be_in_viewport(ratio=1)  # however long the question is
    box = await approve.bounding_box()
    width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    await approve.click()
    await expect(page.get_by_role("alert")).to_have_text("Heard. approve by ana")

    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    assert width <= LARGEST_GAP
    assert [(one.say, one.person, one.door) for one in control.heard] == [(Say.APPROVE, "ana", SaidAt.PAGE)]
    await expect(page.get_by_text("makes the change")).to_be_visible()
    await expect(approve).to_have_count(0)
    await page.reload()
    assert len(control.heard) == 1


async def test_a_no_comes_with_its_note(page: Page, control: DecidingControl) -> None:
    await sign_in(page, f"/incident/{NUMBER}")
    await page.get_by_text("Add a note").click()
    await page.get_by_label("Note, for the timeline").fill("the migration is not done")
    await page.get_by_role("button", name="Reject").click()
    await expect(page.get_by_role("alert")).to_have_text("Heard. reject by ana")

    assert [(one.say, one.note) for one in control.heard] == [(Say.REJECT, "the migration is not done")]


async def test_a_scenario_is_chosen_and_opened(page: Page, control: DecidingControl) -> None:
    await sign_in(page, "/ask")
    width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    opens = page.get_by_role("button", name="Open back")
    await opens.click()
    assert control.taken == []  # the browser itself asks for what has to be chosen
    await page.get_by_label("app", exact=True).select_option("green")
    await opens.click()
    await expect(page).to_have_url(re.compile("/incident/"))

    assert width <= LARGEST_GAP
    (group,) = control.taken
    assert (group.pinned.scenario, group.pinned.asked) == ("back", {"app": "green"})


async def test_a_number_is_lowered_with_the_yes(page: Page, control: DecidingControl) -> None:
    view, plan = control.views[NUMBER], a_plan_of_two(control)
    step = plan.steps[0].step.model_copy(update={"arguments": {"count": 4}})
    one = plan.model_copy(update={"steps": (plan.steps[0].model_copy(update={"step": step}),)})
    assert view.state.round is not None
    control.shows(view, round=view.state.round.model_copy(update={"plan": one}))
    await sign_in(page, f"/incident/{NUMBER}")
    await page.get_by_text("Lower a number first").click()
    await page.get_by_label("count, below 4").fill("2")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("alert")).to_contain_text("Heard.")

    assert [(one.say, one.arguments) for one in control.heard] == [(Say.APPROVE, {"count": 2})]


async def test_what_was_done_by_hand_is_ticked(page: Page, control: DecidingControl) -> None:
    await sign_in(page)
    await page.get_by_role("link", name="waits for work by hand").click()
    await page.get_by_role("button", name="Done").first.click()
    await expect(page.get_by_text("☑ 1 Look at the queue, by ana")).to_be_visible()
    await page.get_by_role("button", name="Could not").click()
    await expect(page.get_by_text("☒ 2 Tell support, by ana")).to_be_visible()

    assert [(one.item, one.done) for one in control.heard] == [(1, True), (2, False)]
    assert control.views[WORK].state.to_do[1].done is False


async def test_what_is_under_the_thumb_never_becomes_another_question(
    page: Page, control: DecidingControl
) -> None:
    await sign_in(page, f"/incident/{NUMBER}")
    await expect(page.get_by_role("button", name="Approve")).to_be_enabled()
    seen = await page.locator("input[name=digest]").input_value()
    view, plan = control.views[NUMBER], a_plan_of_two(control)
    other = plan.model_copy(update={"steps": plan.steps[:1]})
    assert view.state.round is not None
    control.shows(view, round=view.state.round.model_copy(update={"plan": other}))
    await expect(page.get_by_role("status")).to_contain_text("What you were asked is no longer so")

    assert await page.locator("input[name=digest]").input_value() == seen
    await expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    await page.get_by_role("button", name="Show it").click()
    await expect(page.locator("input[name=digest]")).to_have_value(other.digest)
    await expect(page.get_by_role("button", name="Approve")).to_be_enabled()


async def test_what_changes_is_shown_without_being_asked_for(page: Page, control: DecidingControl) -> None:
    await sign_in(page, f"/incident/{WORK}")

    control.shows(control.views[WORK], phase=Phase.WATCH, to_do=())

    await expect(page.get_by_text("good again, is being watched")).to_be_visible()


async def test_the_keyboard_alone_is_enough(page: Page, control: DecidingControl) -> None:
    await page.goto(f"/incident/{NUMBER}")
    await expect(page.get_by_label("Your token")).to_be_focused()
    await page.keyboard.type(TOKENS["ana"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="May Stanch do these 2 things?")).to_be_visible()
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent.trim()") == "Approve":
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Heard.")

    assert [one.say for one in control.heard] == [Say.APPROVE]


async def test_a_change_elsewhere_on_the_page_takes_nobody_away_from_where_they_are(
    page: Page, control: DecidingControl
) -> None:
    await sign_in(page, f"/incident/{NUMBER}")
    reject = page.get_by_role("button", name="Reject")
    await page.get_by_text("Add a note").click()
    await reject.focus()

    control.shows(control.views[NUMBER], acknowledged_by="li")

    await expect(page.get_by_text("li is on it")).to_be_visible()
    await expect(reject).to_be_focused()
    await expect(page.get_by_label("Note, for the timeline")).to_be_visible()


async def test_without_scripts_a_form_and_a_reload_are_enough(
    chromium: Browser, url: str, control: DecidingControl
) -> None:
    context = await chromium.new_context(java_script_enabled=False, base_url=url)
    page = await context.new_page()
    await sign_in(page, f"/incident/{NUMBER}")
    stale = await page.locator("input[name=digest]").input_value()
    view, plan = control.views[NUMBER], a_plan_of_two(control)
    other = plan.model_copy(update={"steps": plan.steps[:1]})
    assert view.state.round is not None
    control.shows(view, round=view.state.round.model_copy(update={"plan": other}))

    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("alert")).to_contain_text(f"the plan changed: {stale} was named")
    assert control.heard == []
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("alert")).to_have_text("Heard. approve by ana")

    assert [one.digest for one in control.heard] == [other.digest]
    await context.close()


async def test_whoever_signs_out_is_asked_again_who_they_are(page: Page) -> None:
    await sign_in(page)
    await page.get_by_role("link", name="ana").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Your token")).to_be_visible()
    await page.go_back()
    await page.goto(f"/incident/{NUMBER}")

    await expect(page.get_by_label("Your token")).to_be_visible()


CONTRAST = Path(__file__).with_name("contrast.js").read_text()


async def test_every_text_can_be_read_by_tired_eyes(page: Page) -> None:
    too_faint: list[str] = []
    await page.goto("/")
    too_faint += await page.evaluate(CONTRAST)
    await sign_in(page)
    for path in ("/", f"/incident/{NUMBER}", f"/incident/{WORK}", "/ask", "/paused", "/people"):
        await page.goto(path)
        too_faint += await page.evaluate(CONTRAST)

    assert too_faint == []
