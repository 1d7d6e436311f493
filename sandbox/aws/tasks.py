"""Tasks that run beside a service, each once for its client token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.aws.definitions import ACCOUNT, TaskDefinition
from sandbox.timetable import Timetable


@dataclass
class OneOff:
    """One task of its own, which runs for a while and stops."""

    arn: str
    cluster: str
    definition: TaskDefinition
    started_by: str
    token: str
    overrides: dict[str, Any]
    created_at: datetime
    ends_at: datetime
    timetable: Timetable
    state: str = "PROVISIONING"
    reason: str = ""
    exit_code: int | None = None
    """How it ends, where that is otherwise than its task definition says."""

    def observe(self) -> None:
        """It is where the clock has brought it."""
        for state in self.timetable.arrived():
            self.state = state

    @property
    def ended_well(self) -> bool:
        """It has come to its end, and that was a good one."""
        self.observe()
        return self.state == "STOPPED" and not self._ends_with

    @property
    def command(self) -> str:
        """What it runs otherwise than its image says."""
        given = (self.overrides.get("containerOverrides") or [{}])[0].get("command") or [""]
        return str(given[-1])

    @property
    def _ends_with(self) -> int:
        return self.definition.exit_code if self.exit_code is None else self.exit_code

    @property
    def mark(self) -> str:
        """The change that it was started for, by the variable that it gets."""
        given = (self.overrides.get("containerOverrides") or [{}])[0].get("environment") or []
        return next((one["value"] for one in given if one["name"] == "STANCH_CHANGE"), "")

    def body(self) -> dict[str, Any]:
        """As DescribeTasks shows it."""
        stopped = self.state == "STOPPED"
        body = {
            "taskArn": self.arn,
            "clusterArn": f"arn:aws:ecs:{self.definition.region}:{ACCOUNT}:cluster/{self.cluster}",
            "taskDefinitionArn": self.definition.arn,
            "lastStatus": self.state,
            "desiredStatus": "STOPPED" if stopped else "RUNNING",
            "startedBy": self.started_by,
            "group": f"family:{self.definition.family}",
            "createdAt": self.created_at,
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "overrides": self.overrides,
            "containers": [self._container(name, stopped=stopped) for name in self.definition.containers()],
        }
        if stopped:
            reason = self.reason or "Essential container in task exited"
            body |= {
                "stoppedReason": reason,
                "stopCode": "EssentialContainerExited",
                "stoppedAt": self.ends_at,
            }
        return body

    def _container(self, name: str, *, stopped: bool) -> dict[str, Any]:
        found = {"name": name, "lastStatus": self.state, "taskArn": self.arn}
        return {**found, "exitCode": self._ends_with} if stopped else found


def crashed_body(number: int, service: str, cluster: str, region: str, at: datetime) -> dict[str, Any]:
    """A task that started and ended by itself."""
    return {
        "taskArn": f"arn:aws:ecs:{region}:{ACCOUNT}:task/{cluster}/crashed-{number}",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "group": f"service:{service}",
        "stoppedAt": at,
        "stoppedReason": "Essential container in task exited",
        "stopCode": "EssentialContainerExited",
        "containers": [{"name": service, "lastStatus": "STOPPED", "exitCode": 1}],
    }


def killed_body(number: int, service: str, cluster: str, region: str, at: datetime) -> dict[str, Any]:
    """A task of a service that was ended for want of memory."""
    return {
        "taskArn": f"arn:aws:ecs:{region}:{ACCOUNT}:task/{cluster}/killed-{number}",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "group": f"service:{service}",
        "stoppedAt": at,
        "stoppedReason": "OutOfMemoryError: Container killed due to memory usage",
        "stopCode": "EssentialContainerExited",
        "containers": [{"name": service, "lastStatus": "STOPPED", "exitCode": 137}],
    }
