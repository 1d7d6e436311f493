from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.integration import Surroundings
from activities.sentry import INTEGRATION
from activities.sentry.client import Sentry
from activities.sentry.issues import IssueArguments, Issues, ReadIssues
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.sentry.keys import SentryKey
from sandbox.sentry.scenes import NEW, OLD, PROJECT, slurpy
from sandbox.sentry.world import SentryWorld
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT
from tests.activities.sentry.cases import BACKEND

BAD = AT - timedelta(minutes=4)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(slurpy, SandboxClock(AT))


@pytest.fixture
def world(sandbox: Sandbox) -> SentryWorld:
    return sandbox.of(SentryWorld)


def connected(monkeypatch: pytest.MonkeyPatch, key: str = SentryKey.ALL, **settings: Any) -> Sentry:
    monkeypatch.setenv("SENTRY_OF_A_TEST", key)
    provider = Provider.model_validate({"token": "env:SENTRY_OF_A_TEST", **settings})
    return Sentry.connect(Surroundings(provider, Redactor()))


@pytest.fixture
def sentry(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sentry:
    made = connected(monkeypatch, base_url="http://sandbox.example/sentry")
    made.api.connection.answered_by(httpx.ASGITransport(application(sandbox)))
    return made


async def look(sentry: Sentry, target: Any = BACKEND, first_bad_at: Any = BAD, **arguments: Any) -> Issues:
    asked = Look(target=target, arguments=arguments, as_of=AT, first_bad_at=first_bad_at)
    return await ReadIssues(sentry).read(asked)


async def test_the_new_error_is_named_with_its_release_and_endpoint(sentry: Sentry) -> None:
    found = await look(sentry)

    assert (found.title, found.culprit, found.release) == (NEW, "/chat", "slurpy-backend@42")
    assert found.first_seen_at == AT - timedelta(seconds=350)
    assert found.line() == (
        f"2 errors (1 new), 11 events: {NEW} in /chat, first seen 11-21 02:54 in slurpy-backend@42"
    )


async def test_an_old_error_is_not_new_however_often_it_happens(sentry: Sentry, world: SentryWorld) -> None:
    world.happen(PROJECT, OLD, *[MINUTE] * 40, release="slurpy-backend@42")

    found = await look(sentry)

    assert (found.new, found.title, found.is_new) == (1, NEW, True)


async def test_an_error_of_the_hour_before_is_new_only_where_nobody_knows_since_when_it_is_bad(
    sentry: Sentry, world: SentryWorld
) -> None:
    world.happen(PROJECT, "KeyError: plan", timedelta(minutes=45), culprit="/plan")

    assert (await look(sentry)).new == 1
    assert (await look(sentry, first_bad_at=None)).new == 2


async def test_what_began_before_the_hour_is_new_to_an_incident_that_is_older_still(
    sentry: Sentry, world: SentryWorld
) -> None:
    world.happen(PROJECT, "KeyError: plan", timedelta(hours=3), MINUTE)

    assert (await look(sentry, first_bad_at=AT - timedelta(hours=3))).new == 2


async def test_only_the_asked_for_release_is_counted(sentry: Sentry, world: SentryWorld) -> None:
    world.happen(PROJECT, OLD, MINUTE, release="slurpy-backend@42")

    found = await look(sentry, release="slurpy-backend@42")
    none = await look(sentry, release="slurpy-backend@43")

    assert (found.count, found.events) == (2, 10)
    assert found.line().startswith("2 errors of slurpy-backend@42 (")
    assert none.line() == "no errors of slurpy-backend@43"


async def test_in_a_check_only_what_happened_since_the_change_counts(
    sentry: Sentry, world: SentryWorld
) -> None:
    world.happen(PROJECT, OLD, MINUTE)
    asked = Look(target=BACKEND, as_of=AT, first_bad_at=BAD, since=AT - 1.5 * MINUTE)

    assert (await ReadIssues(sentry).read(asked)).events < (await look(sentry)).events


async def test_another_environment_than_the_targets_can_be_asked_for(sentry: Sentry) -> None:
    assert (await look(sentry, environment="staging")).events == 1


async def test_slow_queries_and_solved_errors_are_no_open_errors(sentry: Sentry, world: SentryWorld) -> None:
    world.projects[PROJECT].issues[1].status = "resolved"

    found = await look(sentry)

    assert (found.count, found.title) == (1, OLD)


async def test_a_project_without_errors_says_so(sentry: Sentry, world: SentryWorld) -> None:
    world.projects[PROJECT].issues.clear()

    found = await look(sentry)

    assert (found.count, found.new, found.at_least, found.line()) == (0, 0, False, "no errors")


async def test_pages_are_followed_by_the_link_header_and_not_without_end(
    sandbox: Sandbox, sentry: Sentry, world: SentryWorld
) -> None:
    for number in range(248):
        world.happen(PROJECT, f"E{number}", MINUTE)
    three = await look(sentry)
    requests = len(sandbox.ledger.requests)
    for number in range(300):
        world.happen(PROJECT, f"F{number}", MINUTE)

    many = await look(sentry)

    assert (three.count, three.at_least, requests) == (250, False, 4)
    assert (many.count, many.at_least, many.line()[:8]) == (500, True, "at least")


async def test_a_release_that_sentry_is_not_told_of_stays_empty(sentry: Sentry, world: SentryWorld) -> None:
    world.happen(PROJECT, "KeyError", *[MINUTE] * 20)

    assert (await look(sentry)).release == ""


async def test_secrets_in_a_title_are_blanked_out(sentry: Sentry, world: SentryWorld) -> None:
    world.happen(PROJECT, f"bad header {SentryKey.ALL}", *[MINUTE] * 20)

    assert SentryKey.ALL not in (await look(sentry)).model_dump_json()


async def test_a_limit_is_waited_for_until_it_is_lifted(sandbox: Sandbox, sentry: Sentry) -> None:
    sandbox.order(Fault(status=429))

    with pytest.raises(Unavailable) as refused:
        await look(sentry)

    assert refused.value.retry_after is not None
    assert MINUTE > refused.value.retry_after >= timedelta(seconds=1)


async def test_a_project_that_is_misspelt_or_hidden_is_refused_by_name(sentry: Sentry) -> None:
    with pytest.raises(Unauthorized, match="do not have permission"):
        await look(sentry, BACKEND.model_copy(update={"name": "slurpy-backed"}))
    elsewhere = BACKEND.model_copy(update={"at": {"organization": "other"}})
    with pytest.raises(Rejected, match="does not exist"):
        await look(sentry, elsewhere)


async def test_a_search_that_sentry_cannot_read_is_its_authors(sentry: Sentry) -> None:
    with pytest.raises(Rejected, match="Error parsing search query"):
        await look(sentry, query="((")


@pytest.mark.parametrize("field", ["release", "environment", "query"])
def test_a_search_is_one_line(field: str) -> None:
    with pytest.raises(ValidationError):
        IssueArguments.model_validate({field: "a\nb"})


def test_the_region_chooses_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _base(connected(monkeypatch)) == "https://us.sentry.io/api/0/"
    assert _base(connected(monkeypatch, region="de")) == "https://de.sentry.io/api/0/"
    with pytest.raises(ConfigError, match="one of us, de"):
        connected(monkeypatch, region="fr")


def _base(sentry: Sentry) -> str:
    return str(sentry.api.connection._options["base_url"])


async def test_a_token_is_tried_on_the_project(sentry: Sentry) -> None:
    assert INTEGRATION.credential

    proof = await INTEGRATION.credential.prove(sentry, BACKEND)

    assert "open issues" in proof.saw


@pytest.mark.parametrize("key", ["nobody's key", SentryKey.ELSEWHERE])
async def test_a_token_that_does_not_reach_the_project_is_said(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    made = connected(monkeypatch, key, base_url="http://sandbox.example/sentry")
    made.api.connection.answered_by(httpx.ASGITransport(application(sandbox)))
    assert INTEGRATION.credential

    with pytest.raises(Unauthorized):
        await INTEGRATION.credential.prove(made, BACKEND)
