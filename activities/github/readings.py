"""What GitHub can be asked: what was committed of late, and what was deployed."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.contract import Reader
from activities.github.answers import Deployment
from activities.github.client import PAGE, PAGES, GitHub
from stanch.model.base import Frozen
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec
from stanch.plain import amount

_SHOWN = 20
_SHORT = 7
_ASKED = 25
"""Deployments whose statuses are asked for one by one."""
_GOOD = {"success", "inactive"}


class OneCommit(Frozen):
    """One commit: what, who and when."""

    sha: str
    title: str
    by: str
    at: datetime


class Commits(Reading):
    """What came to the branch in the last minutes, newest first."""

    branch: str
    count: Annotated[int, AtLeast("at_least")]
    at_least: bool
    commits: Annotated[tuple[OneCommit, ...], AtLeast("at_least")]
    newest_at: Annotated[datetime | None, AgeAs("age")]

    def line(self) -> str:
        """`2 commits on main, last 3a2b3c4 by ana 02:54: checkout: new totals`."""
        if not self.commits:
            return f"no commit on {self.branch}"
        last, least = self.commits[0], "at least " if self.at_least else ""
        what = f"{last.sha[:_SHORT]} by {last.by} {last.at:%H:%M}: {last.title}"
        return f"{least}{amount(self.count, 'commit')} on {self.branch}, last {what}"


class ReadCommits(Reader[GitHub]):
    """`github.commits`."""

    spec: ClassVar = ReadingSpec(
        name="github.commits",
        says="What was committed to the branch in the last minutes, and by whom",
        result=Commits,
        arguments=RecentArguments,
        of="github",
        needs=("Contents: read",),
    )

    async def read(self, look: Look) -> Commits:
        """By the time of committing; what was pushed late may be older."""
        target = look.the_target
        since = asked_since(look)
        branch = await self.vendor.branch_of(target)
        found = await self.vendor.commits_since(target, branch, since)
        inside = [one for one in found if since <= one.commit.committer.date <= look.as_of]
        inside.sort(key=lambda one: one.commit.committer.date, reverse=True)
        return Commits(
            branch=branch,
            count=len(inside),
            at_least=len(found) >= PAGE * PAGES,
            commits=tuple(
                OneCommit(sha=one.sha, title=one.title[:200], by=one.by, at=one.commit.committer.date)
                for one in inside[:_SHOWN]
            ),
            newest_at=inside[0].commit.committer.date if inside else None,
        )


class ReadRecent(Reader[GitHub]):
    """`github.recent`."""

    spec: ClassVar = ReadingSpec(
        name="github.recent",
        says="Deployments that platforms and workflows told GitHub of in the last minutes, and by whom",
        result=Recent,
        arguments=RecentArguments,
        of="github",
        needs=("Deployments: read",),
    )

    async def read(self, look: Look) -> Recent:
        """Vercel, Netlify, Heroku pipelines and many workflows write deployments here."""
        target = look.the_target
        since = asked_since(look)
        found, whole = await self.vendor.deployments_since(target, since)
        happenings = []
        for number, one in enumerate(found):
            state = await self._state(target, one) if number < _ASKED else "state not asked for"
            happenings.append(_happening(one, state, target.key))
        return recent(happenings, look, complete=whole)

    async def _state(self, target: Target, one: Deployment) -> str:
        """How far it got, where that is not to its end: CI that was cut off leaves it without any status."""
        status = await self.vendor.last_status(target, one.id)
        if status is None:
            return "no status told"
        return "" if status.state in _GOOD else status.state


def _happening(one: Deployment, state: str, where: str) -> Happening:
    return Happening(
        at=one.created_at,
        sort=Sort.DEPLOY,
        what=f"{one.sha[:_SHORT]} to {one.environment}{f', {state}' if state else ''}",
        by=one.creator.login if one.creator else "",
        where=where,
    )
