"""Who may reach which app at Heroku, and how often."""

import re
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from sandbox.answers import malformed
from sandbox.base import Door
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.keys import HerokuKey
from sandbox.heroku.refusals import POOL, refuse
from sandbox.heroku.world import HerokuWorld
from sandbox.keys import shown

_PER_MINUTE = 75
_ACCEPTED = re.compile(r"application/vnd\.heroku\+json; version=3(\.\w+)?")
_READ = ("GET", "HEAD")


@dataclass
class HerokuDoor(Door[HerokuWorld]):
    """Every call passes here before it reaches an app."""

    at: datetime | None = None

    def enter(self, request: Request, *, writes: bool = False) -> None:
        """The credential is one of Heroku's and may do this, and the version of the API is named."""
        if not _ACCEPTED.fullmatch(request.headers.get("accept", "")):
            raise malformed(request, "name the version of the API in Accept", 406)
        if shown(request) not in set(HerokuKey):
            raise refuse(401, "Invalid credentials provided.")
        if writes and shown(request) != HerokuKey.ALL:
            raise refuse(403, "The scope of this OAuth authorization does not allow access to this resource.")
        if writes and self.world.refuses_writes:
            raise self.world.refuses_writes
        self._count(request)

    def app(self, request: Request, *, reads: bool = False) -> HerokuApp:
        """The app that the path names by name or id, if the credential reaches it."""
        self.enter(request, writes=request.method not in _READ and not reads)
        if shown(request) == HerokuKey.ELSEWHERE:
            raise refuse(403, "You do not have access to the app.", resource="app")
        name = request.path_params["app"]
        found = next((one for one in self.world.apps.values() if name in (one.name, one.id)), None)
        if found is None:
            raise refuse(404, "Couldn't find that app.", resource="app")
        return found

    def _count(self, request: Request) -> None:
        """A pool of requests that fills up again, where the sandbox keeps limits; asking for it is free."""
        now = self.world.clock.now()
        if self.at:
            refilled = (now - self.at).total_seconds() * _PER_MINUTE / 60
            self.world.requests_left = min(POOL, self.world.requests_left + refilled)
        self.at = now
        if not self.world.sandbox.enforce_rate_limits or request.url.path.endswith("/rate-limits"):
            return
        if self.world.requests_left < 1:
            raise refuse(429, "Your account reached the API rate limit. Wait before making new requests.")
        self.world.requests_left -= 1
