"""One Netlify deploy: a build of a commit with the environment of that moment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import written
from sandbox.timetable import Timetable

_BUILD = timedelta(seconds=90)


@dataclass(frozen=True)
class Commit:
    """What was built; `good` is what visitors make of it."""

    sha: str
    message: str
    good: bool = True


@dataclass
class Deploy:
    """A deploy moves on with time, until it is ready or failed."""

    id: str
    build_id: str
    site_id: str
    name: str
    commit: Commit
    created: datetime
    title: str
    timetable: Timetable
    state: str = "ready"
    context: str = "production"
    committer: str = "ana"
    environment: dict[str, str] = field(default_factory=dict)
    published: datetime | None = None
    locked: bool = False
    deleted: bool = False
    error: str | None = None

    def body(self) -> dict[str, Any]:
        """As it is shown; what is not so is null, whatever the description says."""
        host = f"{self.name}.netlify.example"
        return {
            "id": self.id,
            "site_id": self.site_id,
            "build_id": self.build_id,
            "state": self.state,
            "name": self.name,
            "url": f"https://{host}",
            "ssl_url": f"https://{host}",
            "deploy_url": f"http://main--{host}",
            "deploy_ssl_url": f"https://main--{host}",
            "admin_url": f"https://app.netlify.example/projects/{self.name}",
            "created_at": written(self.created),
            "updated_at": written(self.created + _BUILD),
            "published_at": written(self.published) if self.published else None,
            "branch": "main",
            "commit_ref": self.commit.sha,
            "commit_url": None,
            "committer": self.committer,
            "context": self.context,
            "locked": True if self.locked else None,
            "skipped": None,
            "title": self.title,
            "review_id": None,
            "error_message": self.error,
            "deploy_time": int(_BUILD.total_seconds()) if self.state == "ready" else None,
        }
