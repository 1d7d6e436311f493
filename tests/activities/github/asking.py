"""How GitHub's verbs and readings are asked in tests."""

from pathlib import Path
from typing import Any

import httpx

from activities.connection import Connection
from activities.contract import Verb
from activities.converging import converge
from activities.github.client import GitHub
from activities.github.readings import Commits, ReadCommits, ReadRecent
from activities.github.refusals import GitHubApi
from sandbox.app import application
from sandbox.faults import Fault
from sandbox.github.keys import GitHubKey
from sandbox.github.repository import PullRequest, Repository
from sandbox.world import Sandbox
from stanch.errors import Conflict, Still
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.model.recent import Recent
from stanch.secrets import Redactor
from tests.activities.contract.bench import PATIENCE, Bench, Connections
from tests.activities.contract.case import AT, MARKER
from tests.activities.contract.cases import CASES
from tests.activities.github.cases import SHOP


def github_of(sandbox: Sandbox, key: str = GitHubKey.ALL) -> GitHub:
    connection = Connection(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url="http://sandbox.example/github/",
        headers={"Authorization": f"Bearer {key}"},
    )
    return GitHub(GitHubApi("github", connection, Redactor([key])))


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
