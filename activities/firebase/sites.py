"""Firebase Hosting: the releases of a site, as far as Stanch reads them.

firebasehosting v1beta1 (firebase.google.com/docs/reference/hosting/rest, read 2026-11). A release puts a
version before visitors; going back is a new release of an earlier version, and purges the CDN.
"""

from datetime import datetime
from typing import Any

from pydantic import Field

from activities.firebase.answers import Answered
from activities.firebase.client import HOSTING, LISTED, Firebase
from activities.firebase.history import Shown, before
from stanch.errors import Rejected

_FINALIZED = "FINALIZED"
DISABLED = "disabled"
"""What stands instead of a version while a site is switched off."""


class Version(Answered):
    """What a release shows."""

    name: str = ""
    status: str = ""

    @property
    def id(self) -> str:
        """`9f8e7d6c5b4a3210`."""
        return self.name.rpartition("/")[2]


class Release(Answered):
    """One release, newest first in every list."""

    type: str = ""
    release_time: datetime
    release_user: dict[str, Any] = Field(default_factory=dict)
    version: Version | None = None

    @property
    def shows(self) -> str:
        """The version that visitors get, or that the site is switched off."""
        return self.version.id if self.version else DISABLED

    @property
    def author(self) -> str:
        """Who made it, by e-mail address."""
        return str(self.release_user.get("email") or "somebody")

    @property
    def can_be_shown_again(self) -> bool:
        """True while its version is kept; the site's retention deletes old ones."""
        return self.version is not None and self.version.status == _FINALIZED


async def releases(firebase: Firebase, site: str) -> tuple[Release, ...]:
    """The last fifty releases of the live channel, newest first."""
    answer = await firebase.get(HOSTING, f"v1beta1/sites/{site}/releases", {"pageSize": LISTED})
    found = [firebase.api.parse(Release, one) for one in (answer.data or {}).get("releases") or []]
    return tuple(sorted(found, key=lambda one: one.release_time, reverse=True))


async def live(firebase: Firebase, site: str) -> Release:
    """What visitors get now."""
    answer = await firebase.get(HOSTING, f"v1beta1/sites/{site}/releases", {"pageSize": 1})
    found = (answer.data or {}).get("releases") or []
    if not found:
        raise Rejected("firebase", f"{site} has no release")
    return firebase.api.parse(Release, found[0])


def went_live(every: tuple[Release, ...]) -> Release:
    """The release that brought what visitors get; releases of the same version after it changed nothing."""
    brought = every[0]
    for older in every[1:]:
        if older.shows != brought.shows:
            break
        brought = older
    return brought


def healthy_before(every: tuple[Release, ...]) -> Release | None:
    """The newest release of another version that is kept, and that nobody went back from."""
    goal = before([Shown(one.shows, one.release_time, one.can_be_shown_again) for one in every])
    return next((one for one in every if goal and one.shows == goal.what), None)
