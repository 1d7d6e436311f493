from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.github.keys import GitHubKey
from sandbox.github.scenes import code
from sandbox.github.world import GitHubWorld
from sandbox.world import Sandbox
from tests.sandbox.conftest import client_of

SHOP = "/github/repos/team/shop"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(code)


@pytest.fixture
async def github(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, GitHubKey.ALL) as client:
        yield client


async def test_a_list_says_where_its_next_page_is(github: httpx.AsyncClient) -> None:
    first = await github.get(f"{SHOP}/pulls", params={"state": "all", "per_page": "2"})

    second = await github.get(first.headers["link"].partition(">")[0].removeprefix("<"))

    assert [one["number"] for one in first.json()] == [4, 3]
    assert [one["number"] for one in second.json()] == [2]
    assert "link" not in second.headers


async def test_the_list_of_issues_holds_pull_requests_too(github: httpx.AsyncClient) -> None:
    listed = (await github.get(f"{SHOP}/issues", params={"state": "all"})).json()

    assert {one["number"]: "pull_request" in one for one in listed} == {1: False, 2: True, 3: True, 4: True}


@pytest.mark.parametrize(
    ("key", "status"), [("nobody's", 401), (GitHubKey.READ_ONLY, 403), (GitHubKey.ELSEWHERE, 404)]
)
async def test_a_credential_reaches_only_what_it_is_for(sandbox: Sandbox, key: str, status: int) -> None:
    async with client_of(sandbox, key) as client:
        answer = await client.post(f"{SHOP}/issues", json={"title": "x"})

    assert answer.status_code == status
    assert set(answer.json()) >= {"message", "documentation_url"}


async def test_a_pull_request_needs_a_commit_between_its_branches(
    sandbox: Sandbox, github: httpx.AsyncClient
) -> None:
    shop = sandbox.of(GitHubWorld).repositories["team/shop"]
    shop.branches["same"] = shop.branches["main"]

    answer = await github.post(f"{SHOP}/pulls", json={"title": "x", "head": "same", "base": "main"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "No commits between main and same"


async def test_a_branch_has_one_open_pull_request(sandbox: Sandbox, github: httpx.AsyncClient) -> None:
    sandbox.of(GitHubWorld).repositories["team/shop"].push("fix", "the fix")
    wanted = {"title": "x", "head": "fix", "base": "main"}
    first = await github.post(f"{SHOP}/pulls", json=wanted)

    second = await github.post(f"{SHOP}/pulls", json=wanted)

    assert (first.status_code, second.status_code) == (201, 422)
    assert "already exists" in second.json()["errors"][0]["message"]


async def test_a_second_revert_has_a_branch_of_another_name(
    sandbox: Sandbox, github: httpx.AsyncClient
) -> None:
    node = (await github.get(f"{SHOP}/pulls/4")).json()["node_id"]
    query = "mutation($input:RevertPullRequestInput!){revertPullRequest(input:$input){clientMutationId}}"
    body = {"query": query, "variables": {"input": {"pullRequestId": node}}}

    for _ in range(2):
        await github.post("/github/graphql", json=body)

    branches = sandbox.of(GitHubWorld).repositories["team/shop"].branches
    assert {"revert-4-new-totals", "revert-4-new-totals-1"} <= set(branches)


async def test_deleting_a_branch_closes_what_is_open_from_it(
    sandbox: Sandbox, github: httpx.AsyncClient
) -> None:
    shop = sandbox.of(GitHubWorld).repositories["team/shop"]
    shop.push("fix", "the fix")
    opened = shop.open_pull_request("the fix", "", "fix")

    answer = await github.delete(f"{SHOP}/git/refs/heads/fix")

    assert (answer.status_code, opened.state) == (204, "closed")


async def test_the_default_branch_cannot_be_deleted(github: httpx.AsyncClient) -> None:
    answer = await github.delete(f"{SHOP}/git/refs/heads/main")

    assert answer.status_code == 422


async def test_an_unknown_call_is_noted(sandbox: Sandbox, github: httpx.AsyncClient) -> None:
    await github.post(f"{SHOP}/revert")

    assert len(sandbox.ledger.unexpected) == 1
