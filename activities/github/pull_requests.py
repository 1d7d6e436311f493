"""Pull requests that changes of ours opened: found again by their marker, and closed as compensation."""

from activities.github.answers import PullRequest, names
from activities.github.client import GitHub
from stanch.model.change import At, Change, Place, Unit

TAKEN_BACK = "-undo"
UNIT = "pull request"
WHY = "closes the pull request and deletes its branch; once merged, it takes a revert of its own"


async def opened(github: GitHub, change: Change) -> PullRequest | None:
    """The pull request that this change opened, whole; None where it opened none."""
    marker = change.marker.removesuffix(TAKEN_BACK)
    found = await github.pull_requests_after(change.target, int(change.settings["after"]))
    ours = next((one for one in found if names(one.body, marker)), None)
    return await github.pull_request(change.target, ours.number) if ours else None


async def place(github: GitHub, change: Change, unit: Unit, *, written: bool) -> Place:
    """Opened or not; on the way back closed and its branch gone, or not."""
    there = await opened(github, change)
    seen = f"#{there.number} is {there.state}" if there else "no pull request"
    if not change.goes_back:
        return Place(unit=unit.id, at=At.TO if there or written else At.WAS, seen=seen)
    if there is None:
        return Place(unit=unit.id, at=At.TO, seen=seen)
    if there.merged_at:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen=f"#{there.number}, which was merged")
    if await _is_pushed_to(github, change, there):
        return Place(unit=unit.id, at=At.ELSEWHERE, seen=f"#{there.number}, to which somebody pushed")
    gone = there.state == "closed" and not await github.tip(change.target, there.head.ref)
    return Place(unit=unit.id, at=At.TO if gone else At.WAS, seen=seen)


async def _is_pushed_to(github: GitHub, change: Change, there: PullRequest) -> bool:
    """True when its last commit is not the one it was opened with: GitHub's single one, or one of ours."""
    if there.commits <= 1:
        return False
    last = await github.git_commit(change.target, there.head.sha)
    return not names(last.message, change.marker.removesuffix(TAKEN_BACK))


async def close(github: GitHub, change: Change) -> None:
    """Closes it and deletes its branch, unless somebody went on from it."""
    there = await opened(github, change)
    if there is None or there.merged_at or await _is_pushed_to(github, change, there):
        return
    if there.state != "closed":
        await github.write("PATCH", change.target, f"pulls/{there.number}", {"state": "closed"})
    if await github.tip(change.target, there.head.ref):
        await github.write("DELETE", change.target, f"git/refs/heads/{there.head.ref}")
