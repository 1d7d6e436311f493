"""Heroku's Platform API, as far as Stanch uses it.

https://api.heroku.com, version 3 (devcenter.heroku.com/articles/platform-api-reference and its JSON schema,
read 2026-11). Bearer token; config vars and releases need the protected scopes. Databases have a host of
their own, https://api.data.heroku.com, whose paths the Heroku CLI shows.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeVar

import httpx
from pydantic import BaseModel

from activities.connection import Connection
from activities.heroku.answers import AddOn, App, Dyno, Feature, Formation, LogSession, Release
from activities.heroku.config import ConfigVars
from activities.heroku.history import with_code
from activities.heroku.platform import Platform
from activities.http import Api, HttpAnswer
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from stanch.errors import ProviderError, Rejected, Unavailable
from stanch.model.base import Written
from stanch.model.change import Target

PLATFORM = "https://api.heroku.com"
DATA = "https://api.data.heroku.com"
READS = ("read-protected",)
NEEDS = ("write-protected", "read-protected")
RING = 1500
"""Lines that Heroku keeps of an app's log (2026-11)."""
_PAGE = 100
_MOST_RELEASES = 500
_PHASE = "release"
"""The process type of release phases, which stand among the dynos while they run."""
_DATE = len("Sat, 21 Nov 2026 03:00:00 GMT")
_ACCEPT = {
    "cedar": "application/vnd.heroku+json; version=3",
    "fir": "application/vnd.heroku+json; version=3.sdk",
}

M = TypeVar("M", bound=BaseModel)


class HerokuTarget(Written):
    """`runs_on: {provider: heroku, app: NAME}`; `process_type` narrows it to one, such as `web`."""

    app: str
    process_type: str = ""
    generation: Literal["cedar", "fir"] = "cedar"


class _Lines(Api):
    """A host whose answers are plain text."""

    def _json(self, response: httpx.Response) -> Any:
        return response.text


@dataclass(frozen=True)
class Fleet:
    """How an app stands: its releases, newest first, and what runs."""

    releases: list[Release]
    formation: list[Formation]
    every: list[Dyno]
    prebooting_at: datetime | None = None
    """Heroku's own time, where its routers leave the dynos of before late; None where that is not asked."""

    @property
    def dynos(self) -> list[Dyno]:
        """The dynos of the formation; one-off, scheduled and release phase's dynos are somebody's own."""
        types = {one.type for one in self.formation} - {_PHASE}
        return [dyno for dyno in self.every if dyno.type in types]

    @property
    def phase(self) -> str:
        """The name of the dyno that runs a release phase; empty where none is listed."""
        return next((dyno.name for dyno in self.every if dyno.type == _PHASE), "")

    def quantity(self, process_type: str) -> int:
        """How many dynos of that type there shall be."""
        return sum(one.quantity for one in self.formation if one.type == process_type)


class Heroku:
    """One connection to Heroku for all of a worker's activities."""

    def __init__(self, api: Api, around: Surroundings, connection: Connection) -> None:
        self.api = api
        self.redactor = around.redactor
        self.secrets = TeamSecrets(around)
        self._lines = _Lines("heroku", connection, around.redactor)
        self._key = around.fingerprint_key
        self._token = around.token("heroku")
        base = around.settings.base_url
        self._data = (around.settings.fields.get("data_url") or base or DATA).rstrip("/")

    @classmethod
    def connect(cls, around: Surroundings) -> "Heroku":
        """From the team's settings; `base_url` replaces both addresses, `data_url` only the databases'.

        The token is no header of the client's: lines of the log come from a host that must not see it.
        """
        connection = Connection(base_url=f"{(around.settings.base_url or PLATFORM).rstrip('/')}/")
        return cls(Platform("heroku", connection, around.redactor), around, connection)

    async def call(
        self, method: str, target: Target, path: str = "", json: Any = None, **headers: str
    ) -> HttpAnswer:
        """One request about the target's app; with no name, about all that the token reaches."""
        return await self._send(method, target, f"apps/{target.name}{path}".rstrip("/"), json, **headers)

    async def apps(self) -> list[App]:
        """Every app that the token reaches."""
        return await self._every(App, Target(provider="heroku", name=""), "")

    async def app(self, target: Target) -> App:
        """The app as it is now."""
        return self.api.parse(App, (await self.call("GET", target)).data)

    async def releases(self, target: Target, enough: Callable[[list[Release]], bool] = bool) -> list[Release]:
        """Releases, newest first, page after page until there are enough of them, or five hundred."""
        found: list[Release] = []
        wanted = f"version ..; order=desc,max={_PAGE}"
        while wanted and len(found) < _MOST_RELEASES:
            page, wanted = await self._page(Release, target, "/releases", wanted)
            found = with_code([*found, *page])
            if not page or enough(found):
                break
        return found

    async def release(self, target: Target, version: int) -> Release | None:
        """One release by its number; None where there is none."""
        try:
            answer = await self.call("GET", target, f"/releases/{version}")
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return self.api.parse(Release, answer.data)

    async def dynos(self, target: Target) -> list[Dyno]:
        """Every dyno of the app."""
        return await self._every(Dyno, target, "/dynos")

    async def formation(self, target: Target) -> list[Formation]:
        """The process types of the app."""
        return await self._every(Formation, target, "/formation")

    async def add_ons(self, target: Target) -> list[AddOn]:
        """The add-ons of the app."""
        return await self._every(AddOn, target, "/addons")

    async def fleet(self, target: Target, *, preboot: bool = False) -> Fleet:
        """Releases, formation and dynos together."""
        releases, formation, dynos = await asyncio.gather(
            self.releases(target), self.formation(target), self.dynos(target)
        )
        if not releases:
            raise Rejected("heroku", f"{target.name} has no release")
        return Fleet(releases, formation, dynos, await self.prebooting_at(target) if preboot else None)

    async def prebooting_at(self, target: Target) -> datetime | None:
        """Heroku's own time, where preboot is on; None where it is off, or Heroku knows no such feature."""
        try:
            answer = await self.call("GET", target, "/features/preboot")
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return _time_of(answer) if self.api.parse(Feature, answer.data).enabled else None

    async def config(self, target: Target, release: str = "") -> ConfigVars:
        """The config vars of now, or of one release."""
        path = f"/releases/{release}/config-vars" if release else "/config-vars"
        data = (await self.call("GET", target, path)).data
        if not isinstance(data, dict):
            raise Rejected("heroku", f"config vars of {target.name}: answered in an unknown shape")
        return ConfigVars(data, self._key)

    async def set_config(self, target: Target, values: Mapping[str, str | None]) -> None:
        """Sets these config vars; None takes one away. The answer holds every secret and is dropped."""
        await self.call("PATCH", target, "/config-vars", dict(values))

    async def reset_connections(self, target: Target, add_on: str) -> None:
        """Every connection to this database ends."""
        await self._send("POST", target, f"{self._data}/client/v11/databases/{add_on}/connection_reset", {})

    async def log(self, target: Target) -> str:
        """All that Heroku keeps of the app's log; filters would only thin out the same last lines."""
        wanted = {"lines": RING, "tail": False}
        answer = await self.call("POST", target, "/log-sessions", wanted)
        return await self.lines(self.api.parse(LogSession, answer.data).logplex_url)

    async def lines(self, address: str) -> str:
        """The text at an address that is itself the permission to read it, and stays out of every text."""
        try:
            return str((await self._lines.get(address)).data)
        except Rejected as error:
            text = f"the lines were refused with {error.status}"
            raise type(error)("heroku", text, error.status) from None
        except Unavailable as error:
            raise Unavailable("heroku", "the lines were not sent", error.retry_after) from None
        except ProviderError as error:
            raise type(error)("heroku", "the lines were not sent") from None

    async def _every(self, model: type[M], target: Target, path: str) -> list[M]:
        found: list[M] = []
        wanted = ""
        while True:
            page, wanted = await self._page(model, target, path, wanted)
            found += page
            if not wanted:
                return found

    async def _page(self, model: type[M], target: Target, path: str, wanted: str) -> tuple[list[M], str]:
        answer = await self.call("GET", target, path, **({"Range": wanted} if wanted else {}))
        if not isinstance(answer.data, list):
            raise Rejected("heroku", f"{path} of {target.name}: answered in an unknown shape")
        return [self.api.parse(model, one) for one in answer.data], answer.headers.get("next-range", "")

    async def _send(self, method: str, target: Target, path: str, json: Any, **headers: str) -> HttpAnswer:
        sent = {
            "Authorization": f"Bearer {self._token}",
            "Accept": _ACCEPT[target.at.get("generation") or "cedar"],
            **headers,
        }
        body = {} if json is None else {"json": json}
        return await self.api.send(method, path, headers=sent, **body)


def _time_of(answer: HttpAnswer) -> datetime:
    """When Heroku said so, by its own clock; a proxy may have put a date of its own before it."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")[-_DATE:])
    except ValueError:
        return datetime.now(UTC)
