"""Vercel's part of the world: projects, and what other people do to them."""

from typing import Any

from sandbox.base import World
from sandbox.ledger import SOMEONE_ELSE
from sandbox.vercel.deployment import Commit
from sandbox.vercel.flag import Flag, GlobalConfig
from sandbox.vercel.project import Project


class VercelWorld(World):
    """Every project, by name."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.projects: dict[str, Project] = {}
        self.stores: dict[str, GlobalConfig] = {}
        self.stores_are_old = False

    def add(self, name: str, account: str, domains: list[str]) -> Project:
        """A project without deployments."""
        self.projects[name] = Project(
            id=f"prj_{self.origin.short(28)}",
            name=name,
            account=account,
            origin=self.origin,
            pace=self.pace,
            ledger=self.ledger,
            domains=domains,
        )
        return self.projects[name]

    def add_flag(self, project: str, slug: str, *, on: bool) -> Flag:
        """A flag of Vercel Flags that is on or off by its rules."""
        part = {
            "active": True,
            "pausedOutcome": {"type": "variant", "variantId": "off"},
            "rules": [],
            "fallthrough": {"type": "variant", "variantId": "on" if on else "off"},
        }
        ident, at = f"flag_{self.origin.short(16)}", self.origin.milliseconds()
        made = Flag(ident, slug, {"off": False, "on": True}, part, at)
        self.projects[project].flags[slug] = made
        return made

    def add_store(self, project: str, ident: str, items: dict[str, Any]) -> GlobalConfig:
        """A Global Config that the project's programs read."""
        here = self.projects[project]
        here.items = items
        at = self.origin.milliseconds()
        self.stores[ident] = GlobalConfig(ident, here.account, f"{project}-config", items, at)
        return self.stores[ident]

    def state(self) -> dict[str, Any]:
        """What every project's visitors get."""
        return {
            one.name: {"id": one.id, "live": one.live, "auto_assign": one.auto_assign, "aliases": one.aliases}
            for one in self.projects.values()
        }

    def secrets(self) -> set[str]:
        """The values of all sensitive variables."""
        every = (one for project in self.projects.values() for one in project.variables)
        return {one.value for one in every if one.type == "sensitive"}

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """A push to the main branch, with this commit's message; live at once if domains follow builds."""
        project = self.projects[name]
        was = project.live
        made = project.build(Commit(self.origin.digits(40), release or "a push", good))
        if not in_progress:
            made.timetable.hurry()
            project.observe()
        self.ledger.record("vercel.push", name, was=was, to=made.id, by=SOMEONE_ELSE)
        return made.id
