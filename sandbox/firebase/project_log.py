"""A project's log lines; each can be read only from the instant at which it arrived."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin


class ProjectLog:
    """Every entry, oldest first."""

    def __init__(self, project: str, origin: Origin) -> None:
        self.project = project
        self.entries: list[dict[str, Any]] = []
        self.blank_pages = 0
        """So many first pages are empty although more follow."""
        self._origin = origin

    def say(self, text: str, service: str, revision: str, severity: str = "INFO", **facts: Any) -> None:
        """A line that a service writes; `ago` and `late` say when, and how much later it arrived."""
        at = self._origin.now() - facts.pop("ago", timedelta())
        arrived = at + facts.pop("late", timedelta(seconds=1) if at < self._origin.now() else timedelta())
        payload = {"jsonPayload": facts["fields"] | {"message": text}} if "fields" in facts else {}
        labels = {
            "project_id": self.project,
            "location": "us-central1",
            "service_name": service,
            "configuration_name": service,
            "revision_name": revision,
        }
        self.entries.append(
            {
                "insertId": self._origin.digits(16),
                "logName": f"projects/{self.project}/logs/run.googleapis.com%2Fstderr",
                "timestamp": exact(at),
                "receiveTimestamp": exact(arrived),
                "severity": severity,
                "resource": {"type": "cloud_run_revision", "labels": labels},
                "labels": {"goog-managed-by": "cloudfunctions"},
                **(payload or {"textPayload": text}),
            }
        )

    def arrived(self, by: datetime | None = None) -> list[dict[str, Any]]:
        """What can be read now, or could be then, newest first."""
        known = by or self._origin.now()
        found = [one for one in self.entries if datetime.fromisoformat(one["receiveTimestamp"]) <= known]
        return sorted(found, key=lambda one: (one["timestamp"], one["insertId"]), reverse=True)


def exact(at: datetime) -> str:
    """An instant to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
