"""An issue at Sentry: what happened, when, where and in which release."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.clock import written


@dataclass(frozen=True)
class Event:
    """It happened once."""

    at: datetime
    release: str = ""
    environment: str = "production"
    user: str = ""


@dataclass
class Issue:
    """Events that Sentry takes for the same."""

    id: str
    short_id: str
    title: str
    culprit: str
    level: str = "error"
    category: str = "error"
    status: str = "unresolved"
    substatus: str | None = "ongoing"
    events: list[Event] = field(default_factory=list)

    @property
    def first(self) -> Event:
        """The first of all."""
        return min(self.events, key=lambda one: one.at)

    def line(
        self, project: dict[str, Any], counted: list[Event], filtered: list[Event] | None
    ) -> dict[str, Any]:
        """As a list shows it: counted over the time asked for, and over what the search leaves of that."""
        return {
            **self._base(project),
            **_seen(counted, self.first.at),
            "stats": {"24h": []},
            "lifetime": {**_seen(self.events, self.first.at), "stats": None},
            "filtered": None if filtered is None else {**_seen(filtered, self.first.at), "stats": {}},
            "derivedData": _DERIVED,
            "matchingEventId": None,
            "matchingEventEnvironment": None,
            "inbox": None,
            "owners": None,
            "sessionCount": None,
            "latestEventHasAttachments": False,
            "integrationIssues": [],
            "sentryAppIssues": [],
        }

    def whole(self, project: dict[str, Any]) -> dict[str, Any]:
        """As its own page shows it, with the releases in which it was seen first and last."""
        last = max(self.events, key=lambda one: one.at)
        return {
            **self._base(project),
            **_seen(self.events, self.first.at),
            "activity": [],
            "seenBy": [],
            "participants": [],
            "userReportCount": 0,
            "firstRelease": _release(self.first),
            "lastRelease": _release(last),
        }

    def _base(self, project: dict[str, Any]) -> dict[str, Any]:
        nothing = (
            "shareId", "logger", "priority", "priorityLockedAt", "assignedTo", "subscriptionDetails",
            "seerFixabilityScore", "seerAutofixLastTriggered", "seerExplorerAutofixLastTriggered",
        )  # fmt: skip
        return {
            **dict.fromkeys(nothing),
            "id": self.id,
            "shortId": self.short_id,
            "title": self.title,
            "culprit": self.culprit,
            "permalink": f"https://acme.sentry.example/issues/{self.id}/",
            "level": self.level,
            "status": self.status,
            "statusDetails": {},
            "substatus": self.substatus,
            "project": project,
            "platform": project["platform"],
            "type": "error",
            "issueType": "error",
            "issueCategory": self.category,
            "metadata": {"title": self.title},
            "numComments": 0,
            "annotations": [],
            "isPublic": False,
            "isBookmarked": False,
            "isSubscribed": False,
            "hasSeen": False,
            "isUnhandled": True,
        }


_DERIVED = {
    "blocker": "none",
    "progress": "new",
    "status": "open",
    "viewCount": 0,
    "hasOpenFixPr": False,
    "isAssigned": False,
    "hasRootCause": False,
    "lastCompletedAutofixStep": "none",
    "lastProgressedAt": None,
}


def _seen(events: list[Event], first: datetime) -> dict[str, Any]:
    """The count is a text there, and the first time is that of all time."""
    last = max((one.at for one in events), default=None)
    return {
        "count": str(len(events)),
        "userCount": len({one.user for one in events} - {""}),
        "firstSeen": written(first),
        "lastSeen": written(last) if last else None,
    }


def _release(event: Event) -> dict[str, Any] | None:
    if not event.release:
        return None
    return {
        "version": event.release,
        "shortVersion": event.release[:12],
        "dateCreated": written(event.at),
        "dateReleased": None,
        "ref": None,
        "url": None,
    }
