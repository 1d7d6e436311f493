"""GitHub's verbs in the world they are tried in, and what its readings say of it."""

from typing import Any

from sandbox.github.keys import GitHubKey
from sandbox.github.repository import Repository
from sandbox.github.scenes import REPOSITORY, code
from sandbox.github.world import GitHubWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import Case, ReadingCase

SHOP = Target(provider="github", name=REPOSITORY, at={"repository": REPOSITORY, "environment": "production"})


def repository(sandbox: Sandbox) -> Repository:
    return sandbox.of(GitHubWorld).repositories[REPOSITORY]


GITHUB: dict[str, Any] = {"scene": code, "key": GitHubKey.ALL, "target": SHOP, "settles": False}
CLOSED = ("github.close_pull_request", "github.delete_ref")
CASES = (
    Case(
        name="github.revert",
        verb="github.revert",
        **GITHUB,
        path="/graphql$",
        effects=("github.revert_pull_request",),
        writes=1,
        undo_effects=CLOSED,
        undo_writes=2,
    ),
    Case(
        name="github.revert of one that is named",
        verb="github.revert",
        **GITHUB,
        arguments={"pull_request": 3},
        path="/graphql$",
        effects=("github.revert_pull_request",),
        writes=1,
        undo_effects=CLOSED,
        undo_writes=2,
    ),
    Case(
        name="github.hotfix",
        verb="github.hotfix",
        **GITHUB,
        arguments={"title": "Stop charging twice"},
        path="/git/refs$",
        effects=("github.create_ref", "github.create_pull_request"),
        writes=3,
        acts_at=2,
        undo_effects=CLOSED,
        undo_writes=2,
    ),
    Case(
        name="github.open_issue",
        verb="github.open_issue",
        **GITHUB,
        arguments={"title": "Add an index", "labels": ["incident"], "assignees": ["ana"]},
        path="/issues$",
        effects=("github.create_issue",),
        writes=1,
        undo_effects=("github.close_issue",),
        undo_writes=1,
    ),
)

READINGS = (
    ReadingCase(
        name="github.commits",
        reading="github.commits",
        scene=code,
        key=GitHubKey.ALL,
        target=SHOP,
        sees=lambda it: (
            (it.branch, it.count, it.commits[0].title, it.commits[0].by, it.at_least)
            == ("main", 1, "checkout: new totals (#4)", "ana", False)
        ),
    ),
    ReadingCase(
        name="github.recent",
        reading="github.recent",
        scene=code,
        key=GitHubKey.ALL,
        target=SHOP,
        arguments={"within": "2d"},
        sees=lambda it: (it.deploys, it.is_complete, it.happenings[0].by) == (2, True, "vercel[bot]"),
    ),
)
