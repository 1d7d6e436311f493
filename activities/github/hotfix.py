"""`github.hotfix`: a branch from what is deployed, and a pull request for the fix that people push to it.

A pull request needs a commit, so the branch begins with one that changes no file.
"""

import re
from collections.abc import Sequence
from shlex import quote
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import arguments_of
from activities.github.answers import signed
from activities.github.pull_requests import CLOSES, NEEDS, UNIT, OpensPullRequest, PullRequestSettings
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Risk, VerbSpec
from stanch.rules import Rule


class HotfixArguments(Written):
    """What it is for, and the commit to start from; without one, the tip of the branch."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    body: Annotated[str, Field(max_length=10_000)] = ""
    commit: Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")] = ""


class HotfixSettings(PullRequestSettings):
    """Where the branch starts, and which it goes into."""

    base: str
    start: str
    body: str = ""


class Hotfix(OpensPullRequest):
    """Opens the branch and its pull request."""

    spec: ClassVar = VerbSpec(
        name="github.hotfix",
        says="A hotfix branch from the commit in production, and its pull request",
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds",
            visitors="when people have merged and deployed it",
            limits="80 creations a minute, 500 an hour",
        ),
        arguments=HotfixArguments,
        of="github",
        effects=("opens a branch and a pull request without a change of any file: people push the fix",),
        risk=Risk.LOW,
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves the commit that it starts from."""
        wanted, target = arguments_of(HotfixArguments, request), request.target
        base = await self.vendor.branch_of(target)
        tip = await self.vendor.tip(target, base)
        if not tip:
            raise PolicyError(Rule.NO_SUCH_BRANCH, f"{target.name} has no branch {base}")
        start, branch = wanted.commit or tip, _branch_of(request.marker)
        return self.change(
            request,
            (Unit(id=UNIT, was=None, to=f"{branch} into {base}"),),
            f"open {branch} from {start[:7]} and its pull request into {base} of {target.name}",
            undo=CLOSES,
            because=f"{start[:7]} is {'named' if wanted.commit else f'the tip of {base}'}",
            settings=HotfixSettings(
                branch=branch,
                base=base,
                start=start,
                title=wanted.title,
                body=wanted.body,
                after=await self.vendor.newest_number(target, "pulls"),
            ),
        )

    async def _open(self, change: Change) -> None:
        """The branch, named after the incident, unless it is there; then its pull request."""
        planned, target = HotfixSettings.of(change), change.target
        if not await self.vendor.tip(target, planned.branch):
            message = signed(f"Begin a hotfix: {planned.title}", change.marker)
            commit = await self.vendor.commit_nothing(target, planned.start, message)
            ref = {"ref": f"refs/heads/{planned.branch}", "sha": commit}
            await self.vendor.write("POST", target, "git/refs", ref)
        wanted = {
            "title": planned.title,
            "head": planned.branch,
            "base": planned.base,
            "body": signed(planned.body, change.marker),
        }
        await self.vendor.write("POST", target, "pulls", wanted)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`git` and `gh pr create`, or `gh pr close`."""
        planned, where = HotfixSettings.of(change), f"--repo {change.target.name}"
        branch, title = planned.branch, quote(planned.title)
        if change.goes_back:
            return [f"gh pr close {branch} --delete-branch {where}"]
        text = quote(signed(planned.body, change.marker).replace("\n", " "))
        opening = f"gh pr create --head {branch} --base {planned.base} --title {title} --body {text}"
        return [
            f"git switch --create {branch} {planned.start}",
            f"git commit --allow-empty --message {title}",
            f"git push --set-upstream origin {branch}",
            f"{opening} {where}",
        ]


def _branch_of(marker: str) -> str:
    """`hotfix/inc-20261121-7k3qxm-1.1`."""
    return f"hotfix/{re.sub(r'[^a-z0-9.]+', '-', marker.lower())}"
