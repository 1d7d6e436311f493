"""Google's part of the world: projects, and what other people do to them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.base import World
from sandbox.firebase.keys import account
from sandbox.firebase.measured import Measured
from sandbox.firebase.project import Project
from sandbox.firebase.service import Service
from sandbox.ledger import SOMEONE_ELSE
from sandbox.traffic import Gauge, Window

_STARTS = "cold_starts"
"""What a service is measured by that says how many of its copies began in a minute."""


@dataclass(frozen=True)
class Token:
    """One access token: whose it is, and until when."""

    account: str
    ends: datetime


class FirebaseWorld(World):
    """Every project, by its id, and the access tokens that were given."""

    def clear(self) -> None:
        """Nothing is there any more; tokens that were given are good no longer."""
        self.projects: dict[str, Project] = {}
        self.tokens: dict[str, Token] = {}
        self.withheld: set[str] = set()
        self.rights_arrive: datetime | None = None
        """What was given to accounts is known from then on; None where all of it is."""
        self.account_users = {account("stanch")}
        """Who may act as the account that services run as; that is given there, not in the project."""

    def add(self, name: str) -> Project:
        """An empty project."""
        self.projects[name] = Project(name, self.origin, self.pace, self.ledger)
        return self.projects[name]

    def went_through(self, service: Service, window: Window) -> list[Measured]:
        """What Google measured of the service while visitors came; a class without answers has none."""
        found: list[Measured] = []
        for name in (name for name, one in self.sandbox.services.items() if one.host is service):
            errors, seconds, memory, cpu, starts = (
                dict(self.points(name, gauge, window))
                for gauge in (
                    Gauge.ERRORS,
                    Gauge.P95_SECONDS,
                    Gauge.MEMORY_USED,
                    Gauge.CPU_USED,
                    _STARTS,
                )
            )
            for begin, requests in self.points(name, Gauge.REQUESTS, window, sparse=True):
                failed = errors.get(begin, 0)
                classes = {"2xx": round(requests - failed), "5xx": round(failed)}
                counted = {code: each for code, each in classes.items() if each}
                at = min(begin + window.step, window.arrived)
                took = seconds[begin] * 1000
                began = round(starts.get(begin, 0))
                found.append(Measured(at, counted, took, memory.get(begin), cpu.get(begin), began))
        return found

    def now(self) -> datetime:
        """The wall's instant: who asks for tokens signs with the wall's."""
        return datetime.now(UTC)

    def expire(self) -> None:
        """Every token that was given is good no longer."""
        self.tokens = {name: Token(token.account, self.now()) for name, token in self.tokens.items()}

    def state(self) -> dict[str, Any]:
        """What can be deployed to, by its id, and how it stands."""
        return {name: thing.state() for project in self.projects.values() for name, thing in project.things()}

    def secrets(self) -> set[str]:
        """The access tokens that were given, and what functions keep in their environment."""
        kept = {value for project in self.projects.values() for value in project.secrets()}
        return {*self.tokens, *kept}

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """Somebody else deploys a function or a site; or their deployment goes on and on."""
        thing = next(
            thing for project in self.projects.values() for known, thing in project.things() if known == name
        )
        was = thing.state()
        made = thing.deploy(good=good, release=release, in_progress=in_progress)
        self.ledger.record("firebase.deploy", name, was=was, to=made, by=SOMEONE_ELSE)
        return made
