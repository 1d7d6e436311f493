"""An edition: the team's files as they were read at one time. Which one is in force, and which one pinned."""

from datetime import UTC, datetime

from pydantic import AwareDatetime, Field, computed_field

from stanch.model.base import Frozen


class EditionInForce(Frozen):
    """What new incidents are opened by."""

    read_at: AwareDatetime
    refused: str = Field(
        default="",
        description="What was changed since and is not in force, with the reason; empty where nothing was",
        examples=[
            "stanch.yaml was changed at … and is not in force: stanch.yaml:3: …; what was read at … is"
        ],
    )


class PinnedEdition(Frozen):
    """What an open incident runs by, to its end."""

    scenario: str
    digest: str
    read_at: AwareDatetime | None = None
    newer: str = Field(default="", description="The scenario's digest as it is in force, where it differs")
    newer_read_at: AwareDatetime | None = None
    gone: bool = Field(default=False, description="The scenario is in no playbook any more")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def says(self) -> str:
        """In words."""
        read = f", read at {second(self.read_at)}" if self.read_at else ""
        pinned = f"{self.scenario} {self.digest}{read}"
        if self.gone:
            return f"{pinned}; new incidents are not opened by it any more"
        if not self.newer_read_at:
            return pinned
        return f"{pinned}; new incidents are opened by {self.newer}, read at {second(self.newer_read_at)}"


def second(at: datetime) -> str:
    """`2026-11-21 03:12:44 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
