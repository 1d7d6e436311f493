"""A release of a Fly app, as GraphQL answers it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from activities.fly.answers import Answer

_LEFT_BEHIND = timedelta(hours=2)
"""What is said to be deployed for longer was left so by a cancelled CI: superfly/flyctl#2116, #3536."""


class Release(Answer):
    """One release. Secret and scale changes are releases too, with the image of the one before."""

    id: str
    version: int
    status: str = ""
    in_progress: bool = Field(default=False, alias="inProgress")
    reason: str | None = None
    image_ref: str | None = Field(default=None, alias="imageRef")
    image: dict[str, Any] | None = None
    created_at: datetime = Field(alias="createdAt")
    updated_at: datetime | None = Field(default=None, alias="updatedAt")
    user: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """As flyctl says it: `v42`."""
        return f"v{self.version}"

    @property
    def marks(self) -> dict[str, str]:
        """What flyctl writes on a machine that is deployed with it."""
        return {"fly_release_id": self.id, "fly_release_version": str(self.version)}

    @property
    def complete(self) -> bool:
        """True when it went out whole."""
        return self.status in {"complete", "succeeded"}

    @property
    def running(self) -> bool:
        """True while it is being deployed."""
        return self.in_progress or self.status in {"pending", "running"}

    @property
    def failed(self) -> bool:
        """True when it ended without going out whole."""
        return not self.complete and not self.running

    @property
    def finished_at(self) -> datetime:
        """When it was complete."""
        return self.updated_at or self.created_at

    @property
    def by(self) -> str | None:
        """Who made it, by e-mail address."""
        return (self.user or {}).get("email")

    @property
    def author(self) -> str:
        """The same, as it is told."""
        return self.by or "somebody"


def under_way(releases: Sequence[Release], as_of: datetime) -> Release | None:
    """The release that somebody is deploying; not one that never ended, nor one that a later overtook."""
    whole = max((release.version for release in releases if release.complete), default=0)
    return next(
        (
            release
            for release in releases
            if release.running and release.version > whole and as_of - release.created_at < _LEFT_BEHIND
        ),
        None,
    )
