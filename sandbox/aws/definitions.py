"""Task definitions: what a service can be deployed with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ACCOUNT = "123456789012"
STREAMS = "api"
"""How the names of log streams begin."""


@dataclass
class TaskDefinition:
    """One revision of a family; `good` is what the service makes of it, `starts` what ECS does.

    One that `crashes` starts every time and ends within the minute, which ECS never counts as a failure.
    """

    family: str
    revision: int
    region: str
    registered_at: datetime
    good: bool = True
    starts: bool = True
    crashes: bool = False
    status: str = "ACTIVE"
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """Variables whose values are kept elsewhere, and where."""
    sidecar: str = ""
    cpu: str = "512"
    memory: str = "1024"
    image: str = ""
    """Of which revision the code is, where it is another's."""
    tags: list[dict[str, str]] = field(default_factory=list)
    exit_code: int = 0
    """How a command in a task of its own ends."""
    output: str = ""
    """What such a command writes."""

    @property
    def arn(self) -> str:
        """Its name everywhere."""
        return f"arn:aws:ecs:{self.region}:{ACCOUNT}:task-definition/{self.named}"

    @property
    def named(self) -> str:
        """`api:42`."""
        return f"{self.family}:{self.revision}"

    @property
    def code(self) -> str:
        """What the image is tagged with."""
        return self.image or str(self.revision)

    @property
    def log_group(self) -> str:
        """Where its container writes."""
        return f"/ecs/{self.family}"

    def found_in(self, held: Mapping[str, str]) -> dict[str, str]:
        """What a task that starts now finds, of secrets that are held whole."""
        return {name: held[place] for name, place in self.secrets.items() if place in held}

    def containers(self) -> list[str]:
        """The names of its containers, the essential one first."""
        return [self.family, *filter(None, [self.sidecar])]

    def body(self) -> dict[str, Any]:
        """As DescribeTaskDefinition shows it."""
        options = {
            "awslogs-group": self.log_group,
            "awslogs-region": self.region,
            "awslogs-stream-prefix": STREAMS,
        }
        secrets = [{"name": name, "valueFrom": place} for name, place in self.secrets.items()]
        environment = [{"name": name, "value": value} for name, value in self.environment.items()]
        return {
            "taskDefinitionArn": self.arn,
            "family": self.family,
            "revision": self.revision,
            "status": self.status,
            "cpu": self.cpu,
            "memory": self.memory,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "registeredAt": self.registered_at,
            "containerDefinitions": [
                {
                    "name": name,
                    "image": f"{ACCOUNT}.dkr.ecr.{self.region}.amazonaws.com/{name}:{self.code}",
                    "essential": name == self.family,
                    "environment": environment,
                    "secrets": secrets,
                    "logConfiguration": {"logDriver": "awslogs", "options": options},
                }
                for name in self.containers()
            ],
        }
