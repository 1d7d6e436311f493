"""What is asked for on a page by its name, and numbers of a plan that are lowered there."""

from typing import Any

import httpx
import pytest

from stanch.control import Away
from stanch.model.decision import Say
from stanch.model.plan import Plan
from stanch.playbooks.book import Book
from tests.gateway.console_pages import form_on, said, signed_in
from tests.gateway.console_scenes import DecidingControl, a_plan_of_two, asked
from tests.gateway.doubles import NUMBER, FakeControl

AWAY = "Temporal does not answer: try again in a moment"
HERE = f"/incident/{NUMBER}"


@pytest.fixture
def control(book: Book) -> FakeControl:
    return DecidingControl(book)


def a_plan_of_one(control: FakeControl, **arguments: Any) -> Plan:
    """A plan whose one step was asked for with these arguments."""
    plan = a_plan_of_two(control)
    (first, *_) = plan.steps
    step = first.step.model_copy(update={"arguments": arguments})
    return plan.model_copy(update={"steps": (first.model_copy(update={"step": step}),)})


def waits(control: DecidingControl, plan: Plan) -> None:
    view = asked(control)
    assert view.state.round is not None
    control.shows(view, round=view.state.round.model_copy(update={"plan": plan}))


async def test_a_page_lists_what_can_be_asked_for_and_how_far_each_goes(browser: httpx.AsyncClient) -> None:
    await signed_in(browser)

    page = (await browser.get("/ask")).text

    for name in ("back", "put-back", "restart-all"):
        assert f'name="name" value="{name}"' in page
    assert 'name="name" value="down"' not in page
    assert "fly.roll_back of slurpy-backend" in page
    assert "It asks before it changes anything." in page
    assert "<option>blue</option>" in page
    assert "one of health.statuses; left empty, the incident lists them" in page


async def test_a_scenario_is_opened_by_who_is_signed_in_with_what_was_chosen(
    browser: httpx.AsyncClient, control: DecidingControl
) -> None:
    await signed_in(browser)
    form = await form_on(browser, "/ask")

    answer = await browser.post("/ask", data={**form, "with-app": "green"})

    (group,) = control.taken
    assert (group.pinned.scenario, group.pinned.asked, group.pinned.asked_by) == (
        "back", {"app": "green"}, "ana",
    )  # fmt: skip
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/incident/INC-")


async def test_what_is_left_empty_is_not_chosen(browser: httpx.AsyncClient, control: DecidingControl) -> None:
    await signed_in(browser)
    form = await form_on(browser, "/ask")

    await browser.post("/ask", data={**form, "name": "put-back", "with-code": ""})

    (group,) = control.taken
    assert (group.pinned.scenario, group.pinned.asked) == ("put-back", {})


async def test_a_command_is_given(browser: httpx.AsyncClient, control: DecidingControl) -> None:
    await signed_in(browser)
    form = await form_on(browser, "/ask")
    form.pop("service")

    await browser.post("/ask", data={**form, "kind": "command", "name": "restart-all"})

    (group,) = control.taken
    assert group.key.startswith("incident-backend-restart-all-")


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({}, 422, "asks for app: one of blue, green"),
        ({"with-app": "red"}, 422, "app is one of blue, green"),
        ({"with-app": "blue", "with-size": "4"}, 422, "asks for no size"),
        ({"name": "bakc"}, 422, "Did you mean back?"),
        ({"name": "down"}, 422, "asked: true"),
        ({"kind": "everything"}, 422, "scenario or command"),
        ({"service": "x" * 301}, 422, "at most 300"),
    ],
)
async def test_what_cannot_be_meant_is_refused_on_the_page(
    browser: httpx.AsyncClient, control: DecidingControl, sent: dict[str, str], status: int, words: str
) -> None:
    await signed_in(browser)
    form = await form_on(browser, "/ask")

    answer = await browser.post("/ask", data={**form, **sent})

    assert answer.status_code == status
    assert words in said(answer)
    assert control.taken == []


async def test_who_may_not_ask_is_shown_what_there_is_and_refused(
    browser: httpx.AsyncClient, control: DecidingControl
) -> None:
    await signed_in(browser, "li")
    form = await form_on(browser, "/people")

    page = await browser.get("/ask")
    answer = await browser.post("/ask", data={**form, "kind": "command", "name": "restart-all"})

    assert "it takes the role approver" in page.text
    assert '<form method="post" action="/ask"' not in page.text
    assert (answer.status_code, control.taken) == (403, [])


async def test_a_form_of_elsewhere_opens_nothing(
    browser: httpx.AsyncClient, control: DecidingControl
) -> None:
    await signed_in(browser)
    form = await form_on(browser, "/ask")

    forged = await browser.post("/ask", data={**form, "form": "x", "with-app": "blue"})
    crossed = await browser.post(
        "/ask", data={**form, "with-app": "blue"}, headers={"Origin": "https://evil.example"}
    )

    assert (forged.status_code, crossed.status_code, control.taken) == (403, 403, [])


async def test_while_temporal_is_away_it_is_said_and_nothing_is_lost(
    browser: httpx.AsyncClient, control: DecidingControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise Away(AWAY)

    await signed_in(browser)
    form = await form_on(browser, "/ask")
    monkeypatch.setattr(control, "take", away)

    answer = await browser.post("/ask", data={**form, "with-app": "blue"})

    assert (answer.status_code, said(answer)) == (503, f"Refused. {AWAY}")


async def test_a_number_of_the_plan_is_lowered_with_the_yes(
    browser: httpx.AsyncClient, control: DecidingControl
) -> None:
    waits(control, a_plan_of_one(control, count=4, share=0.5, only=1, on=True, size="large"))
    await signed_in(browser)
    page = (await browser.get(HERE)).text
    form = await form_on(browser, HERE)

    answer = await browser.post(f"{HERE}/approve", data={**form, "lower-count": "3", "lower-share": ""})

    assert [name for name in ("count", "share", "only", "on", "size") if f'name="lower-{name}"' in page] == [
        "count", "share",
    ]  # fmt: skip
    assert answer.status_code == 200
    assert [(one.say, one.arguments) for one in control.heard] == [(Say.APPROVE, {"count": 3})]


async def test_what_is_no_number_lowers_nothing(browser: httpx.AsyncClient, control: DecidingControl) -> None:
    waits(control, a_plan_of_one(control, count=4))
    await signed_in(browser)
    form = await form_on(browser, HERE)

    for typed in ("three", "nan", "1e999", "٣"):
        answer = await browser.post(f"{HERE}/approve", data={**form, "lower-count": typed})
        assert answer.status_code == 422, typed
        assert "lower.count" in said(answer)

    assert control.heard == []


async def test_a_plan_of_two_steps_offers_nothing_to_lower(
    browser: httpx.AsyncClient, control: DecidingControl
) -> None:
    asked(control)
    await signed_in(browser)

    assert "lower-" not in (await browser.get(HERE)).text
