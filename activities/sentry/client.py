"""Sentry's web API, as far as Stanch uses it.

https://us.sentry.io/api/0, or de.sentry.io for an organization that keeps its data in Europe
(docs.sentry.io/api, read 2026-11). Pages are found by the `Link` header, which the last page has too; a limit
that was met is lifted at an instant that `X-Sentry-Rate-Limit-Reset` gives in seconds since 1970.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from activities.connection import Connection
from activities.http import Api, reset_after, retry_after
from activities.integration import Surroundings
from stanch.errors import ConfigError
from stanch.model.base import Written
from stanch.model.change import Target

PROVIDER = "sentry"
NEEDS = ("event:read",)
_REGIONS = ("us", "de")
_A_PAGE = 100
_PAGES = 5
_HITS = "x-hits"
"""How many there are in all, as far as Sentry counted."""
_LINK = re.compile(r'rel="next"[^,]*results="true"[^,]*cursor="([^"]+)"')

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*$", max_length=100)]


class SentryTarget(Written):
    """`also_on: [{provider: sentry, project: SLUG, organization: SLUG}]`; `environment` narrows it."""

    project: Slug
    organization: Slug
    environment: str = ""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Occurrences(_Answer):
    """How often and when, over some time."""

    count: int = 0
    first_seen: datetime | None = Field(default=None, alias="firstSeen")
    last_seen: datetime | None = Field(default=None, alias="lastSeen")


class Issue(Occurrences):
    """One issue; its own count is of the time that was asked for, `lifetime` of all time."""

    id: str
    short_id: str = Field(default="", alias="shortId")
    title: str = ""
    culprit: str | None = None
    level: str | None = None
    permalink: str | None = None
    substatus: str | None = None
    lifetime: Occurrences | None = None
    filtered: Occurrences | None = None
    """What the search leaves of it, where it leaves only a part, such as one release."""

    @property
    def events(self) -> int:
        """How many there were of what was asked for."""
        return (self.filtered or self).count

    @property
    def began_at(self) -> datetime | None:
        """When it was seen first of all."""
        return (self.lifetime.first_seen if self.lifetime else None) or self.first_seen

    @property
    def ended_at(self) -> datetime | None:
        """When it was seen last of what was asked for."""
        return (self.filtered.last_seen if self.filtered else None) or self.last_seen


class _Release(_Answer):
    version: str


class _Detail(_Answer):
    first_release: _Release | None = Field(default=None, alias="firstRelease")


class _Limited(Api):
    """Waits until the limit is lifted."""

    def _wait(self, headers: Mapping[str, str]) -> timedelta | None:
        return retry_after(headers) or reset_after(headers, "x-sentry-rate-limit-reset")


class Sentry:
    """One connection to Sentry for all of a worker's activities."""

    def __init__(self, api: Api) -> None:
        self.api = api

    @classmethod
    def connect(cls, around: Surroundings) -> "Sentry":
        """From the team's settings: `region`, or `base_url` where the team runs Sentry itself."""
        region = around.settings.fields.get("region", "us")
        if region not in _REGIONS:
            raise ConfigError(f"providers.sentry.region in stanch.yaml is one of {', '.join(_REGIONS)}")
        address = around.settings.base_url or f"https://{region}.sentry.io"
        connection = Connection(
            base_url=f"{address.rstrip('/')}/api/0/",
            headers={"Authorization": f"Bearer {around.token(PROVIDER)}"},
        )
        return cls(_Limited(PROVIDER, connection, around.redactor))

    async def issues(
        self, target: Target, query: str, since: datetime, until: datetime
    ) -> tuple[list[Issue], bool]:
        """What the search finds in that time, newest issues first, and whether this is all of it."""
        params: dict[str, Any] = {
            "project": target.name,
            "query": query,
            "start": _written(since),
            "end": _written(until),
            "sort": "new",
            "limit": _A_PAGE,
        }
        if target.at.get("environment"):
            params["environment"] = target.at["environment"]
        found: list[Issue] = []
        for _ in range(_PAGES):
            answer = await self.api.get(f"{_organization(target)}/issues/", params=params)
            found += [self.api.parse(Issue, line) for line in answer.data or []]
            following = _LINK.search(answer.headers.get("link", ""))
            if not following:
                return found, int(answer.headers.get(_HITS) or 0) <= len(found)
            params["cursor"] = following[1]
        return found, False

    async def first_release(self, target: Target, issue: Issue) -> str:
        """The release that the issue was seen in first; empty where the team tells Sentry of none."""
        path = f"{_organization(target)}/issues/{issue.id}/"
        answer = await self.api.get(path, params={"collapse": ["stats", "tags"]})
        release = self.api.parse(_Detail, answer.data).first_release
        return release.version if release else ""


def _organization(target: Target) -> str:
    return f"organizations/{target.at['organization']}"


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
