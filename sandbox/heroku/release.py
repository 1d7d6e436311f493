"""One Heroku release: code and config vars together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.clock import written
from sandbox.timetable import Timetable


@dataclass(frozen=True)
class Slug:
    """What was built; `good` is what visitors make of it, `crashes` what its dynos do."""

    id: str
    good: bool = True
    crashes: bool = False


@dataclass
class Release:
    """A release with a release phase is pending until that has ended."""

    id: str
    version: int
    description: str
    slug: Slug | None
    config: dict[str, str]
    created: datetime
    user: str
    timetable: Timetable
    add_ons: tuple[str, ...] = ()
    status: str = "succeeded"
    eligible: bool = True
    output: str = ""


def release_body(release: Release, app: dict[str, str], *, current: bool, stream: str) -> dict[str, Any]:
    """As Heroku shows it."""
    slug = {"id": release.slug.id} if release.slug else None
    return {
        "addon_plan_names": list(release.add_ons),
        "artifacts": [{"type": "slug", **slug}] if slug else [],
        "app": app,
        "created_at": written(release.created),
        "description": release.description,
        "id": release.id,
        "updated_at": written(release.created),
        "slug": slug,
        "status": release.status,
        "user": {"id": "91234567-89ab-4def-8123-456789abcdef", "email": release.user},
        "version": release.version,
        "current": current,
        "output_stream_url": stream or None,
        "eligible_for_rollback": release.eligible and release.status == "succeeded",
    }
