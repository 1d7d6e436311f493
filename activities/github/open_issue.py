"""`github.open_issue`: an issue for what is left to do, found again by the marker in its body."""

from collections.abc import Sequence
from datetime import timedelta
from shlex import quote
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Verb, arguments_of
from activities.github.answers import Issue, names, signed
from activities.github.client import GitHub
from activities.github.pull_requests import TAKEN_BACK
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import NoHelp, Risk, VerbSpec
from stanch.rules import Rule

UNIT = "issue"
EFFECTS = ("people who watch the repository are told by GitHub",)
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class OpenIssueArguments(Written):
    """What it says, and who is to do it; labels that nobody may set are dropped by GitHub."""

    title: Annotated[str, Field(min_length=1, max_length=250)]
    body: Annotated[str, Field(max_length=20_000)] = ""
    labels: tuple[_Name, ...] = ()
    assignees: Annotated[tuple[_Name, ...], Field(max_length=10)] = ()


class OpenIssue(Verb):
    """Opens one issue."""

    spec: ClassVar = VerbSpec(
        name="github.open_issue",
        says="An issue for what is left to do",
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        arguments=OpenIssueArguments,
        of="github",
        if_no_help=NoHelp.KEEP,
        effects=EFFECTS,
        risk=Risk.LOW,
        needs=("Issues: write",),
    )
    stale_for: ClassVar = timedelta(minutes=3)  # lists come from a replica

    def __init__(self, github: GitHub) -> None:
        self._github = github

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the newest number, after which a lost answer's issue has to be."""
        wanted, target = arguments_of(OpenIssueArguments, request), request.target
        if (await self._github.repository(target)).archived:
            raise PolicyError(Rule.ARCHIVED, f"{target.name} is archived: no issue can be opened there")
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=(Unit(id=UNIT, was=None, to=wanted.title),),
            undo=Undo(kind=UndoKind.COMPENSATES, why="closes the issue as not planned"),
            summary=f"open an issue in {target.name}: {wanted.title}",
            effects=EFFECTS,
            settings={**wanted.model_dump(mode="json"), "after": await self._github.newest_number(target)},
            marker=request.marker,
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """By the marker in the body of an issue that is newer than the plan."""
        there = await self._opened(change)
        seen = f"#{there.number} is {there.state}" if there else "no issue"
        if change.goes_back:
            at = At.WAS if there and there.state == "open" else At.TO
        else:
            at = At.TO if there or UNIT in done else At.WAS
        return Survey(places=tuple(Place(unit=unit.id, at=at, seen=seen) for unit in change.units))

    async def write(self, change: Change, unit: Unit) -> None:  # noqa: ARG002 - there is only the one
        """Opens the issue, or closes it."""
        there, settings = await self._opened(change), change.settings
        if change.goes_back:
            if there:
                closed = {"state": "closed", "state_reason": "not_planned"}
                await self._github.write("PATCH", change.target, f"issues/{there.number}", closed)
            return
        if there:
            return
        body = {
            "title": settings["title"],
            "body": signed(settings["body"], change.marker),
            "labels": settings["labels"],
            "assignees": settings["assignees"],
        }
        await self._github.write("POST", change.target, "issues", body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gh issue create`, or `gh issue close` of the one that is found by its marker."""
        settings, where = change.settings, f"--repo {change.target.name}"
        if change.goes_back:
            ours = quote(f'"{change.marker.removesuffix(TAKEN_BACK)}" in:body')
            found = f"gh issue list --search {ours} --json number --jq '.[0].number' {where}"
            return [f'gh issue close "$({found})" --reason "not planned" {where}']
        words = [f"gh issue create --title {quote(settings['title'])}"]
        words.append(f"--body {quote(signed(settings['body'], change.marker).replace(chr(10), ' '))}")
        words += [f"--label {quote(label)}" for label in settings["labels"]]
        words += [f"--assignee {quote(login)}" for login in settings["assignees"]]
        return [" ".join([*words, where])]

    async def _opened(self, change: Change) -> Issue | None:
        marker = change.marker.removesuffix(TAKEN_BACK)
        found = await self._github.issues_after(change.target, int(change.settings["after"]))
        return next((issue for issue in found if names(issue.body, marker)), None)
