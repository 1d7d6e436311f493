"""One revision of a Cloud Run service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.clock import digest_of, written

QUOTA = "Quota exceeded for total allowable CPU per project per region."
_UNITS = {"Mi": 1, "Gi": 1024}


@dataclass
class Revision:
    """Code, environment and size together; `starts` is False when its image is gone."""

    id: str
    service: str
    template: dict[str, Any]
    created: datetime
    creator: str
    good: bool = True
    starts: bool = True
    ready: bool | None = None
    stuck: bool = False
    lacks: str = ""
    """What else than its image it does not start for."""

    @property
    def name(self) -> str:
        """Its full name."""
        return f"{self.service}/revisions/{self.id}"

    @property
    def image(self) -> str:
        """What its first container runs."""
        return str(self.template["containers"][0]["image"])

    @property
    def digest(self) -> str:
        """The same, by what it was when the revision was made."""
        return f"{self.image.rpartition(':')[0]}@sha256:{digest_of(self.image)}"

    @property
    def memory_mb(self) -> int:
        """What its first container is given."""
        return megabytes(self.template["containers"][0])

    def given(self, vault: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """The secrets that its instances are given by the project's vault: by a number, or the newest."""
        found = {}
        for variable in self.template["containers"][0].get("env") or []:
            reference = (variable.get("valueSource") or {}).get("secretKeyRef") or {}
            held = vault.get(str(reference.get("secret")).rpartition("/")[2]) or []
            number = len(held) if reference.get("version") == "latest" else int(reference.get("version") or 0)
            if 1 <= number <= len(held):
                found[variable["name"]] = held[number - 1]
        return found

    def body(self) -> dict[str, Any]:
        """As the API shows it."""
        state = {True: "CONDITION_SUCCEEDED", False: "CONDITION_FAILED", None: "CONDITION_RECONCILING"}
        at = written(self.created)
        ready: dict[str, Any] = {"type": "Ready", "state": state[self.ready], "lastTransitionTime": at}
        if self.ready is False:
            ready |= {"message": missing_image(self), "reason": "CONTAINER_MISSING"}
        shown: dict[str, Any] = {
            key: self.template[key]
            for key in ("annotations", "labels", "containers", "scaling", "timeout", "serviceAccount")
            if key in self.template
        }
        return {
            "name": self.name,
            "generation": "1",
            "createTime": at,
            "updateTime": at,
            "creator": self.creator,
            "service": self.service.rpartition("/")[2],
            "conditions": [ready],
            "containerStatuses": [
                {"name": self.template["containers"][0]["name"], "imageDigest": self.digest}
            ],
            "reconciling": self.ready is None,
            "etag": f'"{self.id}"',
            **shown,
        }


def megabytes(container: dict[str, Any]) -> int:
    """A container's memory."""
    limit = str(((container.get("resources") or {}).get("limits") or {}).get("memory", "512Mi"))
    return int(float(limit[:-2]) * _UNITS[limit[-2:]])


def missing_image(revision: Revision) -> str:
    """Why a revision does not start."""
    if revision.lacks:
        return f"Revision '{revision.id}' is not ready and cannot serve traffic. {revision.lacks}"
    return (
        f"Revision '{revision.id}' is not ready and cannot serve traffic. Image '{revision.image}' not found."
    )
