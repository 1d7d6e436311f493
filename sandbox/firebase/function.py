"""One function, of either generation."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox.clock import Origin, written
from sandbox.firebase.service import Service


@dataclass
class Function:
    """A name for a Cloud Run service, or a 1st-generation function, which has no revision."""

    name: str
    origin: Origin
    service: Service | None
    version: int = 1
    trigger: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.updated = self.origin.now() - timedelta(days=1)

    @property
    def id(self) -> str:
        """`purchasePack`."""
        return self.name.rpartition("/")[2]

    def state(self) -> Any:
        """How it stands."""
        return self.service.state() if self.service else {"version": self.version}

    def deploy(self, *, good: bool, release: str, in_progress: bool) -> str:
        """Somebody deploys it from their machine."""
        self.updated = self.origin.now()
        if self.service:
            return self.service.deploy(good=good, release=release, in_progress=in_progress)
        self.version += 1
        return str(self.version)

    def body(self) -> dict[str, Any]:
        """As API v2 shows it."""
        found: dict[str, Any] = {
            "name": self.name,
            "environment": "GEN_2" if self.service else "GEN_1",
            "state": "DEPLOYING" if self.service and self.service.deploying else "ACTIVE",
            "updateTime": written(self.updated),
            "buildConfig": {"runtime": "nodejs22", "entryPoint": self.id},
            "serviceConfig": {"timeoutSeconds": 60, **self._config()},
            "labels": {"deployment-tool": "cli-firebase"},
        }
        if self.trigger:
            return {**found, "eventTrigger": self.trigger}
        return {**found, "url": f"https://us-central1-ensei.cloudfunctions.example/{self.id}"}

    def old_body(self) -> dict[str, Any]:
        """As API v1 shows a 1st-generation function."""
        return {
            "name": self.name,
            "status": "ACTIVE",
            "entryPoint": self.id,
            "runtime": "nodejs22",
            "timeout": "60s",
            "availableMemoryMb": 256,
            "maxInstances": 100,
            "minInstances": 1,
            "updateTime": written(self.updated),
            "versionId": str(self.version),
            "httpsTrigger": {"url": f"https://us-central1-ensei.example/{self.id}"},
        }

    def _config(self) -> dict[str, Any]:
        if self.service is None:
            return {"availableMemory": "256M"}
        limits = (
            self.service.template["containers"][0]["resources"]["limits"] if self.service.template else {}
        )
        variables = self.service.template["containers"][0].get("env", []) if self.service.template else []
        shares, newest = self.service.shares(), self.service.latest_ready
        return {
            "service": self.service.name,
            "availableMemory": limits.get("memory", "256Mi"),
            "availableCpu": limits.get("cpu", "1"),
            "environmentVariables": {one["name"]: one["value"] for one in variables if "value" in one},
            "secretEnvironmentVariables": [_secret(one) for one in variables if "valueSource" in one],
            "maxInstanceCount": 100,
            "allTrafficOnLatestRevision": bool(newest) and shares == {newest.id: 100} if newest else False,
            "revision": newest.id if newest else "",
        }


def _secret(variable: dict[str, Any]) -> dict[str, str]:
    """A variable that is kept in Secret Manager, as a function shows it."""
    kept = variable["valueSource"]["secretKeyRef"]
    return {"key": variable["name"], "secret": kept["secret"].rpartition("/")[2], "version": kept["version"]}
