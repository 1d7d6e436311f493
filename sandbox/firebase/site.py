"""One Hosting site: its versions, and the releases that put them before visitors."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin, milliseconds, written
from sandbox.instances import Host, ServiceInstance


@dataclass
class Version:
    """Files that were uploaded together."""

    id: str
    created: datetime
    good: bool = True
    status: str = "FINALIZED"


@dataclass
class Release:
    """A version, or nothing, put before visitors."""

    version: Version | None
    at: datetime
    type: str
    by: str
    message: str = ""


@dataclass
class Site(Host):
    """Everything of one site; the newest release is what visitors get."""

    id: str
    number: str
    origin: Origin
    versions: dict[str, Version] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)

    edges_late: timedelta = timedelta()
    """The CDN goes on serving what was live so long ago."""

    @property
    def live(self) -> str:
        """The version that visitors get."""
        version = self.releases[0].version if self.releases else None
        return version.id if version else ""

    def upload(self, *, good: bool = True, ago: timedelta = timedelta()) -> Version:
        """A version that nobody sees yet."""
        made = Version(self.origin.digits(16), self.origin.now() - ago, good)
        self.versions[made.id] = made
        return made

    def release(
        self,
        version: Version | None,
        ago: timedelta = timedelta(),
        by: str = "ana@team.example",
        message: str = "",
    ) -> Release:
        """Visitors get this version from now on, or nothing."""
        shown = any(one.version is version for one in self.releases)
        kind = "SITE_DISABLE" if version is None else "ROLLBACK" if shown else "DEPLOY"
        made = Release(version, self.origin.now() - ago, kind, by, message)
        self.releases.insert(0, made)
        return made

    def state(self) -> dict[str, Any]:
        """How it stands."""
        return {"live": self.live, "releases": len(self.releases)}

    def deploy(self, *, good: bool, release: str, in_progress: bool) -> str:
        """Somebody deploys the site; a version that is still uploading changes nothing."""
        made = self.upload(good=good)
        if in_progress:
            made.status = "CREATED"
        else:
            self.release(made, message=release)
        return made.id

    def instances(self) -> list[ServiceInstance]:
        """What visitors get, as one copy without limits."""
        seen = self.origin.now() - self.edges_late
        shown = next((one for one in self.releases if one.at <= seen), None)
        version = shown.version if shown else None
        return [ServiceInstance(name=version.id, release=version.id, good=version.good)] if version else []

    def body(self, release: Release) -> dict[str, Any]:
        """One release as the API shows it."""
        parent = f"projects/{self.number}/sites/{self.id}"
        found: dict[str, Any] = {
            "name": f"{parent}/channels/live/releases/{milliseconds(release.at) * 1000}",
            "type": release.type,
            "releaseTime": written(release.at),
            "releaseUser": {"email": release.by},
        }
        if release.message:
            found["message"] = release.message
        if release.version is None:
            return found
        version = release.version
        shown: dict[str, Any] = {
            "name": f"{parent}/versions/{version.id}",
            "status": version.status,
            "createTime": written(version.created),
            "finalizeTime": written(version.created),
            "fileCount": "812",
            "versionBytes": "20480000",
        }
        return {**found, "version": shown}
