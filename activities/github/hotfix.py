"""`github.hotfix`: a branch from what is deployed, and a pull request for the fix that people push to it.

A pull request needs a commit, so the branch begins with one that changes no file.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from shlex import quote
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Verb, arguments_of
from activities.github.answers import signed
from activities.github.client import GitHub
from activities.github.pull_requests import TAKEN_BACK, UNIT, WHY, close, opened, place
from activities.github.revert import NEEDS
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import NoHelp, Risk, VerbSpec
from stanch.rules import Rule

EFFECTS = ("opens a branch and a pull request without a change of any file: people push the fix",)


class HotfixArguments(Written):
    """What it is for, and the commit to start from; without one, the tip of the branch."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    body: Annotated[str, Field(max_length=10_000)] = ""
    commit: Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")] = ""


class Hotfix(Verb):
    """Opens the branch and its pull request."""

    spec: ClassVar = VerbSpec(
        name="github.hotfix",
        says="A hotfix branch from the commit in production, and its pull request",
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        arguments=HotfixArguments,
        of="github",
        if_no_help=NoHelp.KEEP,
        effects=EFFECTS,
        risk=Risk.LOW,
        needs=NEEDS,
    )
    stale_for: ClassVar = timedelta(minutes=3)  # lists come from a replica

    def __init__(self, github: GitHub) -> None:
        self._github = github

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves the commit that it starts from."""
        wanted, target = arguments_of(HotfixArguments, request), request.target
        base = await self._github.branch_of(target)
        tip = await self._github.tip(target, base)
        if not tip:
            raise PolicyError(Rule.NO_SUCH_BRANCH, f"{target.name} has no branch {base}")
        start, branch = wanted.commit or tip, branch_of(request.marker)
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=(Unit(id=UNIT, was=None, to=f"{branch} into {base}"),),
            undo=Undo(kind=UndoKind.COMPENSATES, why=WHY),
            summary=f"open {branch} from {start[:7]} and its pull request into {base} of {target.name}",
            because=f"{start[:7]} is {'named' if wanted.commit else f'the tip of {base}'}",
            effects=EFFECTS,
            settings={
                "branch": branch,
                "base": base,
                "start": start,
                "title": wanted.title,
                "body": wanted.body,
                "after": await self._github.newest_number(target),
            },
            marker=request.marker,
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """By the marker in the body of a pull request that is newer than the plan."""
        return Survey(
            places=tuple(
                [await place(self._github, change, unit, written=unit.id in done) for unit in change.units]
            )
        )

    async def write(self, change: Change, unit: Unit) -> None:  # noqa: ARG002 - there is only the one
        """The branch, named after the incident, unless it is there; then its pull request."""
        if change.goes_back:
            await close(self._github, change)
            return
        if await opened(self._github, change):
            return
        settings, target = change.settings, change.target
        if not await self._github.tip(target, settings["branch"]):
            message = signed(f"Begin a hotfix: {settings['title']}", change.marker)
            commit = await self._github.commit_nothing(target, settings["start"], message)
            ref = {"ref": f"refs/heads/{settings['branch']}", "sha": commit}
            await self._github.write("POST", target, "git/refs", ref)
        body = signed(settings["body"], change.marker)
        wanted = {
            "title": settings["title"],
            "head": settings["branch"],
            "base": settings["base"],
            "body": body,
        }
        await self._github.write("POST", target, "pulls", wanted)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`git` and `gh pr create`, or `gh pr close`."""
        settings, where = change.settings, f"--repo {change.target.name}"
        branch, title = settings["branch"], quote(settings["title"])
        if change.goes_back:
            return [f"gh pr close {branch} --delete-branch {where}"]
        text = quote(signed(settings["body"], change.marker).replace("\n", " "))
        opening = (
            f"gh pr create --head {branch} --base {settings['base']} --title {title} --body {text} {where}"
        )
        return [
            f"git switch --create {branch} {settings['start']}",
            f"git commit --allow-empty --message {title}",
            f"git push --set-upstream origin {branch}",
            f"{opening} {where}",
        ]


def branch_of(marker: str) -> str:
    """`hotfix/inc-20261121-7k3qxm-1.1`."""
    return f"hotfix/{re.sub(r'[^a-z0-9.]+', '-', marker.removesuffix(TAKEN_BACK).lower())}"
