"""What UptimeRobot answers, as far as it is wanted."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stanch.model.sighting import SeenUp

UP, DOWN, PAUSED = "UP", "DOWN", "PAUSED"


class UptimeRobotAnswer(BaseModel):
    """Something it answers; what is not wanted is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class MonitorIncident(UptimeRobotAnswer):
    """Why a monitor is down, and since when."""

    reason: str | None = None
    started_at: datetime | None = Field(default=None, alias="startedAt")


class Monitor(UptimeRobotAnswer):
    """As much of a monitor as is wanted: its passwords and keys are left where they are."""

    id: int
    name: str | None = Field(default=None, alias="friendlyName")
    url: str | None = None
    status: str | None = None
    interval: float = 0
    for_seconds: float | None = Field(default=None, alias="currentStateDuration")
    incident: MonitorIncident | None = Field(default=None, alias="lastIncident")

    @property
    def called(self) -> str:
        """Its name, or its number where it has none."""
        return self.name or str(self.id)

    @property
    def is_looked_at(self) -> bool:
        """Nobody paused it."""
        return self.status != PAUSED

    def since(self, at: datetime) -> datetime | None:
        """Since when it is as it is."""
        if self.status == DOWN and self.incident and self.incident.started_at:
            return self.incident.started_at
        return at - timedelta(seconds=self.for_seconds) if self.for_seconds is not None else None

    def seen_up(self, at: datetime) -> SeenUp | None:
        """Its address and when that surely answered last: nobody says when it was looked at.

        It was within the interval, or when it came up. What is no open web address is left out.
        """
        if self.status != UP:
            return None
        looked = [at - timedelta(seconds=self.interval), self.since(at)]
        address = (self.url or "").partition("?")[0]
        try:
            return SeenUp(url=address, up_at=max(one for one in looked if one))
        except ValidationError:
            return None
