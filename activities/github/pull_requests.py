"""Pull requests that changes of ours open: found again by their marker, and closed as compensation."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

import httpx

from activities.contract import Seen, Settings, Verb
from activities.github.answers import PullRequest, names
from activities.github.client import GitHub
from stanch.errors import Rejected, Unavailable
from stanch.model.change import Change, Undo, UndoKind, Unit

NEEDS = ("Contents: write", "Pull requests: write")
UNIT = "pull request"
CLOSES = Undo(
    kind=UndoKind.COMPENSATES,
    why="closes the pull request and deletes its branch; once merged, it takes a revert of its own",
)


class PullRequestSettings(Settings):
    """What it is called, and the newest number there was before it."""

    title: str
    branch: str
    after: int


class OpensPullRequest(Verb[GitHub]):
    """Opens one pull request."""

    stale_for: ClassVar = timedelta(minutes=3)  # lists come from a replica

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the marker in the body of a pull request that is newer than the plan."""
        there = await self._opened(change)
        return {unit.id: await self._seen(change, unit, there, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Opens it unless it is there, or closes it."""
        there = await self._opened(change)
        if change.goes_back:
            await self._close(change, there)
        elif there is None:
            await self._open(change)

    @abstractmethod
    async def _open(self, change: Change) -> None:
        """Open it, signed with the change's marker."""

    async def _opened(self, change: Change) -> PullRequest | None:
        """The pull request that this change opened, whole; None where it opened none."""
        found = await self.vendor.pull_requests_after(change.target, PullRequestSettings.of(change).after)
        ours = next((one for one in found if names(one.body, change.planned_as)), None)
        return await self._whole(change, ours.number) if ours else None

    async def _whole(self, change: Change, number: int) -> PullRequest:
        """One that was just listed: a replica may not have it yet (octokit/octokit.rb#900)."""
        try:
            return await self.vendor.pull_request(change.target, number)
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            raise Unavailable("github", f"#{number} is listed, and not found yet") from error

    async def _seen(
        self, change: Change, unit: Unit, there: PullRequest | None, done: frozenset[str]
    ) -> Seen:
        """Opened or not; on the way back closed and its branch gone, or not."""
        shown = f"#{there.number} is {there.state}" if there else "no pull request"
        if not change.goes_back:
            return Seen(unit.to if there or unit.id in done else unit.was, shown=shown)
        if there is None:
            return Seen(unit.to, shown=shown)
        if there.merged_at:
            return Seen(f"#{there.number}, which was merged")
        if await self._is_pushed_to(change, there):
            return Seen(f"#{there.number}, to which somebody pushed")
        gone = there.state == "closed" and not await self.vendor.tip(change.target, there.head.ref)
        return Seen(unit.to if gone else unit.was, shown=shown)

    async def _is_pushed_to(self, change: Change, there: PullRequest) -> bool:
        """True when its last commit is not what it was opened with: GitHub's single one, or one of ours."""
        if there.commits <= 1:
            return False
        last = await self.vendor.git_commit(change.target, there.head.sha)
        return not names(last.message, change.planned_as)

    async def _close(self, change: Change, there: PullRequest | None) -> None:
        """Closes it and deletes its branch, unless somebody went on from it."""
        if there is None or there.merged_at or await self._is_pushed_to(change, there):
            return
        if there.state != "closed":
            await self.vendor.write("PATCH", change.target, f"pulls/{there.number}", {"state": "closed"})
        if await self.vendor.tip(change.target, there.head.ref):
            await self.vendor.write("DELETE", change.target, f"git/refs/heads/{there.head.ref}")
