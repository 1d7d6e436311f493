"""Netlify's REST API, as far as Stanch uses it.

https://api.netlify.com/api/v1 (open-api.netlify.com 2.55.0, read 2026-11), with a personal access token. 500
requests a minute; a refusal for too many says when the minute ends in `X-RateLimit-Reset`, not in
`Retry-After`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from activities.connection import Connection
from activities.http import Api, reset_after
from activities.integration import Surroundings
from activities.netlify.answers import Deploy, Member, Site
from activities.team_secrets import TeamSecrets
from stanch.errors import PolicyError, Rejected, Unavailable
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.rules import Rule
from stanch.secrets import Redactor

NEEDS = ("personal access token of a member of the site's team",)
ADDRESS = "https://api.netlify.com/api/v1"
LOGS = "https://analytics.services.netlify.com"
"""Where Netlify's own command line reads functions' logs; not in the public description (2026-11)."""
_LISTED = 100
_UNSEEN = (
    "there is no site {} that this token may see: it is named otherwise, is another team's, or its team signs"
    " in by SAML and has not let the token in"
)
"""Netlify answers 404 to all of these (docs.netlify.com, "Get started with the API", read 2026-11)."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NetlifyTarget(Written):
    """`runs_on: {provider: netlify, site: NAME}`: its name, its id or its domain."""

    site: str


class NetlifyApi(Api):
    """Netlify's API, which says in a header of its own when it may be asked again."""

    def _error(self, response: httpx.Response) -> Exception:
        error = super()._error(response)
        # The header stands on every answer; only of this one it says when to come again.
        if isinstance(error, Unavailable) and response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            error.retry_after = error.retry_after or reset_after(response.headers, "x-ratelimit-reset")
        return error


@dataclass(frozen=True)
class Standing:
    """How production stands: the deploy visitors get, and the last of production, newest first."""

    site: Site
    current: Deploy
    deploys: tuple[Deploy, ...]
    as_of: datetime

    @property
    def under_way(self) -> Deploy | None:
        """Somebody's deploy that may go live any moment."""
        return next((one for one in self.deploys if one.is_under_way(self.as_of)), None)

    @property
    def newest(self) -> Deploy | None:
        """The deploy of production that was finished last, whether visitors got it or not."""
        return next((one for one in self.deploys if one.is_ready), None)

    @property
    def head(self) -> Deploy | None:
        """The deploy of production that was begun last, whatever came of it: a build is not older."""
        return next((one for one in self.deploys if one.commit_ref), None)

    @property
    def left(self) -> set[str]:
        """Deploys that somebody went back from: an older one was published after them."""
        left, latest = set(), None
        for one in reversed(self.deploys):
            if one.published_at is None:
                continue
            if latest and one.published_at < latest:
                left.add(one.id)
            latest = max(one.published_at, latest or one.published_at)
        return left

    @property
    def previous(self) -> Deploy | None:
        """The newest earlier deploy that served visitors and that nobody went back from."""
        return next(
            (
                one
                for one in self.deploys
                if one.can_be_gone_back_to and _is_before(one, self.current) and one.id not in self.left
            ),
            None,
        )

    def refuse_while_deploying(self) -> None:
        """Raise where somebody else's deploy is under way."""
        if self.under_way:
            raise PolicyError(
                Rule.DEPLOYMENT_IN_PROGRESS,
                f"{self.under_way.named} by {self.under_way.by or 'somebody'} is {self.under_way.state}",
            )


class Netlify:
    """One connection to Netlify for all of a worker's activities."""

    def __init__(self, api: Api, secrets: TeamSecrets, redactor: Redactor, logs: str = LOGS) -> None:
        self.api = api
        self.secrets = secrets
        self.redactor = redactor
        self.logs = logs

    @classmethod
    def connect(cls, around: Surroundings) -> "Netlify":
        """From the team's settings; with a `base_url` of theirs the logs are beside the API."""
        base = around.settings.base_url.rstrip("/")
        connection = Connection(
            base_url=f"{base or ADDRESS}/",
            headers={"Authorization": f"Bearer {around.token('netlify')}"},
        )
        door = NetlifyApi("netlify", connection, around.redactor)
        return cls(door, TeamSecrets(around), around.redactor, f"{base}/analytics" if base else LOGS)

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Read."""
        return (await self.api.get(path, params=dict(params or {}))).data

    async def site(self, target: Target, *, known: bool = False) -> Site:
        """The site as it is now; a bare name is the first part of its domain at Netlify.

        One that is `known` from planning is only late where it is not found.
        """
        name = target.name
        called = name if _ID.fullmatch(name) or "." in name else f"{name}.netlify.app"
        try:
            return self.api.parse(Site, await self.get(f"sites/{called}"))
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            raise _late(f"the site {name}") if known else Rejected("netlify", _UNSEEN.format(name)) from error

    async def live(self, target: Target, *, known: bool = False) -> tuple[Site, Deploy]:
        """The site and the deploy its visitors get."""
        site = await self.site(target, known=known)
        if site.published_deploy is None:
            text = f"{target.name} has published nothing yet"
            raise Unavailable("netlify", text, untouched=True) if known else Rejected("netlify", text)
        return site, site.published_deploy

    async def member(self) -> Member:
        """Whom the token belongs to; `/user` is what Netlify's own command line asks (2026-11)."""
        return self.api.parse(Member, await self.get("user"))

    async def deploy(self, deploy: str) -> Deploy:
        """One deploy that the site names: it is only late where it is not found."""
        try:
            return self.api.parse(Deploy, await self.get(f"deploys/{deploy}"))
        except Rejected as error:
            raise _late(f"the deploy {deploy}") if error.status == httpx.codes.NOT_FOUND else error from error

    async def deploys(self, site: str) -> tuple[Deploy, ...]:
        """The last hundred deploys of production, newest first."""
        asked = {"production": "true", "per_page": str(_LISTED)}
        listed = await self.get(f"sites/{site}/deploys", asked) or []
        found = [self.api.parse(Deploy, line) for line in listed]
        never = datetime.min.replace(tzinfo=UTC)
        of_production = [one for one in found if one.is_of_production]
        return tuple(sorted(of_production, key=lambda one: one.created_at or never, reverse=True))

    async def standing(self, target: Target, as_of: datetime) -> Standing:
        """Everything that planning and readings need to know of production."""
        site, published = await self.live(target)
        deploys = await self.deploys(site.id)
        # The site shows its published deploy in short; only by itself or in the list is it whole.
        current = next((one for one in deploys if one.id == published.id), None)
        return Standing(site, current or await self.deploy(published.id), deploys, as_of)

    async def restore(self, site: str, deploy: str) -> Deploy:
        """Visitors get this deploy: by name, never `rollback`, which goes one further back each time."""
        try:
            answer = await self.api.post(f"sites/{site}/deploys/{deploy}/restore")
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            await self.get(f"deploys/{deploy}")  # raises where it is gone
            raise _late(f"the deploy {deploy}") from error
        return self.api.parse(Deploy, answer.data or {"id": deploy})


def _late(what: str) -> Unavailable:
    """What was named a moment ago and is not found: Netlify is late (inferred), and is asked again."""
    return Unavailable("netlify", f"{what} is known and not found", untouched=True)


def _is_before(one: Deploy, other: Deploy) -> bool:
    return bool(one.created_at and other.created_at and one.created_at < other.created_at)
