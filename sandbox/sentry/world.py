"""Sentry's part of the world: projects and their issues."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from sandbox.base import World
from sandbox.sentry.issue import Event, Issue
from sandbox.traffic import Stretch


@dataclass
class Project:
    """One project of an organization."""

    id: str
    slug: str
    organization: str
    issues: list[Issue] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """As it stands in an issue."""
        return {"id": self.id, "name": self.slug, "slug": self.slug, "platform": "python"}


class SentryWorld(World):
    """Every project, by its name."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.projects: dict[str, Project] = {}

    def add(self, slug: str, organization: str) -> Project:
        """A project without errors."""
        self.projects[slug] = Project(str(4000 + len(self.projects)), slug, organization)
        return self.projects[slug]

    def happen(self, slug: str, title: str, *agos: timedelta, **facts: str) -> Issue:
        """An error happened so long ago, each time anew; facts are of the issue or of its events."""
        project = self.projects[slug]
        of_events = {name: facts.pop(name) for name in ("release", "environment") if name in facts}
        of_issue: dict[str, Any] = dict(facts)
        issue = next((one for one in project.issues if one.title == title), None)
        if issue is None:
            number = sum(len(each.issues) for each in self.projects.values()) + 1
            issue = Issue(
                str(7000 + number), f"{slug.upper()}-{number}", title, of_issue.pop("culprit", ""), **of_issue
            )
            project.issues.append(issue)
        begin = len(issue.events)
        issue.events += [
            Event(self.clock.now() - ago, user=f"user-{begin + number}", **of_events)
            for number, ago in enumerate(agos)
        ]
        return issue

    def follow(self, slug: str, service: str, title: str, **facts: str) -> None:
        """Whenever the service fails, this error happens in the project."""
        self.sandbox.services[service].witnesses.append(partial(self._witness, slug, title, facts))

    def _witness(self, slug: str, title: str, facts: dict[str, str], stretch: Stretch) -> None:
        if stretch.metrics.error_rate:
            told = {"release": stretch.metrics.releases[-1]} if stretch.metrics.releases else {}
            agos = (self.clock.now() - at for at in stretch.beats())
            self.happen(slug, title, *agos, **{**told, **facts})

    def state(self) -> dict[str, Any]:
        """How often each error happened."""
        return {
            project.slug: {issue.title: len(issue.events) for issue in project.issues}
            for project in self.projects.values()
        }
