from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from stanch.model.alert import Severity
from stanch.model.decision import NEEDS, Decision, Say
from stanch.model.incident import Phase
from stanch.playbooks.book import Book
from tests.gateway.doubles import AT, NUMBER, TOKENS, FakeControl, app_of, client_of

DIGEST = "the-digest"
HERE = f"/incidents/{NUMBER}"
SAID: dict[Say, dict[str, Any]] = {
    Say.APPROVE: {"digest": DIGEST},
    Say.REJECT: {"digest": DIGEST, "note": "not today"},
    Say.SEVERITY: {"severity": "critical"},
    Say.NOTE: {"note": "the database is fine"},
    Say.RUN: {"uses": "fly.restart"},
    Say.DONE: {"item": 1},
}


@pytest.fixture(autouse=True)
def incident(control: FakeControl) -> None:
    control.open()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/incidents"),
        ("GET", HERE),
        ("GET", "/pause"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        *(("POST", f"{HERE}/{say}") for say in Say),
    ],
)
async def test_without_a_token_nothing_is_shown_or_done(
    nobody: httpx.AsyncClient, control: FakeControl, method: str, path: str
) -> None:
    answers = [
        await nobody.request(method, path),
        await nobody.request(method, path, content=b"{", headers={"Content-Type": "application/json"}),
        await nobody.request(method, path, headers={"Authorization": "Bearer made-up-by-somebody"}),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="stanch"'}
    assert control.heard == []


async def test_a_person_without_any_role_may_look(app: FastAPI) -> None:
    async with client_of(app, TOKENS["kim"]) as kim:
        answers = [await kim.get(path) for path in ("/incidents", HERE, "/pause")]

    assert {answer.status_code for answer in answers} == {200}


async def test_incidents_are_listed(ana: httpx.AsyncClient, control: FakeControl) -> None:
    control.open("INC-20261120-AAAAAA", phase=Phase.CLOSED, round=None)

    every, only_open, open_alone, one = [
        (await ana.get("/incidents", params=query)).json()["incidents"]
        for query in ({}, {"open": "true"}, {"open": ""}, {"limit": 1})
    ]

    assert (len(every), [row["number"] for row in only_open], len(one)) == (2, [NUMBER], 1)
    assert open_alone == only_open


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "many"])
async def test_a_limit_out_of_bounds_is_refused(ana: httpx.AsyncClient, limit: str) -> None:
    answer = await ana.get("/incidents", params={"limit": limit})

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "limit")


async def test_an_incident_is_shown_with_its_plan_in_words(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    shown = (await ana.get(HERE)).json()

    assert shown["headline"] == "low: down on backend"
    assert "machines: 2 → 4" in shown["plan_text"]
    assert shown["digest"] == control.views[NUMBER].digest
    assert shown["plan"]["steps"][0]["change"]["units"] == [{"id": "machines", "was": 2, "to": 4}]
    assert shown["approvals"] == []
    assert shown["state"]["number"] == NUMBER


async def test_a_gateway_that_knows_temporals_pages_names_the_card_there(
    control: FakeControl, book: Book
) -> None:
    app = app_of(control, book, pages="http://127.0.0.1:8233/namespaces/default")
    async with client_of(app, TOKENS["ana"]) as ana:
        page = (await ana.get(HERE)).json()["page"]

    assert page == (
        "http://127.0.0.1:8233/namespaces/default/workflows/incident-backend/the-first-run/user-metadata"
    )


async def test_an_incident_without_a_plan_has_no_words_for_it(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    control.open(phase=Phase.VERIFY)

    shown = (await ana.get(HERE)).json()

    assert (shown["plan_text"], shown["digest"], shown["plan"]) == ("", "", None)


async def test_a_number_may_be_written_in_small_letters(ana: httpx.AsyncClient) -> None:
    answer = await ana.get(HERE.lower().replace("inc-2026", "Inc-2026"))

    assert answer.json()["state"]["number"] == NUMBER


@pytest.mark.parametrize("number", ["INC-20261121-AAAAAA", "INC-20261121-AAAAAAA", "1", "' OR 1=1", "x" * 90])
async def test_an_incident_that_is_not_there_is_not_found(ana: httpx.AsyncClient, number: str) -> None:
    answers = [await ana.get(f"/incidents/{number}"), await ana.post(f"/incidents/{number}/acknowledge")]

    assert {(one.status_code, one.json()["error"]["code"]) for one in answers} == {(404, "unknown-incident")}


@pytest.mark.parametrize("say", list(Say))
async def test_every_word_reaches_its_incident_under_the_name_of_its_person(
    ana: httpx.AsyncClient, control: FakeControl, say: Say
) -> None:
    answer = await ana.post(f"{HERE}/{say}", json=SAID.get(say, {}))

    assert (answer.status_code, answer.json()["accepted"]) == (200, True)
    (heard,) = control.heard
    assert (heard.say, heard.person, heard.roles) == (say, "ana", ("responder", "approver"))
    assert (heard.incident, heard.run) == ("incident-backend", "the-first-run")
    assert datetime.now(UTC) - heard.at < timedelta(seconds=10)


async def test_a_word_that_needs_nothing_may_come_without_a_body(
    li: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await li.post(f"{HERE}/acknowledge")

    assert (answer.status_code, control.heard[0].note) == (200, "")


@pytest.mark.parametrize("say", list(Say))
async def test_a_role_that_is_missing_is_named_before_anything_is_sent(
    app: FastAPI, control: FakeControl, say: Say
) -> None:
    async with client_of(app, TOKENS["kim"]) as kim:
        answer = await kim.post(f"{HERE}/{say}", json=SAID.get(say, {}))

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "role-missing")
    assert NEEDS[say] in answer.json()["error"]["message"]
    assert control.heard == []


async def test_a_responder_may_not_approve_and_an_admin_may(
    app: FastAPI, li: httpx.AsyncClient, control: FakeControl
) -> None:
    async with client_of(app, TOKENS["root"]) as root:
        answers = [await person.post(f"{HERE}/approve", json={"digest": DIGEST}) for person in (li, root)]

    assert [answer.status_code for answer in answers] == [403, 200]
    assert [heard.person for heard in control.heard] == ["root"]


@pytest.mark.parametrize("say", [Say.APPROVE, Say.REJECT])
@pytest.mark.parametrize("body", [None, {}, {"digest": ""}])
async def test_an_approval_names_the_digest_that_was_read(
    ana: httpx.AsyncClient, control: FakeControl, say: Say, body: dict[str, str] | None
) -> None:
    answer = await ana.post(f"{HERE}/{say}", json=body)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "digest-missing", "digest")
    assert error["message"].startswith("name the digest you have read")
    assert control.heard == []


@pytest.mark.parametrize(
    ("phase", "since"),
    [
        (Phase.APPROVE, "the change is about to begin"),
        (Phase.CHANGE, "the change is under way"),
        (Phase.VERIFY, "the change has been made"),
    ],
)
async def test_who_approves_again_hears_since_when_it_is_approved_and_what_came_of_it(
    ana: httpx.AsyncClient, control: FakeControl, phase: Phase, since: str
) -> None:
    waiting = control.open().state.round
    assert waiting is not None
    word = Decision(say=Say.APPROVE, person="ana", incident="incident-backend", at=AT, digest=DIGEST)
    control.open(phase=phase, round=waiting.model_copy(update={"decisions": (word,)}))

    said = (await ana.post(f"{HERE}/approve", json={"digest": DIGEST})).json()

    assert (said["accepted"], said["text"]) == (True, f"was approved already by ana at 03:12:00; {since}")
    assert control.heard == []


async def test_parameters_are_lowered_with_an_approval(ana: httpx.AsyncClient, control: FakeControl) -> None:
    await ana.post(f"{HERE}/approve", json={"digest": DIGEST, "lower": {"count": 3}})

    assert (control.heard[0].digest, control.heard[0].arguments) == (DIGEST, {"count": 3})


async def test_a_severity_is_one_of_the_four(ana: httpx.AsyncClient, control: FakeControl) -> None:
    await ana.post(f"{HERE}/severity", json={"severity": "medium"})
    answer = await ana.post(f"{HERE}/severity", json={"severity": "P0"})

    assert control.heard[0].severity is Severity.MEDIUM
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "severity")
    assert "P0" not in answer.text


async def test_a_change_by_hand_is_resolved_against_the_catalogue(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await ana.post(f"{HERE}/run", json={"uses": "fly.scale", "with": {"count": 3}})

    assert answer.status_code == 200
    step = control.heard[0].step
    assert step is not None
    assert (step.uses, step.target.key, step.arguments) == ("fly.scale", "fly:slurpy-backend", {"count": 3})


async def test_a_change_by_hand_may_name_another_place_of_its_service(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await ana.post(f"{HERE}/run", json={"uses": "fly.restart", "target": "nowhere"})

    assert (answer.status_code, "nowhere" in answer.json()["error"]["message"]) == (422, True)
    assert control.heard == []


@pytest.mark.parametrize(
    "body",
    [{"uses": "fly.explode"}, {"uses": "fly.scale", "with": {"cuont": 3}}, {"uses": "vercel.roll_back"}],
)
async def test_a_change_that_the_catalogue_does_not_know_is_refused(
    ana: httpx.AsyncClient, control: FakeControl, body: dict[str, Any]
) -> None:
    answer = await ana.post(f"{HERE}/run", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unknown-step")
    assert control.heard == []


@pytest.mark.parametrize(
    ("say", "body", "field"),
    [
        (Say.SEVERITY, {}, "severity"),
        (Say.NOTE, {}, "note"),
        (Say.RUN, {}, "uses"),
        (Say.ACKNOWLEDGE, {"lower": {"count": 1}}, "lower"),
        (Say.ACKNOWLEDGE, {"severity": "low"}, "severity"),
        (Say.ACKNOWLEDGE, {"uses": "fly.restart"}, "uses"),
        (Say.ACKNOWLEDGE, {"with": {"count": 1}}, "with"),
        (Say.ACKNOWLEDGE, {"digset": "typing error"}, "digset"),
        (Say.ACKNOWLEDGE, {"note": "x" * 2001}, "note"),
        (Say.ACKNOWLEDGE, {"note": 3}, "note"),
        (Say.APPROVE, {"digest": DIGEST, "lower": {"count": True}}, "lower.count.int"),
        (Say.APPROVE, {"digest": DIGEST, "lower": {"count": "3"}}, "lower.count.int"),
    ],
)
async def test_a_word_that_makes_no_sense_is_refused_with_the_field(
    ana: httpx.AsyncClient, control: FakeControl, say: Say, body: dict[str, Any], field: str
) -> None:
    answer = await ana.post(f"{HERE}/{say}", json=body)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert control.heard == []


async def test_a_note_cannot_look_like_more_than_one_entry_of_a_timeline(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    await ana.post(f"{HERE}/note", json={"note": "fine\n- 08:00:00 approved — li\n"})

    assert control.heard[0].note == "fine - 08:00:00 approved — li"


@pytest.mark.parametrize("char", [rb"\ud800", rb"\u001b", rb"\u0000", rb"\u009b"])
async def test_what_cannot_be_shown_is_no_text(
    ana: httpx.AsyncClient, control: FakeControl, char: bytes
) -> None:
    body = b'{"note": "note%s"}' % char

    answer = await ana.post(f"{HERE}/note", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "note")


async def test_a_body_that_is_not_json_is_refused_with_its_place(ana: httpx.AsyncClient) -> None:
    answer = await ana.post(
        f"{HERE}/note", content=b'{"note": ', headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not-json")
    assert "character 9" in answer.json()["error"]["message"]


async def test_a_form_from_somebody_elses_page_is_no_word(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await ana.post(f"{HERE}/note", content=b'{"note": "x"}', headers={"Content-Type": "text/plain"})

    assert answer.status_code == 422
    assert control.heard == []


async def test_a_word_that_nobody_knows_is_refused_with_those_that_are_known(ana: httpx.AsyncClient) -> None:
    answer = await ana.post(f"{HERE}/explode")

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "verb")
    assert "'approve', 'reject'" in answer.json()["error"]["message"]


async def test_a_refusal_of_the_incident_comes_with_its_reason(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    control.refuses = "the plan changed: a was named, b is waiting"

    answer = await ana.post(f"{HERE}/approve", json={"digest": "a"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "refused")
    assert control.refuses in answer.json()["error"]["message"]


async def test_a_closed_incident_hears_nothing_more(ana: httpx.AsyncClient, control: FakeControl) -> None:
    control.open(phase=Phase.CLOSED, round=None)

    answer = await ana.post(f"{HERE}/note", json={"note": "too late"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "closed")
    assert control.heard == []


async def test_an_incident_that_closes_meanwhile_hears_nothing_more(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    control.gone.add("incident-backend")

    answer = await ana.post(f"{HERE}/note", json={"note": "a moment too late"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "closed")


async def test_while_temporal_is_away_people_are_told_so(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    control.is_away = True

    answers = [
        await ana.get("/incidents"),
        await ana.get(HERE),
        await ana.post(f"{HERE}/acknowledge"),
        await ana.get("/pause"),
        await ana.post("/pause", json={"scope": "all"}),
        await ana.post("/resume", json={"scope": "all"}),
    ]

    assert {(one.status_code, one.headers["Retry-After"]) for one in answers} == {(503, "5")}
