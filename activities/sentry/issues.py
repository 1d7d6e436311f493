"""`sentry.issues`: which errors there are, since when, and whether they are new."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.sentry.client import NEEDS, Issue, Sentry
from stanch.model.base import Duration, Written
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.plain import amount
from stanch.policy.suspect import WINDOW

_OPEN = "is:unresolved issue.category:error"
_LONGEST = 200
_REGRESSED = {"regressed", "escalating"}
_OneLine = Annotated[str, Field(pattern=r'^[^"\n\r]*$', max_length=_LONGEST)]


class IssueArguments(Written):
    """Which errors: those of the last hour, unless narrowed to a release, an environment or a search."""

    within: Duration = Field(default=timedelta(hours=1), gt=timedelta(0), le=timedelta(days=14))
    release: _OneLine = ""
    environment: _OneLine = ""
    """In place of the target's own."""
    query: Annotated[str, Field(pattern=r"^[^\n\r]*$", max_length=500)] = ""
    """More of Sentry's search, such as `transaction:/api/checkout level:fatal`."""


class Issues(Reading):
    """The open errors of a project; the one named is the most frequent new one, else the most frequent."""

    asked_release: str = ""
    """Only of this one; Sentry answers the same where it is without errors and where it does not know it."""
    count: Annotated[int, AtLeast("at_least")]
    at_least: bool
    events: Annotated[int, AtLeast("at_least")]
    new: Annotated[int, AtLeast("at_least")]
    """Seen first at most half an hour before the first bad sample: so long is a deployment suspect."""
    regressed: Annotated[int, AtLeast("at_least")]
    """Thought to be solved, or suddenly far more frequent."""
    is_new: Annotated[bool, AtLeast("at_least")] = False
    title: str = ""
    culprit: str = ""
    """Sentry's name of the endpoint or function."""
    level: str = ""
    short_id: str = ""
    url: str = ""
    release: str = ""
    """The one in which it was seen first; empty where Sentry is not told of releases."""
    first_seen_at: Annotated[datetime | None, AgeAs("age")] = None
    last_seen_at: datetime | None = None

    def line(self) -> str:
        """`3 errors (1 new), 412 events: TypeError in /api/chat, first seen 02:54 in v42`."""
        least = "at least " if self.at_least else ""
        of = f" of {self.asked_release}" if self.asked_release else ""
        if not self.count:
            return f"no errors{of}"
        where = f" in {self.culprit}" if self.culprit else ""
        since = f", first seen {self.first_seen_at:%m-%d %H:%M}" if self.first_seen_at else ""
        release = f" in {self.release}" if self.release else ""
        counted = f"{least}{amount(self.count, 'error')}{of} ({self.new} new), {amount(self.events, 'event')}"
        return " ".join(f"{counted}: {self.title}{where}{since}{release}".split())


class ReadIssues(Reader[Sentry]):
    """`sentry.issues`."""

    spec: ClassVar = ReadingSpec(
        name="sentry.issues",
        says="Open errors of the project: how many, how many new; first release and endpoint of the worst",
        result=Issues,
        arguments=IssueArguments,
        of="sentry",
        needs=NEEDS,
        good_when="it.new == 0",
    )

    async def read(self, look: Look) -> Issues:
        """Counts what the search finds, and looks closer at the one that says most."""
        asked = IssueArguments.model_validate(look.arguments)
        target = _narrowed(look.target, asked)
        since = look.begins(asked.within)
        found, whole = await self.vendor.issues(target, _search(asked), since, look.as_of)
        new_since = look.first_bad_at - WINDOW if look.first_bad_at else since
        new = {one.id for one in found if one.began_at and one.began_at >= new_since}
        counted = Issues(
            asked_release=asked.release,
            count=len(found),
            at_least=not whole,
            events=sum(one.events for one in found),
            new=len(new),
            regressed=sum(one.substatus in _REGRESSED for one in found),
        )
        if not found:
            return counted
        worst = max(found, key=lambda one: (one.id in new, one.events))
        release = await self.vendor.first_release(target, worst)
        return counted.model_copy(update={**self._told(worst), "is_new": worst.id in new, "release": release})

    def _told(self, issue: Issue) -> dict[str, object]:
        # Titles hold what the program said, and programs say secrets.
        clean = self.vendor.api.clean
        return {
            "title": clean(issue.title)[:_LONGEST],
            "culprit": clean(issue.culprit or "")[:_LONGEST],
            "level": issue.level or "",
            "short_id": issue.short_id,
            "url": issue.permalink or "",
            "first_seen_at": issue.began_at,
            "last_seen_at": issue.ended_at,
        }


def _narrowed(target: Target | None, asked: IssueArguments) -> Target:
    """The project, in the environment that is asked for; the loader made sure that there is one."""
    if target is None:
        message = "sentry.issues needs a target"
        raise TypeError(message)
    if not asked.environment:
        return target
    return target.model_copy(update={"at": {**target.at, "environment": asked.environment}})


def _search(asked: IssueArguments) -> str:
    release = f'release:"{asked.release}"' if asked.release else ""
    return " ".join(part for part in (_OPEN, release, asked.query.strip()) if part)
