"""What the pages show, and what is said on them: as the API shows and answers it."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from stanch.control import Away
from stanch.gateway import Dependencies
from stanch.gateway.console import live_stream
from stanch.gateway.console.live_stream import LiveStream
from stanch.gateway.console.looking import LookingRoutes
from stanch.gateway.console.page_door import PageDoor, PageVisit
from stanch.gateway.console.phase_words import PhaseTone, standing_of
from stanch.gateway.console.speaking import OFFERED
from stanch.gateway.console.unit_groups import unit_groups
from stanch.gateway.http_errors import RefusalError
from stanch.model.alert import Alert, Outbreak
from stanch.model.change import Kind, Unit
from stanch.model.decision import SaidAt, Say
from stanch.model.evidence import Evidence
from stanch.model.incident import Phase, ToDo
from stanch.model.message import Summons, TimelineEntry
from stanch.model.pause import Pause
from stanch.model.plan import Applied, Round
from stanch.playbooks.book import Book
from tests.gateway.console_pages import form_on, said, signed_in
from tests.gateway.console_scenes import OVER, WORK, DecidingControl, a_plan_of_two, asked, worked_on
from tests.gateway.doubles import AT, NUMBER, TOKENS, FakeControl, client_of, rules_of

HERE = f"/incident/{NUMBER}"
HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload='x' \u202egpj.exe\x1b[2J"


@pytest.fixture
def control(book: Book) -> FakeControl:
    return DecidingControl(book)


@pytest.fixture
async def ana(browser: httpx.AsyncClient, control: FakeControl) -> httpx.AsyncClient:
    """Signed in, with an incident that asks."""
    asked(control)
    await signed_in(browser)
    return browser


def text_of(page: httpx.Response) -> str:
    """What a person reads, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


async def test_whom_no_channel_has_reached_is_said_at_the_top(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    lost = Summons(id="1", names=("tech-lead",), kind="page", text="down", since=AT, unreached=True)
    control.open(NUMBER, calls=(lost,))

    page = await ana.get(HERE)

    assert "Nobody was reached: tech-lead, by no channel." in text_of(page)


async def test_the_newest_question_comes_first_and_then_what_is_at_work(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    worked_on(control)
    control.open("INC-20261121-WATCH4", phase=Phase.WATCH, round=None)
    control.open(OVER, phase=Phase.CLOSED, round=None)

    page = await ana.get("/")

    assert re.findall(r'<a href="/incident/([^"]+)"', page.text) == [NUMBER, WORK, "INC-20261121-WATCH4"]
    assert "<title>(2) Open · Stanch</title>" in page.text
    read = text_of(page)
    assert "waits for a yes or no" in read
    assert "roll slurpy-backend back from v42 to v41" in read
    assert "good again, is being watched" in read


async def test_a_list_is_shown_although_one_of_its_incidents_does_not_answer(
    ana: httpx.AsyncClient, control: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: FakeControl, name: str) -> Any:
        raise Away("no worker answers")

    monkeypatch.setattr(DecidingControl, "view", away)

    page = await ana.get("/")

    assert (page.status_code, NUMBER in page.text) == (200, True)


async def test_what_is_closed_is_on_a_page_of_its_own(ana: httpx.AsyncClient, control: FakeControl) -> None:
    control.open(OVER, phase=Phase.CLOSED, round=None)

    page = await ana.get("/history")

    assert re.findall(r'<a href="/incident/([^"]+)"', page.text) == [OVER]


async def test_an_incident_says_what_would_be_changed_from_what_to_what_and_who_decides(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    page = await ana.get(HERE)

    read = text_of(page)
    digest = control.views[NUMBER].digest
    image = "registry.fly.example/slurpy-backend:deployment-01J"
    for words in (
        "P0 (critical)",
        f"9c487adb 1d22f07e from {image}Q8XB2NM9 → to {image}PZ47T0KA",
        "machines from 2 → to 4",
        "Why: v42 was finished 3 min before the first bad sample",
        "Note: restarts each machine, one after the other",
        "Undo: puts back exactly what was. If it does not help: it stays",
        "Wrong: SiteDown: health checks fail with 503, since ",
        "Needs one person: ana, root. If somebody says no, the next option is looked at.",
        f"Digest {digest}",
        "missing: answered 503 three times",
        "li, on the page",
    ):
        assert words in read, words
    assert f'name="digest" value="{digest}"' in page.text
    assert {f"{HERE}/approve", f"{HERE}/reject"} <= set(re.findall(r'formaction="([^"]+)"', page.text))


async def test_whoever_may_not_decide_is_told_so_and_has_no_buttons(
    app: FastAPI, control: FakeControl
) -> None:
    asked(control)
    worked_on(control)
    async with client_of(app) as kim:
        kim.headers["Origin"] = str(kim.base_url)
        await signed_in(kim, "kim")
        page, work = await kim.get(HERE), await kim.get(f"/incident/{WORK}")

    assert "You (kim) cannot decide this: it takes the role approver." in text_of(page)
    assert "<form" not in page.text + work.text


async def test_a_yes_on_the_page_is_the_word_that_the_api_would_have_sent(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    form = await form_on(ana, HERE)

    answer = await ana.post(f"{HERE}/approve", data={**form, "note": "go\non"})

    assert (answer.status_code, said(answer)) == (200, "Heard. approve by ana")
    assert "makes the change" in text_of(answer)
    (heard,) = control.heard
    assert (heard.say, heard.person, heard.roles, heard.door) == (
        Say.APPROVE,
        "ana",
        ("responder", "approver"),
        SaidAt.PAGE,
    )
    assert (heard.digest, heard.note, heard.run) == (form["digest"], "go on", "the-first-run")
    assert heard.by == "ana, on the page"


async def test_a_yes_that_is_sent_twice_counts_once_and_says_so(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    form = await form_on(ana, HERE)

    await ana.post(f"{HERE}/approve", data=form)
    again = await ana.post(f"{HERE}/approve", data=form)

    assert len(control.heard) == 1
    assert again.status_code == 200
    assert re.fullmatch(
        r"Heard. was approved already by ana at [\d:]{8}; the change is under way", said(again)
    )


async def test_a_card_that_is_out_of_date_is_refused_and_the_new_one_shown(
    ana: httpx.AsyncClient, control: Any
) -> None:
    form = await form_on(ana, HERE)
    view = control.views[NUMBER]
    plan = a_plan_of_two(control)
    other = plan.model_copy(update={"steps": plan.steps[:1]})
    control.shows(view, round=view.state.round.model_copy(update={"plan": other}))

    answer = await ana.post(f"{HERE}/approve", data=form)

    assert (answer.status_code, control.heard) == (409, [])
    assert f"the plan changed: {form['digest']} was named, {other.digest} is waiting" in said(answer)
    assert f'name="digest" value="{other.digest}"' in answer.text


async def test_what_was_decided_on_already_is_said_with_the_time_and_the_person(
    app: FastAPI, ana: httpx.AsyncClient, control: Any
) -> None:
    form = await form_on(ana, HERE)
    said_at = TimelineEntry(at=AT, kind="reject", text=f"rejected {form['digest']}: roll back", by="li")
    view = control.views[NUMBER]
    control.shows(view, phase=Phase.HANDED_OVER, round=None, timeline=(*view.state.timeline, said_at))

    answer = await ana.post(f"{HERE}/approve", data=form)

    assert (answer.status_code, control.heard) == (409, [])
    assert "it was rejected already at 03:12:00, by li" in said(answer)


async def test_an_act_has_no_value_that_it_goes_from(book: Book) -> None:
    change = a_plan_of_two(FakeControl(book)).steps[0].change
    act = change.model_copy(
        update={"kind": Kind.ACT, "units": (Unit(id="pull request", was=None, to="a revert of #4"),)}
    )

    assert unit_groups(act) == [(("pull request",), "", "a revert of #4")]


async def test_the_page_refuses_what_the_api_refuses_in_the_same_words(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    form = await form_on(ana, HERE)
    control.refuses = "li has rejected it at 17:36:02"
    words = {"digest": form["digest"]}

    page = await ana.post(f"{HERE}/reject", data=form)
    api = await ana.post(
        f"/incidents/{NUMBER}/reject", json=words, headers={"Authorization": f"Bearer {TOKENS['ana']}"}
    )

    assert page.status_code == api.status_code == 409
    assert said(page) == f"Refused. {api.json()['error']['message']}"


async def test_what_is_done_by_hand_is_ticked_or_said_to_be_impossible(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    worked_on(control)
    work = f"/incident/{WORK}"
    mark = (await form_on(ana, work))["form"]
    assert "1. Look at the queue redis-cli -u $REDIS_URL llen jobs" in text_of(await ana.get(work))

    first = await ana.post(f"{work}/done", data={"form": mark, "item": "1", "done": "yes"})
    second = await ana.post(f"{work}/done", data={"form": mark, "item": "2", "done": "no"})

    assert [(one.item, one.done, one.door) for one in control.heard] == [
        (1, True, SaidAt.PAGE),
        (2, False, SaidAt.PAGE),
    ]
    assert "☑ 1 Look at the queue, by ana" in text_of(first)
    assert "☒ 2 Tell support, by ana" in text_of(second)


@pytest.mark.parametrize("word", OFFERED)
async def test_every_word_of_the_pages_reaches_its_incident(
    ana: httpx.AsyncClient, control: FakeControl, word: Say
) -> None:
    form = await form_on(ana, HERE)
    more = {Say.SEVERITY: {"severity": "high"}, Say.NOTE: {"note": "x"}, Say.DONE: {"item": "1"}}

    answer = await ana.post(f"{HERE}/{word}", data={**form, **more.get(word, {})})

    assert (answer.status_code, [one.say for one in control.heard]) == (200, [word])


@pytest.mark.parametrize(
    ("word", "filled", "refusal"),
    [
        ("note", {"note": ""}, (422, "write the note")),
        ("note", {"note": "x" * 2001}, (422, "note: String should have at most 2000 characters")),
        ("approve", {"digest": ""}, (422, "name the digest you have read")),
        ("severity", {"severity": "P9"}, (422, "severity: Input should be 'critical'")),
        ("done", {"item": "many"}, (422, "item: Input should be a valid integer")),
        ("run", {}, (404, "nothing on these pages is called run")),
        ("explode", {}, (404, "nothing on these pages is called explode")),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_reason(
    ana: httpx.AsyncClient, control: FakeControl, word: str, filled: dict[str, str], refusal: tuple[int, str]
) -> None:
    form = await form_on(ana, HERE)

    answer = await ana.post(f"{HERE}/{word}", data={**form, **filled})

    status, because = refusal
    assert (answer.status_code, control.heard) == (status, [])
    assert because in said(answer)


async def test_everything_is_paused_and_resumed_from_the_page(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    mark = (await form_on(ana, "/paused"))["form"]

    paused = await ana.post(
        "/paused", data={"form": mark, "scope": "service:backend", "why": "look", "do": "pause"}
    )
    seen = await ana.get("/")
    resumed = await ana.post("/paused", data={"form": mark, "scope": "service:backend", "do": "resume"})
    unknown = await ana.post("/paused", data={"form": mark, "scope": "service:nowhere", "do": "pause"})

    assert said(paused) == "Heard. service:backend is paused now"
    assert "service:backend is paused by ana: look" in text_of(seen)
    assert said(resumed) == "Heard. service:backend may act again"
    assert (unknown.status_code, control.switches) == (422, {})
    assert "there is no such service" in said(unknown)


async def test_people_and_their_rights_are_shown_without_a_secret(ana: httpx.AsyncClient) -> None:
    page = await ana.get("/people")

    read = text_of(page)
    assert "kim may look" in read
    assert "approver approve, reject, run, undo, resume" in read
    assert not any(token in page.text for token in TOKENS.values())


async def test_nothing_from_outside_is_markup(ana: httpx.AsyncClient, control: FakeControl) -> None:
    plan = a_plan_of_two(control)
    step = plan.steps[0]
    unit = Unit(id=HOSTILE, was=HOSTILE, to={HOSTILE: HOSTILE})
    update = {"units": (unit,), "summary": HOSTILE, "because": HOSTILE, "effects": (HOSTILE,)}
    hostile = step.model_copy(update={"change": step.change.model_copy(update=update)})
    alert = Alert(
        source=HOSTILE,
        fingerprint="1",
        name=HOSTILE,
        firing=True,
        started_at=AT,
        summary=HOSTILE,
        labels={HOSTILE: HOSTILE},
    )
    hostile_plan = plan.model_copy(update={"steps": (hostile,), "requested_by": HOSTILE})
    asked(
        control,
        round=Round(plan=hostile_plan, asked_at=AT, put_at=AT),
        label=HOSTILE,
        waiting_for=HOSTILE,
        handed_over_because=HOSTILE,
        handed_to=HOSTILE,
        acknowledged_by=HOSTILE,
        outbreak=Outbreak(shown={"1": alert}),
        evidence={
            "log": Evidence(name=HOSTILE, uses="x", result={}, line=HOSTILE, read_at=AT),
            "gone": Evidence(name=HOSTILE, uses="x", missing_because=HOSTILE, read_at=AT),
        },
        applied=(Applied(planned=hostile, at=AT, approved_by=(HOSTILE,), said=HOSTILE),),
        timeline=(TimelineEntry(at=AT, kind=HOSTILE, text=HOSTILE, by=HOSTILE),),
        to_do=(
            ToDo(number=1, do=HOSTILE, type=HOSTILE),
            ToDo(number=2, do=HOSTILE, done=True, by=HOSTILE),
        ),
    )
    control.switches["all"] = Pause(by="ana", why=HOSTILE)

    pages = [await ana.get(path) for path in ("/", HERE, "/paused")]

    for page in pages:
        assert page.status_code == 200
        assert "alert(1)" in page.text
        assert "<img" not in page.text
        assert len(re.findall("<script", page.text)) == 1
        assert not re.search(r"<[^>]*\son\w+=", page.text)
        assert page.text.replace("\n", "").isprintable()


async def test_an_address_that_is_hostile_is_not_repeated(ana: httpx.AsyncClient) -> None:
    answers = [await ana.get("/incident/<script>alert(1)"), await ana.get("/sign-in?to=<script>alert(1)")]

    assert all("<script>alert" not in answer.text for answer in answers)


@pytest.mark.parametrize(
    "path", ["/", "/history", "/paused", "/people", HERE, "/incident/INC-20261121-AAAAAA"]
)
async def test_a_page_loads_nothing_but_what_is_ours_and_stands_in_no_frame(
    ana: httpx.AsyncClient, path: str
) -> None:
    page = await ana.get(path)

    policy = page.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert (page.headers["X-Content-Type-Options"], page.headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("same-origin", "no-store")
    assert "style=" not in page.text
    for loaded in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert loaded.startswith(("/", "#")), loaded


@pytest.mark.parametrize("name", ["console.css", "console.js", "icon.svg"])
async def test_what_a_page_loads_is_served_to_anybody(browser: httpx.AsyncClient, name: str) -> None:
    answer = await browser.get(f"/assets/{name}")

    assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)


@pytest.mark.parametrize("name", ["..%2Fpage_door.py", "console.css.map", "../../../etc/passwd"])
async def test_no_other_file_is_served(browser: httpx.AsyncClient, name: str) -> None:
    answer = await browser.get(f"/assets/{name}")

    assert answer.status_code == 404


async def test_while_temporal_is_away_a_page_says_so(ana: httpx.AsyncClient, control: FakeControl) -> None:
    form = await form_on(ana, HERE)
    control.is_away = True

    answers = [await ana.get("/"), await ana.get(HERE), await ana.post(f"{HERE}/approve", data=form)]

    assert {(one.status_code, one.headers["Retry-After"]) for one in answers} == {(503, "5")}
    assert all("Temporal does not answer" in said(one) for one in answers)


async def test_an_incident_that_is_not_there_has_a_page_that_says_so(ana: httpx.AsyncClient) -> None:
    page = await ana.get("/incident/INC-20261121-AAAAAA")

    assert (page.status_code, said(page)) == (404, "there is no incident INC-20261121-AAAAAA")


async def test_the_address_of_a_form_leads_back_to_what_it_is_about(ana: httpx.AsyncClient) -> None:
    answer = await ana.get(f"{HERE}/approve")

    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_words_and_whose_turn_it_is(phase: Phase) -> None:
    standing = standing_of(phase)

    assert standing.says
    assert standing.sign
    assert (standing.tone is PhaseTone.ASKS) == (phase in (Phase.APPROVE, Phase.BY_HAND, Phase.CHOOSE))


def test_what_nobody_can_go_on_with_says_so_and_what_has_just_opened_too() -> None:
    assert standing_of("", trouble="WorkflowTaskFailed").tone is PhaseTone.STUCK
    assert standing_of("").says == "has just opened"


def test_units_stand_together_only_where_their_whole_values_are_the_same(book: Book) -> None:
    long = "x" * 200
    change = (
        a_plan_of_two(FakeControl(book))
        .steps[0]
        .change.model_copy(
            update={
                "units": (
                    Unit(id="a", was=1, to=f"{long}1{long}"),
                    Unit(id="b", was=1, to=f"{long}2{long}"),
                    Unit(id="c", was=1, to=f"{long}1{long}"),
                    Unit(id="d", was="1", to=f"{long}1{long}"),
                )
            }
        )
    )

    assert [group.ids for group in unit_groups(change)] == [("a", "c"), ("b",), ("d",)]


def visit_of(door: PageDoor) -> PageVisit:
    """Ana's, of the incident's page."""
    caller = door.dependencies.rules.authenticator.owner_of(TOKENS["ana"].encode())
    assert caller is not None
    cookie = f"stanch={door.sessions.begun(caller, TOKENS['ana'])}"
    headers = [(b"host", b"stanch.example"), (b"cookie", cookie.encode())]
    request = Request({"type": "http", "headers": headers, "path_params": {"number": NUMBER}})
    session = door.session_of(request)
    assert session is not None
    return PageVisit(request, session, door.sessions.form_mark(session), {})


async def test_an_open_page_hears_of_a_change_and_of_its_end(
    control: Any, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_stream, "LOOK_EVERY", timedelta(milliseconds=1))
    view = asked(control)
    door = PageDoor(Dependencies(control, rules_of(book)))
    visit, live = visit_of(door), LiveStream(door, LookingRoutes(door))
    answer: Any = await live.of_incident(visit)
    events = answer.body_iterator

    first, quiet = await anext(events), await anext(events)
    await asyncio.sleep(0.01)
    control.shows(view, phase=Phase.CHANGE)
    second = await anext(events)
    control.is_away = True
    third = await anext(events)
    door.sessions.end(visit.session)
    rest = [event async for event in events]

    assert re.fullmatch(r"data: [0-9a-f]{12}\n\n", first)
    assert quiet == ":\n\n"
    assert (second.startswith("data: "), second != first) == (True, True)
    assert third == "data: away\n\n"
    assert rest == ["event: over\ndata: signed out\n\n"]


async def test_those_who_look_at_the_same_share_one_look(
    control: Any, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(control)
    door = PageDoor(Dependencies(control, rules_of(book)))
    live = LiveStream(door, LookingRoutes(door))
    asked_for: list[str] = []
    looked = DecidingControl.view

    async def counted(self: DecidingControl, name: str) -> Any:
        asked_for.append(name)
        return await looked(self, name)

    monkeypatch.setattr(DecidingControl, "view", counted)

    answers: list[Any] = [await live.of_incident(visit_of(door)) for _ in range(5)]
    told = {await anext(answer.body_iterator) for answer in answers}

    assert (len(told), asked_for) == (1, [NUMBER])


async def test_only_so_many_pages_are_told_at_once(control: Any, book: Book) -> None:
    asked(control)
    door = PageDoor(Dependencies(control, rules_of(book)))
    live = LiveStream(door, LookingRoutes(door))
    live._streams = live_stream._MOST

    with pytest.raises(RefusalError) as refused:
        await live.of_incident(visit_of(door))

    assert refused.value.problem.status == 503
