"""App Hosting: the rollouts of a backend, and what its visitors get.

firebaseapphosting v1 (firebase.google.com/docs/reference/apphosting/rest, read 2026-11). A rollout puts a
build before visitors; one that exists is rolled out again without being built anew.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from activities.firebase.answers import Answered
from activities.firebase.client import APP_HOSTING, LISTED, Firebase
from activities.firebase.history import Shown, before

_RUNS = {"QUEUED", "PENDING_BUILD", "PROGRESSING", "PAUSED"}
_DONE = "SUCCEEDED"
_LEFT_BEHIND = timedelta(hours=6)
"""A build may take an hour; what is under way for longer than this has never ended (inferred)."""


class Rollout(Answered):
    """One rollout of a build."""

    name: str
    build: str = ""
    state: str = ""
    create_time: datetime
    update_time: datetime | None = None
    error: dict[str, Any] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        """`rollout-2026-11-21-001`."""
        return self.name.rpartition("/")[2]

    @property
    def shows(self) -> str:
        """The build that it puts before visitors."""
        return self.build.rpartition("/")[2]

    @property
    def runs(self) -> bool:
        """True while it is under way."""
        return self.state in _RUNS

    @property
    def whole(self) -> bool:
        """True when it put its build before visitors."""
        return self.state == _DONE

    @property
    def finished_at(self) -> datetime:
        """When it was over."""
        return self.update_time or self.create_time

    @property
    def failure(self) -> str:
        """Why it put nothing before visitors; empty while it runs and when it did."""
        if self.runs or self.whole:
            return ""
        return str(self.error.get("message") or f"the rollout is {self.state or 'of no state'}")


class AppTraffic(Answered):
    """What visitors get, and whether pushes roll out by themselves."""

    current: dict[str, Any] = Field(default_factory=dict)
    rollout_policy: dict[str, Any] = Field(default_factory=dict)
    reconciling: bool = False

    @property
    def live(self) -> str:
        """The build that everybody gets; empty when nobody or not everybody gets one."""
        splits = self.current.get("splits") or []
        whole = [one for one in splits if one.get("percent") == 100]  # noqa: PLR2004 - per cent
        return str(whole[0].get("build", "")).rpartition("/")[2] if whole else ""

    @property
    def branch(self) -> str:
        """The branch whose pushes roll out by themselves; empty when none do."""
        policy = self.rollout_policy
        return "" if policy.get("disabled") else str(policy.get("codebaseBranch") or "")


@dataclass(frozen=True)
class Backend:
    """How a backend stands: its last rollouts, newest first, and its visitors."""

    name: str
    traffic: AppTraffic
    rollouts: tuple[Rollout, ...]

    @property
    def id(self) -> str:
        """`shop`."""
        return self.name.rpartition("/")[2]

    def under_way(self, as_of: datetime) -> Rollout | None:
        """The rollout that is under way; not one that never ended, nor one that a later has overtaken."""
        whole = max((one.create_time for one in self.rollouts if one.whole), default=None)
        return next(
            (
                one
                for one in self.rollouts
                if one.runs
                and as_of - one.create_time < _LEFT_BEHIND
                and (whole is None or one.create_time > whole)
            ),
            None,
        )

    @property
    def brought(self) -> Rollout | None:
        """The rollout that brought what visitors get."""
        return next((one for one in self.rollouts if one.whole and one.shows == self.traffic.live), None)

    @property
    def previous(self) -> Rollout | None:
        """The newest rollout of another build that was whole, and that nobody went back from."""
        whole = [one for one in self.rollouts if one.whole]
        goal = before([Shown(one.shows, one.create_time, kept=True) for one in whole])
        return next((one for one in whole if goal and one.shows == goal.what), None)

    def rollout(self, name: str) -> Rollout | None:
        """The rollout with that id."""
        return next((one for one in self.rollouts if one.id == name), None)


async def backend(firebase: Firebase, name: str) -> Backend:
    """A backend as it stands, with its last fifty rollouts."""
    traffic = await firebase.get(APP_HOSTING, f"v1/{name}/traffic")
    params = {"pageSize": LISTED, "orderBy": "createTime desc"}
    listed = await firebase.get(APP_HOSTING, f"v1/{name}/rollouts", params)
    found = [firebase.api.parse(Rollout, one) for one in (listed.data or {}).get("rollouts") or []]
    newest_first = tuple(sorted(found, key=lambda one: one.create_time, reverse=True))
    return Backend(name, firebase.api.parse(AppTraffic, traffic.data), newest_first)


def rollout_id(marker: str) -> str:
    """The id of a rollout of ours, by which it is found again."""
    return re.sub(r"[^a-z0-9]+", "-", marker.lower()).strip("-")
