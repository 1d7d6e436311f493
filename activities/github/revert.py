"""`github.revert`: a pull request that takes a merged one back; a person merges it.

`git revert` of a merge needs a parent named, and a push to a protected branch is refused: so it is GitHub's
own mutation `revertPullRequest` (docs.github.com/graphql/reference/mutations, read 2026-11). Where it
conflicts, GitHub refuses and a person has it.
"""

from collections.abc import Sequence
from shlex import quote
from typing import ClassVar

from pydantic import Field, model_validator

from activities.contract import arguments_of
from activities.github.answers import PullRequest, signed
from activities.github.pull_requests import CLOSES, NEEDS, UNIT, OpensPullRequest, PullRequestSettings
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Risk, VerbSpec
from stanch.rules import Rule


class RevertArguments(Written):
    """`pull_request` by number, or the `commit` it brought; without both, the one merged last."""

    pull_request: int | None = Field(default=None, ge=1)
    commit: str | None = Field(default=None, pattern=r"^[0-9a-f]{7,40}$")

    @model_validator(mode="after")
    def _one_of(self) -> "RevertArguments":
        if self.pull_request is not None and self.commit is not None:
            message = "give pull_request or commit, not both"
            raise ValueError(message)
        return self


class RevertSettings(PullRequestSettings):
    """What is reverted, by number and by the id that GraphQL wants; `title` is that of it."""

    number: int
    node: str


class Revert(OpensPullRequest):
    """Opens the pull request that reverts another."""

    spec: ClassVar = VerbSpec(
        name="github.revert",
        says="A pull request that takes back the one named, or of a commit, or the one merged last",
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds",
            visitors="when people have merged and deployed it",
            limits="80 creations a minute, 500 an hour",
        ),
        arguments=RevertArguments,
        of="github",
        effects=(
            "opens a pull request; nothing is live before a person merges it and it is deployed",
            "a database migration that came with it is not taken back",
        ),
        risk=Risk.LOW,
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Finds the pull request; refuses one that was not merged, and one that is being reverted already."""
        wanted, target = arguments_of(RevertArguments, request), request.target
        bad = await self._chosen(wanted, target)
        if bad.merged_at is None:
            raise PolicyError(
                Rule.NOT_MERGED, f"#{bad.number} of {target.name} was not merged: nothing to revert"
            )
        after = await self.vendor.newest_number(target, "pulls")
        there = await self._being_reverted(target, bad)
        return self.change(
            request,
            () if there else (Unit(id=UNIT, was=None, to=f"a revert of #{bad.number}"),),
            f"open a pull request that reverts #{bad.number} of {target.name}: {bad.title}",
            undo=CLOSES,
            because=f"#{bad.number} by {bad.author or 'somebody'} was merged {bad.merged_at:%Y-%m-%d %H:%M}",
            effects=(*self.spec.effects, *_unknown(wanted, bad)),
            settings=RevertSettings(
                number=bad.number,
                node=bad.node_id,
                title=bad.title,
                branch=f"revert-{bad.number}-{bad.head.ref}",
                after=after,
            ),
            nothing_to_do=f"#{there} reverts #{bad.number} already",
        )

    async def _open(self, change: Change) -> None:
        """Asks for the revert."""
        planned = RevertSettings.of(change)
        await self.vendor.revert(
            {
                "pullRequestId": planned.node,
                "title": _title(planned),
                "body": signed(f"Reverts #{planned.number} during an incident.", change.marker),
                "draft": False,
            }
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gh pr revert`, or `gh pr close`."""
        planned, where = RevertSettings.of(change), f"--repo {change.target.name}"
        if change.goes_back:
            return [f"gh pr close {planned.branch} --delete-branch {where}"]
        return [f"gh pr revert {planned.number} --title {quote(_title(planned))} {where}"]

    async def _chosen(self, wanted: RevertArguments, target: Target) -> PullRequest:
        if wanted.pull_request is not None:
            return await self.vendor.pull_request(target, wanted.pull_request)
        if wanted.commit:
            brought = await self.vendor.pull_requests_of(target, wanted.commit)
            merged = next((one for one in brought if one.merged_at), None)
            if merged is None:
                raise PolicyError(
                    Rule.NO_PULL_REQUEST,
                    f"{wanted.commit[:7]} came with no merged pull request: a person reverts it",
                )
            return merged
        branch = await self.vendor.branch_of(target)
        last = await self.vendor.merged_of(target, branch)
        if last is None:
            raise PolicyError(Rule.NOTHING_TO_REVERT, f"nothing was merged into {branch} of {target.name}")
        return last

    async def _being_reverted(self, target: Target, bad: PullRequest) -> int | None:
        """The number of an open or merged revert: GitHub names its branch after what it reverts."""
        newer = await self.vendor.pull_requests_after(target, bad.number)
        reverts = (one for one in newer if one.head.ref.startswith(f"revert-{bad.number}-"))
        return next((one.number for one in reverts if one.state == "open" or one.merged_at), None)


def _title(planned: RevertSettings) -> str:
    return f'Revert "{planned.title}"'


def _unknown(wanted: RevertArguments, bad: PullRequest) -> tuple[str, ...]:
    """Whoever gives a commit says what is deployed; a number and the order of merges do not."""
    if wanted.commit:
        return ()
    how = "named" if wanted.pull_request else "merged last"
    return (f"#{bad.number} was {how}; whether it is what is deployed is not known",)
