"""At every border what looks like a secret is blanked out, and what must stay exact stays exact."""

import copy
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from orders import order_of
from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor

from activities.addresses import Address
from activities.as_activities import activities_of_reader, activities_of_verb
from activities.http_call import CallArguments
from activities.portable.log_lines import LogCount
from stanch.errors import ConfigError, Rejected, Still
from stanch.gateway.words import Words
from stanch.masking import HIDDEN
from stanch.model.change import Change, Kind, PlanRequest, Target, Undo, UndoKind, Unit
from stanch.model.decision import Claim
from stanch.model.evidence import Look, Reading
from stanch.model.watching import WatchRequest
from stanch.playbooks.problems import Problem
from stanch.playbooks.yaml_source import read_yaml
from stanch.policy.signing import Keyring
from stanch.secrets import Redactor, read_reference
from stanch.sources import SOURCES, AlertSource
from workers import logs
from workers.interceptors import WorkerInterceptor

SECRET = "postgres://app:snipe0123456789@db/app"
SAID = SECRET.replace("snipe0123456789", HIDDEN)
TARGET = Target(provider="fly", name="backend")
AT = datetime(2026, 11, 21, 3, 12, tzinfo=UTC)


def spilled(value: Any) -> Any:
    """The same payload, a secret behind every text that is free; what a payload is known by stays."""
    if isinstance(value, dict):
        kept = {"version", "status", "startsAt", "endsAt", "receiver", "fingerprint", "groupKey"}
        return {name: each if name in kept else spilled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [spilled(each) for each in value]
    if isinstance(value, str) and value.startswith("http"):
        return f"{value}{'&' if '?' in value else '?'}key=snipe0123456789"
    return f"{value} {SECRET}" if isinstance(value, str) else value


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
def test_no_source_passes_a_secret_on(source: AlertSource) -> None:
    alerts = source.parse(spilled(copy.deepcopy(source.EXAMPLE)))

    told = "".join(alert.model_dump_json() for alert in alerts)
    assert "snipe" not in told
    assert HIDDEN in told
    assert [alert.fingerprint for alert in alerts] == [alert.fingerprint for alert in source.EXPECTED]


def test_alerts_that_differ_only_in_a_secret_are_not_one() -> None:
    parse = SOURCES["alertmanager"].parse
    body = copy.deepcopy(SOURCES["alertmanager"].EXAMPLE)
    for number, alert in enumerate(body["alerts"]):
        alert["fingerprint"] = ""
        alert["labels"] = {"alertname": "Down", "dsn": SECRET.replace("snipe", f"snipe{number}")}

    first, second = parse(body)

    assert first.labels == second.labels
    assert first.fingerprint != second.fingerprint


def test_a_fingerprint_that_looks_like_a_secret_still_tells_alerts_apart() -> None:
    body = copy.deepcopy(SOURCES["alertmanager"].EXAMPLE)
    body["alerts"][0]["fingerprint"] = "ghp_0123456789abcdefABCDEF0123456789"

    alert, _ = SOURCES["alertmanager"].parse(body)

    assert "ghp" not in alert.fingerprint
    assert len(alert.fingerprint) == 12


class Found(Reading):
    text: str

    def line(self) -> str:
        return f"found {self.text}"


class Pretended:
    """A verb and a reading in one, as far as an activity knows either."""

    class spec:  # noqa: N801 - as a verb calls it
        name = "fly.pretend"
        takes = timedelta(minutes=5)
        course = None
        takes_away = ()
        result = Found

    def __init__(self, text: str) -> None:
        self._text = text

    async def plan(self, request: PlanRequest) -> Change:
        return Change(
            verb="fly.pretend",
            kind=Kind.STATE,
            target=request.target,
            units=(Unit(id="URL", was=self._text, to=self._text),),
            undo=Undo(kind=UndoKind.COMPENSATES, why=self._text),
            summary=self._text,
            because=self._text,
            effects=(self._text,),
            nothing_to_do=self._text,
        )

    async def read(self, look: Look) -> Reading:
        return Found(text=f"{self._text} at {look.as_of:%H:%M}")


async def test_a_plans_texts_are_masked_and_its_values_stay_exact() -> None:
    plan, *_ = activities_of_verb(Pretended(SECRET), None)  # type: ignore[arg-type]

    order = order_of(PlanRequest(target=TARGET, as_of=AT), "fly.pretend")
    change: Change = await ActivityEnvironment().run(plan, order)

    assert change.units == (Unit(id="URL", was=SECRET, to=SECRET),)
    assert {change.summary, change.because, *change.effects, change.undo.why, change.nothing_to_do} == {SAID}


async def test_a_readings_result_and_line_are_masked() -> None:
    read, _ = activities_of_reader(Pretended(SECRET))  # type: ignore[arg-type]

    found: Found = await ActivityEnvironment().run(read, Look(as_of=AT))

    assert (found.text, found.said) == (f"{SAID} at 03:12", f"found {SAID} at 03:12")


async def test_what_a_watch_says_at_its_end_and_until_then_is_masked() -> None:
    _, watch = activities_of_reader(Pretended(SECRET))  # type: ignore[arg-type]
    good = {"uses": "fly.pretend", "good_when": "true", "variables": {}, "bad_in_a_row": 1}
    spans = dict.fromkeys(("every", "stays_good_for", "settles_within"), timedelta(0))

    ended = await ActivityEnvironment().run(watch, asked_to_watch(samples=1, **good, **spans))
    with pytest.raises(Still) as still:
        await ActivityEnvironment().run(watch, asked_to_watch(samples=2, **good, **spans))

    assert SAID in ended.because
    assert SAID in str(still.value)
    assert "snipe" not in ended.because + str(still.value)


NEVER_LATE = datetime(1970, 1, 1, tzinfo=UTC)
"""When an activity runs that no workflow scheduled."""


def asked_to_watch(**check: Any) -> WatchRequest:
    return WatchRequest.model_validate({"check": check, "started_at": NEVER_LATE})


class Raising(ActivityInboundInterceptor):
    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_activity(self, input: Any) -> Any:  # noqa: A002, ARG002 - the SDK's
        raise self._error


def wrong() -> Exception:
    class Wanted(BaseModel):
        url: Address

    try:
        Wanted.model_validate({"url": "https://x.example/?key=snipe0123456789"})
    except ValidationError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize("error", [Rejected("fly", SECRET, 422), RuntimeError(SECRET), wrong()], ids=repr)
async def test_an_activitys_failure_is_masked(error: Exception) -> None:
    border = WorkerInterceptor(Redactor(), Keyring(b"key")).intercept_activity(Raising(error))

    with pytest.raises(ApplicationError) as said:
        await border.execute_activity(None)  # type: ignore[arg-type]

    assert "snipe" not in str(said.value) + repr(said.value)


def test_a_note_with_a_pasted_secret_is_masked() -> None:
    assert Words(note=f"try {SECRET}").note == f"try {SAID}"
    assert Claim(note=f"try {SECRET}").note == f"try {SAID}"


def test_a_log_line_is_masked_however_deep_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        logs.configure(Redactor(), plain=False)
        logging.getLogger("of somebody").warning("%s", SECRET, extra={"deep": {"er": [SECRET]}})
    finally:
        logging.getLogger().handlers[:] = before

    said = capsys.readouterr().err
    assert SAID in said
    assert "snipe" not in said


@pytest.mark.parametrize("query", ["key=1", "access_token=1", "page=2&sig=", "password="])
def test_an_address_whose_query_names_a_secret_is_refused_unseen(query: str) -> None:
    with pytest.raises(ValidationError, match="names a secret, which would be shown"):
        TypeAdapter(Address).validate_python(f"https://api.shop.example/healthz?{query}")


def test_an_address_with_an_ordinary_query_is_taken() -> None:
    assert TypeAdapter(Address).validate_python("https://api.shop.example/healthz?deep=1")


@pytest.mark.parametrize("body", [{"password": "x"}, {"a": [{"api_key": "x"}]}])
def test_a_secret_in_the_body_of_a_call_is_refused(body: Any) -> None:
    with pytest.raises(ValidationError, match="names a secret"):
        CallArguments.model_validate({"url": "https://api.shop.example/", "json": body})


def test_a_body_without_a_secret_is_taken() -> None:
    body = {"max_tokens": 5, "password": "", "mode": "maintenance"}

    assert CallArguments.model_validate({"url": "https://api.shop.example/", "json": body}).json_ == body


def test_a_pipe_as_a_secret_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ConfigError, match="it is no file"):
        read_reference(f"file:{tmp_path / 'pipe'}")


@pytest.mark.parametrize("what", ["folder", "binary"])
def test_a_secret_that_is_no_text_is_one_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match=rf"file:.*{what} cannot be read"):
        read_reference(f"file:{path}")


def test_a_pipe_as_a_playbook_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "book.yaml")
    found: list[Problem] = []

    assert read_yaml(tmp_path / "book.yaml", "", found) is None
    assert "is no file" in found[0].text


def test_a_logs_line_tells_what_was_found_of_each_name() -> None:
    log = LogCount(
        count=412,
        is_cut=True,
        is_partial=True,
        counts={"timeouts": 400, "panics": 12},
        within=timedelta(minutes=15),
        last_at=AT,
        last="panic: x",
    )

    said = "at least 412 lines in 15 min: timeouts 400, panics 12; last 03:12: panic: x"
    assert log.line() == said
