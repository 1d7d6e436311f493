"""`github.open_issue`: an issue for what is left to do, found again by the marker in its body."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from shlex import quote
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.github.answers import Issue, names, signed
from activities.github.client import GitHub
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Risk, VerbSpec
from stanch.rules import Rule

UNIT = "issue"
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class OpenIssueArguments(Written):
    """What it says, and who is to do it; labels that nobody may set are dropped by GitHub."""

    title: Annotated[str, Field(min_length=1, max_length=250)]
    body: Annotated[str, Field(max_length=20_000)] = ""
    labels: tuple[_Name, ...] = ()
    assignees: Annotated[tuple[_Name, ...], Field(max_length=10)] = ()


class IssueSettings(Settings):
    """What the issue says, and the newest number there was before it."""

    title: str
    body: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    after: int


class OpenIssue(Verb[GitHub]):
    """Opens one issue."""

    spec: ClassVar = VerbSpec(
        name="github.open_issue",
        says="An issue for what is left to do",
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds",
            visitors="nothing changes for them",
            limits="80 creations a minute, 500 an hour",
        ),
        arguments=OpenIssueArguments,
        of="github",
        effects=("people who watch the repository are told by GitHub",),
        risk=Risk.LOW,
        needs=("Issues: write",),
    )
    stale_for: ClassVar = timedelta(minutes=3)  # lists come from a replica

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the newest number, after which a lost answer's issue has to be."""
        wanted, target = arguments_of(OpenIssueArguments, request), request.target
        repository = await self.vendor.repository(target)
        if repository.archived:
            raise PolicyError(Rule.ARCHIVED, f"{target.name} is archived: no issue can be opened there")
        if not repository.has_issues:
            raise PolicyError(
                Rule.ISSUES_DISABLED,
                f"{target.name} has issues disabled: enable them in its settings, or name another repository",
            )
        return self.change(
            request,
            (Unit(id=UNIT, was=None, to=wanted.title),),
            f"open an issue in {target.name}: {wanted.title}",
            undo=Undo(kind=UndoKind.COMPENSATES, why="closes the issue as not planned"),
            settings=IssueSettings(
                **wanted.model_dump(), after=await self.vendor.newest_number(target, "issues")
            ),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the marker in the body of an issue that is newer than the plan."""
        there = await self._opened(change)
        shown = f"#{there.number} is {there.state}" if there else "no issue"
        if change.goes_back:
            reached = there is None or there.state != "open"
        else:
            reached = there is not None or UNIT in done
        return {unit.id: Seen(unit.to if reached else unit.was, shown=shown) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Opens the issue, or closes it."""
        there, planned = await self._opened(change), IssueSettings.of(change)
        if change.goes_back:
            if there:
                closed = {"state": "closed", "state_reason": "not_planned"}
                await self.vendor.write("PATCH", change.target, f"issues/{there.number}", closed)
            return
        if there:
            return
        body = {
            "title": planned.title,
            "body": signed(planned.body, change.marker),
            "labels": planned.labels,
            "assignees": planned.assignees,
        }
        await self.vendor.write("POST", change.target, "issues", body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gh issue create`, or `gh issue close` of the one that is found by its marker."""
        planned, where = IssueSettings.of(change), f"--repo {change.target.name}"
        if change.goes_back:
            ours = quote(f'"{change.planned_as}" in:body')
            found = f"gh issue list --search {ours} --json number --jq '.[0].number' {where}"
            return [f'gh issue close "$({found})" --reason "not planned" {where}']
        words = [f"gh issue create --title {quote(planned.title)}"]
        words.append(f"--body {quote(signed(planned.body, change.marker).replace(chr(10), ' '))}")
        words += [f"--label {quote(label)}" for label in planned.labels]
        words += [f"--assignee {quote(login)}" for login in planned.assignees]
        return [" ".join([*words, where])]

    async def _opened(self, change: Change) -> Issue | None:
        found = await self.vendor.issues_after(change.target, IssueSettings.of(change).after)
        return next((issue for issue in found if names(issue.body, change.planned_as)), None)
