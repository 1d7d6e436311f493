"""Who comes in at the pages, for how long, and how nobody else does in their name."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from stanch.gateway import Authenticator, Dependencies, HouseRules, application
from stanch.gateway.console.page_session import LASTS, PageSessions
from stanch.gateway.wrong_tokens import MOST
from stanch.model.team import Team
from stanch.playbooks.book import Book
from stanch.policy.signing import Keyring
from stanch.secrets import Redactor
from tests.gateway.console_pages import form_on, said, signed_in
from tests.gateway.doubles import NUMBER, TOKENS, FakeControl, authenticator_of, client_of, rules_of

HERE = f"/incident/{NUMBER}"
PAGES = ["/", "/history", "/paused", "/people", HERE, f"{HERE}/live", "/live"]
ELSEWHERE: list[Mapping[str, str]] = [
    {"Origin": "http://evil.example"},
    {"Origin": "http://stanch.example.evil.example"},
    {"Origin": "http://stanch.example:81"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.fixture(autouse=True)
def incident(control: FakeControl) -> None:
    control.open()


@pytest.fixture
def wiring(control: FakeControl, book: Book) -> Dependencies:
    return Dependencies(control, rules_of(book), keys=Keyring(b"the key of the door"))  # type: ignore[arg-type]


@pytest.fixture
def app(wiring: Dependencies) -> FastAPI:
    return application(wiring)


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_sees_a_page_before_signing_in(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    assert answer.status_code == 303
    assert answer.headers["Location"] == ("/sign-in" if path == "/" else f"/sign-in?to={path}")
    assert NUMBER not in answer.text


async def test_a_token_opens_the_page_that_was_asked_for(browser: httpx.AsyncClient) -> None:
    asked = await browser.get(f"/sign-in?to={HERE}")

    answer = await signed_in(browser, to=HERE)

    assert f'value="{HERE}"' in asked.text
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    assert "ana" in (await browser.get(HERE)).text


async def test_the_cookie_is_for_this_server_alone_and_holds_no_token(browser: httpx.AsyncClient) -> None:
    plain = (await signed_in(browser)).headers["Set-Cookie"]
    browser.headers["Origin"] = "https://stanch.example"
    by_tls = (await signed_in(browser)).headers["Set-Cookie"]

    for cookie in (plain, by_tls):
        assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
        assert TOKENS["ana"] not in cookie
    assert ("Secure" in plain, "Secure" in by_tls) == (False, True)


@pytest.mark.parametrize(
    "to",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-out", "/alerts/x", "/incident/a/b"],
)
async def test_signing_in_leads_to_no_other_site(browser: httpx.AsyncClient, to: str) -> None:
    answer = await signed_in(browser, to=to)

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("token", ["", "nobody-has-this-one", TOKENS["ana"][:-1], "the-secret-of-the-sender"])
async def test_a_wrong_token_opens_nothing(browser: httpx.AsyncClient, token: str) -> None:
    answer = await browser.post("/sign-in", data={"token": token})

    assert (answer.status_code, "Set-Cookie" in answer.headers) == (401, False)
    assert said(answer).startswith("this is nobody's token here")
    assert (not token) or token not in answer.text


async def test_whoever_guesses_is_not_listened_to_for_a_minute_at_any_door(
    browser: httpx.AsyncClient, wiring: Dependencies
) -> None:
    for turn in range(MOST // 2):
        await browser.post("/sign-in", data={"token": f"a-guess-at-the-page-{turn}"})
        await browser.get("/incidents", headers={"Authorization": f"Bearer a-guess-at-the-api-{turn}"})

    page = await signed_in(browser)
    api = await browser.get("/incidents", headers={"Authorization": f"Bearer {TOKENS['ana']}"})

    assert (page.status_code, api.status_code) == (429, 429)
    assert 0 < int(page.headers["Retry-After"]) <= 60
    assert api.json()["error"]["code"] == "too-many"
    assert "too many wrong tokens" in said(page)
    wiring.wrong_tokens.now = lambda: float("inf")
    assert (await signed_in(browser)).status_code == 303


async def test_one_wrong_token_again_and_again_keeps_nobody_out(browser: httpx.AsyncClient) -> None:
    for _ in range(2 * MOST):
        await browser.get("/incidents", headers={"Authorization": "Bearer of-a-script-that-was-forgotten"})
        await browser.get("/incidents")

    assert (await signed_in(browser)).status_code == 303


async def test_whoever_is_signed_in_goes_on_while_somebody_guesses(browser: httpx.AsyncClient) -> None:
    await signed_in(browser)
    for turn in range(MOST):
        await browser.post("/sign-in", data={"token": f"a-guess-of-somebody-{turn}"})

    assert (await browser.get("/")).status_code == 200


@pytest.mark.parametrize(
    "forged",
    [
        lambda _: "",
        lambda _: "x",
        lambda _: "....",
        lambda cookie: cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        lambda cookie: cookie.replace("YW5h", "cm9vdA=="),
        lambda cookie: cookie.replace(cookie.split(".")[1], "99999999999"),
        lambda cookie: cookie.replace(cookie.split(".")[1], "9" * 400),
        lambda cookie: "y" + cookie[1:],
    ],
    ids=["empty", "short", "dots", "signature", "name", "longer", "absurd", "id"],
)
async def test_a_cookie_that_was_tampered_with_is_nobodys(browser: httpx.AsyncClient, forged: Any) -> None:
    await signed_in(browser)
    cookie = browser.cookies["stanch"]
    browser.cookies.clear()

    answer = await browser.get("/", headers={"Cookie": f"stanch={forged(cookie)}"})

    assert forged(cookie) != cookie
    assert answer.status_code == 303


async def test_a_session_ends_by_itself(app: FastAPI, wiring: Dependencies, book: Book) -> None:
    who = authenticator_of(book)
    caller = who.owner_of(TOKENS["ana"].encode())
    assert caller is not None
    long_ago, just_now = (
        PageSessions(wiring.keys, lambda ago=ago: datetime.now(UTC) - ago).begun(caller, TOKENS["ana"])  # type: ignore[misc]
        for ago in (LASTS + timedelta(seconds=1), LASTS - timedelta(minutes=1))
    )

    async with client_of(app) as browser:
        answers = [
            await browser.get("/", headers={"Cookie": f"stanch={one}"}) for one in (long_ago, just_now)
        ]

    assert [answer.status_code for answer in answers] == [303, 200]


async def test_whoever_signs_out_is_out_with_every_copy_of_the_cookie(browser: httpx.AsyncClient) -> None:
    await signed_in(browser)
    cookie = browser.cookies["stanch"]

    answer = await browser.post("/sign-out", data=await form_on(browser, "/people"))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert "stanch" not in browser.cookies
    again = await browser.get("/", headers={"Cookie": f"stanch={cookie}"})
    assert again.status_code == 303


@pytest.mark.parametrize(
    "without",
    [{"token": "env:LI"}, {"token": None}, "gone"],
    ids=["another token", "no token", "no such person"],
)
async def test_a_session_ends_with_the_token_it_was_begun_by(
    browser: httpx.AsyncClient, wiring: Dependencies, book: Book, without: Any
) -> None:
    await signed_in(browser)
    people = {name: person for name, person in book.team.people.items() if name != "li"}
    ana = people.pop("ana")
    if without != "gone":
        people["ana"] = ana.model_copy(update=without)

    wiring.rules = _rules(book, book.team.model_copy(update={"people": people}))

    assert (await browser.get("/")).status_code == 303


async def test_a_right_that_is_taken_away_is_gone_at_once(
    browser: httpx.AsyncClient, wiring: Dependencies, book: Book, control: FakeControl
) -> None:
    await signed_in(browser)
    form = await form_on(browser, HERE)
    ana = book.team.people["ana"].model_copy(update={"roles": ("responder",)})
    people = {**book.team.people, "ana": ana}

    wiring.rules = _rules(book, book.team.model_copy(update={"people": people}))

    answer = await browser.post(f"{HERE}/approve", data=form)
    assert (answer.status_code, said(answer)) == (
        403,
        "Refused. ana does not have the role approver, which approve needs",
    )
    assert control.heard == []


def _rules(book: Book, team: Team) -> HouseRules:
    return HouseRules(book, Authenticator(team, Redactor()))


async def test_another_gateway_with_the_same_key_knows_who_is_signed_in(
    browser: httpx.AsyncClient, wiring: Dependencies, control: FakeControl, book: Book
) -> None:
    await signed_in(browser)
    header = {"Cookie": f"stanch={browser.cookies['stanch']}"}
    same = application(Dependencies(control, rules_of(book), keys=wiring.keys))  # type: ignore[arg-type]
    strange = application(Dependencies(control, rules_of(book)))  # type: ignore[arg-type]

    statuses = []
    for app in (same, strange):
        async with client_of(app) as client:
            statuses.append((await client.get("/", headers=header)).status_code)

    assert statuses == [200, 303]


@pytest.mark.parametrize("headers", ELSEWHERE)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/paused", f"{HERE}/approve"])
async def test_a_form_of_another_site_is_refused(
    browser: httpx.AsyncClient, control: FakeControl, path: str, headers: Mapping[str, str]
) -> None:
    await signed_in(browser)
    form = {**await form_on(browser, HERE), "token": TOKENS["li"], "scope": "all"}

    answer = await browser.post(path, data=form, headers=headers)

    assert (answer.status_code, "Set-Cookie" in answer.headers) == (403, False)
    assert "does not come from a page of this address" in said(answer)
    assert (control.heard, control.switches) == ([], {})


@pytest.mark.parametrize("mark", [None, "", "x", "a.b", "of-another-session"])
@pytest.mark.parametrize("path", ["/sign-out", "/paused", f"{HERE}/approve", f"{HERE}/note"])
async def test_a_form_without_the_mark_of_its_session_is_refused(
    app: FastAPI, browser: httpx.AsyncClient, control: FakeControl, path: str, mark: str | None
) -> None:
    await signed_in(browser)
    form = {**await form_on(browser, HERE), "scope": "all", "note": "x"}
    if mark == "of-another-session":
        async with client_of(app) as other:
            other.headers["Origin"] = str(other.base_url)
            await signed_in(other, "root")
            mark = (await form_on(other, HERE))["form"]
    del form["form"]
    form |= {"form": mark} if mark is not None else {}

    answer = await browser.post(path, data=form)

    assert (answer.status_code, control.heard, control.switches) == (403, [], {})
    assert (await browser.get("/")).status_code == 200


async def test_a_form_that_is_sent_after_the_session_ended_does_nothing(
    browser: httpx.AsyncClient, control: FakeControl
) -> None:
    await signed_in(browser)
    form = await form_on(browser, HERE)
    browser.cookies.clear()

    answer = await browser.post(f"{HERE}/approve", data=form)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sign-in?to={HERE}")
    assert control.heard == []


async def test_a_link_in_a_chat_finds_whoever_is_signed_in(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(HERE, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
    assert f'content="0; url={HERE}"' in answer.text
    assert "Sign in" not in answer.text


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join([b"a=1"] * 100), b"token=%ff"])
async def test_a_form_that_cannot_be_read_is_refused(browser: httpx.AsyncClient, body: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await browser.post("/sign-in", content=body, headers=kind)

    assert (answer.status_code, said(answer)) == (422, "the form cannot be read")


async def test_json_is_no_form(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/sign-in", json={"token": TOKENS["ana"]})

    assert answer.status_code == 422


async def test_two_of_us_on_one_machine_have_cookies_of_their_own(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7330") as browser:
        browser.headers["Origin"] = "http://127.0.0.1:7330"
        await signed_in(browser)

        assert list(browser.cookies) == ["stanch-7330"]
