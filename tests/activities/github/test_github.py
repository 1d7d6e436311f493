from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.connection import Connection
from activities.contract import Verb
from activities.converging import converge
from activities.github import prove
from activities.github.answers import names, signed
from activities.github.client import GitHub, GitHubTarget
from activities.github.hotfix import Hotfix
from activities.github.open_issue import OpenIssue
from activities.github.readings import Commits, ReadCommits, ReadRecent
from activities.github.refusals import GitHubApi, allowed_again
from activities.github.revert import Revert, RevertArguments
from activities.integration import Surroundings
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.github.bodies import node_of
from sandbox.github.keys import GitHubKey
from sandbox.github.repository import PullRequest, Repository
from sandbox.github.scenes import code
from sandbox.github.world import GitHubWorld
from sandbox.world import Sandbox
from stanch.errors import Conflict, Moved, PolicyError, Rejected, Still, Unauthorized, Unavailable
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.model.recent import Recent
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.bench import PATIENCE, Bench, Connections
from tests.activities.contract.case import AT, MARKER
from tests.activities.contract.cases import CASES
from tests.activities.github.cases import SHOP, repository


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(code, SandboxClock(AT))


@pytest.fixture
def shop(sandbox: Sandbox) -> Repository:
    return repository(sandbox)


def github_of(sandbox: Sandbox, key: str = GitHubKey.ALL) -> GitHub:
    connection = Connection(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url="http://sandbox.example/github/",
        headers={"Authorization": f"Bearer {key}"},
    )
    return GitHub(GitHubApi("github", connection, Redactor([key])))


@pytest.fixture
def github(sandbox: Sandbox) -> GitHub:
    return github_of(sandbox)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []


async def planned(verb: Verb, target: Target = SHOP, **arguments: Any) -> Change:
    change = await verb.plan(PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER))
    return Change.model_validate_json(change.model_dump_json())


async def carried_out(verb: Verb, change: Change) -> None:
    done: set[str] = set()
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except (Still, Conflict):
            continue
        return
    message = "it never stood"
    raise AssertionError(message)


def newest(shop: Repository) -> PullRequest:
    found = shop.issues[max(shop.issues)]
    assert isinstance(found, PullRequest)
    return found


async def commits(github: GitHub, **arguments: Any) -> Commits:
    return await ReadCommits(github).read(Look(target=SHOP, arguments=arguments, as_of=AT))


async def recent(github: GitHub, **arguments: Any) -> Recent:
    return await ReadRecent(github).read(Look(target=SHOP, arguments=arguments, as_of=AT))


def forbidding(headers: dict[str, str], message: str = "Forbidden") -> Fault:
    return Fault(status=403, body={"message": message}, headers=headers)


def revert(sandbox: Sandbox, folder: Path) -> Bench:
    return Bench(next(case for case in CASES if case.name == "github.revert"), Connections(folder), sandbox)


async def test_the_pull_request_merged_last_is_reverted_by_one_that_names_the_incident(
    github: GitHub, shop: Repository
) -> None:
    verb = Revert(github)
    change = await planned(verb)

    await carried_out(verb, change)

    opened = newest(shop)
    assert (opened.title, opened.head) == ('Revert "checkout: new totals"', "revert-4-new-totals")
    assert names(opened.body, MARKER)
    assert "reverts #4 of team/shop: checkout: new totals" in change.summary


async def test_a_revert_of_what_was_merged_last_says_that_it_may_not_be_what_is_deployed(
    github: GitHub, shop: Repository
) -> None:
    bad = shop.issues[3]
    assert isinstance(bad, PullRequest)

    last, numbered = await planned(Revert(github)), await planned(Revert(github), pull_request=3)
    deployed = await planned(Revert(github), commit=bad.merge_sha)

    assert "#4 was merged last; whether it is what is deployed is not known" in last.effects
    assert "#3 was named; whether it is what is deployed is not known" in numbered.effects
    assert not any("deployed is not known" in effect for effect in deployed.effects)


async def test_the_pull_request_that_a_commit_came_with_is_reverted(github: GitHub, shop: Repository) -> None:
    bad = shop.issues[3]
    assert isinstance(bad, PullRequest)

    change = await planned(Revert(github), commit=bad.merge_sha)

    assert change.settings["number"] == 3


async def test_a_commit_that_was_pushed_past_all_pull_requests_has_none_to_revert(
    github: GitHub, shop: Repository
) -> None:
    pushed = shop.push("main", "straight to main")

    with pytest.raises(PolicyError, match="no-pull-request"):
        await planned(Revert(github), commit=pushed.sha)


async def test_only_what_was_merged_is_reverted(github: GitHub, shop: Repository) -> None:
    shop.push("later", "not yet")
    opened = shop.open_pull_request("not yet", "", "later")

    with pytest.raises(PolicyError, match="not-merged"):
        await planned(Revert(github), pull_request=opened.number)


async def test_where_nothing_was_merged_nothing_is_reverted(github: GitHub, shop: Repository) -> None:
    shop.issues.clear()

    with pytest.raises(PolicyError, match="nothing-to-revert"):
        await planned(Revert(github))


async def test_what_somebody_reverts_already_is_not_reverted_again(github: GitHub, shop: Repository) -> None:
    shop.push("revert-4-new-totals", "by hand")
    theirs = shop.open_pull_request("Revert the totals", "", "revert-4-new-totals")

    change = await planned(Revert(github))

    assert (change.units, change.nothing_to_do) == ((), f"#{theirs.number} reverts #4 already")


async def test_a_revert_that_conflicts_is_handed_over(github: GitHub, shop: Repository) -> None:
    bad = shop.issues[4]
    assert isinstance(bad, PullRequest)
    bad.conflicts = True
    verb = Revert(github)

    with pytest.raises(Rejected, match="conflicts"):
        await carried_out(verb, await planned(verb))


def test_a_revert_is_of_a_pull_request_or_of_a_commit() -> None:
    with pytest.raises(ValidationError, match="not both"):
        RevertArguments(pull_request=4, commit="abcdef0")


@pytest.mark.parametrize("verb", [Revert, Hotfix])
async def test_what_was_merged_meanwhile_is_not_taken_away(
    github: GitHub, shop: Repository, verb: type[Verb]
) -> None:
    made = verb(github)
    change = await planned(made, **({"title": "Fix"} if verb is Hotfix else {}))
    await carried_out(made, change)
    shop.merge(newest(shop))

    with pytest.raises(Moved, match="which was merged"):
        await carried_out(made, change.undone())


async def test_what_people_pushed_to_a_hotfix_is_not_deleted(github: GitHub, shop: Repository) -> None:
    verb = Hotfix(github)
    change = await planned(verb, title="Fix")
    await carried_out(verb, change)
    shop.push(newest(shop).head, "the fix itself")

    with pytest.raises(Moved, match="somebody pushed"):
        await carried_out(verb, change.undone())

    assert newest(shop).head in shop.branches


async def test_a_revert_that_people_went_on_with_is_not_closed(github: GitHub, shop: Repository) -> None:
    verb = Revert(github)
    change = await planned(verb)
    await carried_out(verb, change)
    shop.push(newest(shop).head, "and the settings")

    with pytest.raises(Moved, match="somebody pushed"):
        await carried_out(verb, change.undone())

    assert newest(shop).state == "open"


async def test_a_hotfix_from_an_older_line_brings_more_commits_and_is_still_only_ours(
    github: GitHub, shop: Repository
) -> None:
    verb = Hotfix(github)
    change = await planned(verb, title="Fix")
    await carried_out(verb, change)
    newest(shop).commits = 12

    await carried_out(verb, change.undone())

    assert newest(shop).state == "closed"


async def test_a_hotfix_starts_from_the_commit_that_is_deployed(github: GitHub, shop: Repository) -> None:
    deployed, verb = shop.deployments[1].sha, Hotfix(github)

    await carried_out(verb, await planned(verb, title="Fix", body="Charged twice.", commit=deployed))

    opened = newest(shop)
    begun = shop.commits[shop.branches[opened.head]]
    assert (opened.head, opened.base) == ("hotfix/inc-20261121-7k3qxm-1.1", "main")
    assert (begun.parents, begun.tree) == ((deployed,), shop.commits[deployed].tree)
    assert opened.body.startswith("Charged twice.")


async def test_a_branch_without_its_pull_request_is_finished(
    github: GitHub, shop: Repository, sandbox: Sandbox
) -> None:
    verb = Hotfix(github)
    change = await planned(verb, title="Fix")
    sandbox.order(Fault(trouble=Trouble.RESET, method="POST", path="/pulls$"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())

    await carried_out(verb, change)

    assert [effect.operation for effect in sandbox.ledger.effects()] == [
        "github.create_ref",
        "github.create_pull_request",
    ]


async def test_a_hotfix_goes_into_the_branch_that_the_target_names(github: GitHub, shop: Repository) -> None:
    shop.push("stable", "an older line")
    stable = SHOP.model_copy(update={"at": {**SHOP.at, "branch": "stable"}})
    verb = Hotfix(github)

    await carried_out(verb, await planned(verb, stable, title="Fix"))

    assert newest(shop).base == "stable"


async def test_a_branch_that_is_not_there_is_said(github: GitHub) -> None:
    gone = SHOP.model_copy(update={"at": {**SHOP.at, "branch": "gone"}})

    with pytest.raises(PolicyError, match="no-such-branch"):
        await planned(Hotfix(github), gone, title="Fix")


async def test_an_issue_says_what_is_to_do_and_who_is_to_do_it(github: GitHub, shop: Repository) -> None:
    verb = OpenIssue(github)

    await carried_out(
        verb, await planned(verb, title="Add an index", body="On orders.", labels=["p1"], assignees=["ana"])
    )

    issue = shop.issues[max(shop.issues)]
    assert (issue.title, issue.labels, issue.assignees) == ("Add an index", ["p1"], ["ana"])
    assert issue.body == f"On orders.\n\nStanch change: {MARKER}"


async def test_an_issue_whose_answer_was_lost_is_found_among_many_newer_ones(
    github: GitHub, shop: Repository, sandbox: Sandbox
) -> None:
    verb = OpenIssue(github)
    change = await planned(verb, title="Add an index")
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())
    for number in range(150):
        shop.open_issue(f"another {number}")

    await carried_out(verb, change)

    assert len(sandbox.ledger.effects("github.create_issue")) == 1


async def test_nothing_is_opened_in_an_archived_repository(github: GitHub, shop: Repository) -> None:
    shop.archived = True

    with pytest.raises(PolicyError, match="archived"):
        await planned(OpenIssue(github), title="Add an index")


@pytest.mark.parametrize("marker", [f"{MARKER}1", f"{MARKER}-undo", "INC-20261121-7K3QXM/1"])
def test_a_marker_that_only_begins_alike_is_another(marker: str) -> None:
    assert not names(signed("text", marker), MARKER)


def test_a_marker_is_known_again_whatever_ends_its_line() -> None:
    assert names(signed("text", MARKER).replace("\n", "\r\n"), MARKER)


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


@pytest.mark.parametrize("verb", [Revert, Hotfix])
async def test_a_repository_without_issues_has_pull_requests_all_the_same(
    github: GitHub, shop: Repository, verb: type[Verb]
) -> None:
    shop.has_issues = False
    made = verb(github)

    await carried_out(made, await planned(made, **({"title": "Fix"} if verb is Hotfix else {})))

    assert names(newest(shop).body, MARKER)


async def test_no_issue_is_opened_where_issues_are_disabled(github: GitHub, shop: Repository) -> None:
    shop.has_issues = False

    with pytest.raises(PolicyError, match="issues-disabled"):
        await planned(OpenIssue(github), title="Add an index")


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


async def test_commits_are_counted_over_all_pages(github: GitHub, shop: Repository) -> None:
    for number in range(130):
        shop.push("main", f"fix {number}\n\nwith a longer text", timedelta(minutes=3))

    found = await commits(github)

    assert (found.count, len(found.commits), found.commits[0].title) == (131, 20, "fix 129")
    assert not found.at_least


async def test_a_quiet_branch_is_told(github: GitHub) -> None:
    found = await commits(github, within="5m")

    assert (found.count, found.newest_at, found.line()) == (0, None, "no commit on main")


async def test_a_deployment_that_failed_or_still_runs_is_told_as_such(
    github: GitHub, shop: Repository
) -> None:
    shop.deploy(shop.branches["main"], timedelta(minutes=2), "in_progress")

    found = await recent(github)

    assert [one.what.partition(" ")[2] for one in found.happenings] == [
        "to production, in_progress",
        "to production",
    ]


async def test_a_deployment_of_which_nothing_was_told_is_not_shown_as_finished(
    github: GitHub, shop: Repository
) -> None:
    shop.deploy(shop.branches["main"], timedelta(minutes=2), state="")

    assert (await recent(github)).happenings[0].what.endswith("to production, no status told")


async def test_deployments_elsewhere_are_not_told(github: GitHub, shop: Repository) -> None:
    shop.deploy(shop.branches["main"], timedelta(minutes=2)).environment = "preview"

    assert (await recent(github)).deploys == 1


async def test_a_credential_is_proved_by_reading_the_repository(github: GitHub) -> None:
    proof = await prove(github, SHOP)

    assert proof.saw.startswith("team/shop seen, branch main")
    assert proof.granted is None


async def test_a_repository_that_a_token_may_not_see_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(Rejected, match="404"):
        await prove(github_of(sandbox, GitHubKey.ELSEWHERE), SHOP)


@pytest.mark.parametrize("name", ["shop", "team/shop/more", "https://github.example/team/shop"])
def test_a_repository_is_named_with_its_owner(name: str) -> None:
    with pytest.raises(ValidationError):
        GitHubTarget(repository=name)


async def test_a_person_would_type_gh(github: GitHub) -> None:
    verb = Revert(github)
    change = await planned(verb)

    assert verb.commands(change) == [
        """gh pr revert 4 --title 'Revert "checkout: new totals"' --repo team/shop"""
    ]
    assert verb.commands(change.undone()) == [
        "gh pr close revert-4-new-totals --delete-branch --repo team/shop"
    ]
