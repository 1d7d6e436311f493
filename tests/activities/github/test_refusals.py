from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.converging import converge
from activities.github import prove
from activities.github.client import GitHub
from activities.github.hotfix import Hotfix
from activities.github.open_issue import OpenIssue
from activities.github.refusals import allowed_again
from activities.github.revert import Revert
from activities.integration import Surroundings
from sandbox.app import application
from sandbox.faults import Fault
from sandbox.github.bodies import node_of
from sandbox.github.keys import GitHubKey
from sandbox.github.world import GitHubWorld
from sandbox.world import Sandbox
from stanch.errors import Conflict, Rejected, Unauthorized, Unavailable
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT
from tests.activities.github.asking import carried_out, commits, forbidding, github_of, planned, revert
from tests.activities.github.cases import SHOP, repository


@pytest.mark.parametrize("headers", [{"x-ratelimit-remaining": "0"}, {"retry-after": "30"}])
async def test_who_asks_too_often_is_told_by_403_and_asks_again(
    github: GitHub, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    sandbox.order(forbidding(headers))

    with pytest.raises(Unavailable, match="answered 403"):
        await commits(github)


@pytest.mark.parametrize(
    "message",
    ["You have exceeded a secondary rate limit.", "You have triggered an abuse detection mechanism."],
)
async def test_the_second_limit_is_known_by_its_words_where_no_header_tells(
    github: GitHub, sandbox: Sandbox, message: str
) -> None:
    sandbox.order(forbidding({"x-ratelimit-remaining": "4711", "x-ratelimit-reset": "1"}, message))

    with pytest.raises(Unavailable) as met:
        await commits(github)

    assert (met.value.retry_after, met.value.untouched) == (timedelta(minutes=1), True)


async def test_what_the_second_limit_turned_away_is_asked_again_when_it_is_over(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    bench = revert(sandbox, tmp_path)
    change = await bench.plan()
    sandbox.of(GitHubWorld).limit(timedelta(seconds=50))

    settled = await bench.settle(change)

    assert len(settled.troubles) == 1
    assert bench.effects() == ["github.revert_pull_request"]
    assert sandbox.clock.now() < AT + timedelta(minutes=2)


async def test_a_403_without_a_limit_is_a_missing_permission(github: GitHub, sandbox: Sandbox) -> None:
    sandbox.order(forbidding({"x-ratelimit-remaining": "4711"}))

    with pytest.raises(Unauthorized):
        await commits(github)


def test_a_limit_says_when_it_is_over() -> None:
    soon = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    much_later = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())

    assert allowed_again({"retry-after": "30", "x-ratelimit-reset": "1"}) == timedelta(seconds=30)
    wait = allowed_again({"x-ratelimit-reset": str(soon)})
    assert wait is not None
    assert timedelta(minutes=4) < wait <= timedelta(minutes=5)
    assert allowed_again({"x-ratelimit-reset": str(much_later)}) == timedelta(minutes=10)
    assert allowed_again({"x-ratelimit-reset": "1"}) == timedelta(0)
    assert allowed_again({}) is None


async def test_what_exists_already_is_looked_at_again(github: GitHub, sandbox: Sandbox) -> None:
    said = {"message": "Validation Failed", "errors": [{"message": "A pull request already exists for x."}]}
    sandbox.order(Fault(method="POST", path="/pulls$", status=422, body=said))
    verb = Hotfix(github)

    with pytest.raises(Conflict):
        await converge(verb, await planned(verb, title="Fix"), set())


@pytest.mark.parametrize(
    ("kind", "error"),
    [("FORBIDDEN", Unauthorized), ("INSUFFICIENT_SCOPES", Unauthorized), ("RATE_LIMITED", Unavailable)],
)
async def test_graphql_refuses_in_the_body_of_a_good_answer(
    github: GitHub, sandbox: Sandbox, kind: str, error: type[Exception]
) -> None:
    verb = Revert(github)
    change = await planned(verb)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/graphql"):
            return httpx.Response(200, json={"data": None, "errors": [{"type": kind, "message": "no"}]})
        return httpx.Response(200, json=[])

    github.api.connection.answered_by(httpx.MockTransport(answer))

    with pytest.raises(error):
        await verb.write(change, change.units[0])


async def test_a_revert_whose_answer_graphql_gave_up_is_found_by_its_mark_and_made_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    bench = revert(sandbox, tmp_path)
    change = await bench.plan()
    sandbox.of(GitHubWorld).tire(timedelta(seconds=10))
    sandbox.of(GitHubWorld).lists_late = timedelta(minutes=2)

    settled = await bench.settle(change)

    assert [type(error) for error in settled.troubles] == [Unavailable]
    assert bench.effects() == ["github.revert_pull_request"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "Something went wrong while executing your query"}, (Unavailable, False)),
        ({"message": "was submitted too quickly", "type": "UNPROCESSABLE"}, (Unavailable, True)),
        ({"message": "API rate limit already exceeded", "type": "RATE_LIMIT"}, (Unavailable, True)),
        ({"message": "no such field", "extensions": {"code": "undefinedField"}}, (Rejected, False)),
        ({"message": "it conflicts", "type": "UNPROCESSABLE"}, (Rejected, False)),
    ],
)
def test_an_error_of_graphql_is_told_by_its_type_and_its_words(
    github: GitHub, error: dict[str, Any], expected: tuple[type[Exception], bool]
) -> None:
    refused = github.api.refusal(error)

    assert (type(refused), getattr(refused, "untouched", False)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, Unavailable),
        ({"data": {"revertPullRequest": {"revertPullRequest": {"number": 5}}}, "errors": [{}]}, None),
    ],
)
async def test_a_revert_is_made_where_its_pull_request_is_told(
    github: GitHub, sandbox: Sandbox, body: dict[str, Any], expected: type[Exception] | None
) -> None:
    sandbox.order(Fault(status=200, path="/graphql$", body=body))

    with pytest.raises(expected) if expected else nullcontext():
        await github.revert({})


async def test_a_server_of_ones_own_has_graphql_beside_rest(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "key").write_text(GitHubKey.ALL)
    base_url = "http://sandbox.example/github/api/v3"
    settings = Provider.model_validate({"token": f"file:{tmp_path / 'key'}", "base_url": base_url})
    github = GitHub.connect(Surroundings(settings, Redactor(), b"", {}))
    github.api.connection.answered_by(httpx.ASGITransport(application(sandbox)))

    await github.revert({"pullRequestId": node_of(repository(sandbox), repository(sandbox).issues[4])})

    assert len(sandbox.ledger.effects("github.revert_pull_request")) == 1


async def test_what_is_submitted_too_quickly_was_not_done(github: GitHub, sandbox: Sandbox) -> None:
    said = {"message": "Validation Failed", "errors": [{"message": "was submitted too quickly"}]}
    sandbox.order(Fault(method="POST", path="/issues$", status=422, body=said))
    verb = OpenIssue(github)

    with pytest.raises(Unavailable) as met:
        await converge(verb, await planned(verb, title="Add an index"), set())

    assert met.value.untouched


async def test_a_pull_request_that_is_listed_and_not_found_yet_is_looked_for_again(
    github: GitHub, sandbox: Sandbox
) -> None:
    verb = Revert(github)
    change = await planned(verb)
    await carried_out(verb, change)
    sandbox.order(Fault(path=r"/pulls/\d+$", status=404))

    with pytest.raises(Unavailable, match="listed, and not found yet"):
        await converge(verb, change.undone(), set())


async def test_a_branch_that_is_gone_already_is_looked_at_again(github: GitHub, sandbox: Sandbox) -> None:
    verb = Revert(github)
    change = await planned(verb)
    await carried_out(verb, change)
    said = {"message": "Reference does not exist"}
    sandbox.order(Fault(method="DELETE", path="/refs/", status=422, body=said))

    with pytest.raises(Conflict):
        await converge(verb, change.undone(), set())


async def test_a_token_that_only_reads_is_said_by_graphql_too(sandbox: Sandbox) -> None:
    verb = Revert(github_of(sandbox, GitHubKey.READ_ONLY))
    change = await planned(verb)

    with pytest.raises(Unauthorized, match="not accessible"):
        await carried_out(verb, change)


async def test_a_credential_is_proved_by_reading_the_repository(github: GitHub) -> None:
    proof = await prove(github, SHOP)

    assert proof.saw.startswith("team/shop seen, branch main")
    assert proof.granted is None


async def test_a_repository_that_a_token_may_not_see_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(Rejected, match="404"):
        await prove(github_of(sandbox, GitHubKey.ELSEWHERE), SHOP)
