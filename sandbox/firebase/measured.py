"""What Google measured of a service."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Measured:
    """What Google measured of a service in one minute; None where it measured nothing."""

    at: datetime
    requests: dict[str, int] = field(default_factory=dict)
    p95_ms: float | None = None
    memory: float | None = None
    cpu: float | None = None
    starts: int = 0
