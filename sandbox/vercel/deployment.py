"""One Vercel deployment: a build of a commit with the environment of that moment."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.timetable import Timetable

FINISHED = {"READY", "ERROR", "CANCELED"}


@dataclass(frozen=True)
class Commit:
    """What was built; `good` is what visitors make of it."""

    sha: str
    message: str
    good: bool = True


@dataclass
class Deployment:
    """A deployment moves on with time, until it is ready or failed."""

    id: str
    name: str
    project_id: str
    commit: Commit
    created: int
    timetable: Timetable
    target: str | None = "production"
    state: str = "READY"
    substate: str | None = "PROMOTED"
    source: str = "git"
    meta: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    ready: int | None = None
    alias_assigned: int | None = None
    deleted: bool = False
    fails_to_build: bool = False

    @property
    def url(self) -> str:
        """Its own host, for ever."""
        return f"{self.name}-{self.id[-7:].lower()}-team.vercel.example"

    def become_ready(self, now: int) -> None:
        """Its generated hosts are assigned at once; production's domains may never be."""
        self.ready, self.substate, self.alias_assigned = now, "STAGED", now

    def line(self, *, candidate: bool) -> dict[str, Any]:
        """As a list shows it."""
        return {
            "uid": self.id,
            "name": self.name,
            "projectId": self.project_id,
            "url": self.url,
            "created": self.created,
            "createdAt": self.created,
            "buildingAt": self.created + 2000,
            **({"ready": self.ready} if self.ready else {}),
            "source": self.source,
            "state": self.state,
            "readyState": self.state,
            **({"readySubstate": self.substate} if self.substate and self.state == "READY" else {}),
            "target": self.target,
            "type": "LAMBDAS",
            "creator": {"uid": "u1", "username": "ana"},
            "inspectorUrl": f"https://vercel.example/team/{self.name}/{self.id[4:]}",
            "meta": self._meta(),
            "aliasAssigned": self.alias_assigned,
            "aliasError": None,
            "isRollbackCandidate": candidate,
            "checksState": "completed",
            "checksConclusion": "succeeded",
        }

    def body(self, account: str, aliases: list[str]) -> dict[str, Any]:
        """As it is shown alone."""
        return {
            "id": self.id,
            "name": self.name,
            "projectId": self.project_id,
            "ownerId": account,
            "url": self.url,
            "alias": aliases,
            "aliasAssigned": self.alias_assigned is not None,
            "aliasAssignedAt": self.alias_assigned,
            "aliasError": None,
            "bootedAt": self.created + 1000,
            "build": {"env": sorted(self.environment)},
            "buildingAt": self.created + 2000,
            "buildSkipped": False,
            "createdAt": self.created,
            "createdIn": "sfo1",
            "creator": {"uid": "u1", "username": "ana"},
            "env": sorted(self.environment),
            "inspectorUrl": f"https://vercel.example/team/{self.name}/{self.id[4:]}",
            "isInConcurrentBuildsQueue": False,
            "isInSystemBuildsQueue": False,
            "meta": self._meta(),
            "plan": "pro",
            "projectSettings": {},
            "public": False,
            **({"ready": self.ready} if self.ready else {}),
            "readyState": self.state,
            **({"readySubstate": self.substate} if self.substate and self.state == "READY" else {}),
            "regions": ["iad1"],
            "routes": None,
            "source": self.source,
            "status": self.state,
            "target": self.target,
            "type": "LAMBDAS",
            "version": 2,
        }

    def as_target(self, domains: list[str]) -> dict[str, Any]:
        """As its project shows it while it is production."""
        return {
            "id": self.id,
            "alias": domains,
            "createdAt": self.created,
            "createdIn": "sfo1",
            "creator": {"uid": "u1", "username": "ana", "email": "ana@team.example"},
            "deploymentHostname": self.url,
            "name": self.name,
            "plan": "pro",
            "private": False,
            "readyState": self.state,
            "readySubstate": self.substate,
            "target": "production",
            "type": "LAMBDAS",
            "url": self.url,
            "userId": "u1",
        }

    def _meta(self) -> dict[str, str]:
        return {
            "githubCommitSha": self.commit.sha,
            "githubCommitRef": "main",
            "githubCommitMessage": self.commit.message,
            "githubDeployment": "1",
            **self.meta,
        }
