"""Google's REST APIs behind Firebase, as far as Stanch uses them.

Each API has a host of its own, `https://NAME.googleapis.com` (cloud.google.com/apis/docs, read 2026-11); with
`base_url` they stand below it by the same names. Bearer token of a service account (`google_credentials`).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from activities.connection import Connection
from activities.firebase.answers import Function, OldFunction, Operation, Revision, Service
from activities.firebase.target import project_of, region_of
from activities.google_credentials import NOT_YET, GoogleCredentials
from activities.http import Api, HttpAnswer
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from stanch.errors import PolicyError, Rejected, Unauthorized, Unavailable
from stanch.model.change import Change, Target, Unit
from stanch.rules import Rule

LISTED = 50
_REMEMBERED = 200
OFF = "has not been used in project"
"""How Google says that an API is not switched on: with 403, as it says that somebody may not."""
RUN, FUNCTIONS, HOSTING = "run", "cloudfunctions", "firebasehosting"
REMOTE_CONFIG, LOGGING, APP_HOSTING = "firebaseremoteconfig", "logging", "firebaseapphosting"
_LEFT_BEHIND = timedelta(hours=2)
"""A build takes minutes, a stuck deployment stood for 45 to 60 (firebase-tools#10731, #9343, read 2026-11);
what is under way for longer than this has never ended (inferred)."""
RESOURCES, MONITORING, IMAGES = "cloudresourcemanager", "monitoring", "artifactregistry"
IAM, SECRETS = "iam", "secretmanager"


@dataclass(frozen=True)
class Standing:
    """How a service stands: its function if it is one's, and its last revisions, newest first."""

    service: Service
    revisions: tuple[Revision, ...]
    function: Function | None = None

    def deploying(self, as_of: datetime) -> str:
        """Somebody's deployment that is under way, in words; empty when none is, or it has never ended."""
        if (
            self.function
            and self.function.state == "DEPLOYING"
            and _may_end(self.function.update_time, as_of)
        ):
            return f"function {self.function.id} is being deployed"
        if self.service.moving and _may_end(self.service.update_time, as_of):
            return f"service {self.service.id} is being changed (newest is {self.service.latest_created})"
        return ""

    def stuck(self, as_of: datetime) -> int:
        """The generation of the service that Google never came to; 0 where it came to all, or may yet."""
        return self.service.generation if self.service.moving and not self.deploying(as_of) else 0

    def refuse_while_deploying(self, as_of: datetime) -> None:
        """Raise where somebody else's deployment is under way."""
        if said := self.deploying(as_of):
            raise PolicyError(Rule.DEPLOYMENT_IN_PROGRESS, said)


class Firebase:
    """One connection to Google for all of a worker's activities."""

    def __init__(
        self, api: Api, credentials: GoogleCredentials, around: Surroundings, base: str = ""
    ) -> None:
        self.api = api
        self.credentials = credentials
        self.redactor = around.redactor
        self.team_secrets = TeamSecrets(around)
        self._base = base
        self._operations: dict[str, tuple[str, str]] = {}

    @classmethod
    def connect(cls, around: Surroundings) -> "Firebase":
        """From the team's settings; nothing is asked of Google before it is needed."""
        # Google gives Remote Config's ETag only to who takes gzip (firebase.google.com/docs/reference/
        # remote-config/rest, read 2026-11).
        headers = {"Accept-Encoding": "gzip"}
        api = Api("firebase", Connection(headers=headers), around.redactor)
        base = around.settings.base_url.rstrip("/")
        return cls(api, GoogleCredentials.of(api, around, base), around, base)

    async def get(self, host: str, path: str, params: Mapping[str, Any] | None = None) -> HttpAnswer:
        """Read; a token that was refused is renewed once, for reading changes nothing."""
        return await self.ask("GET", host, path, params=params or {})

    async def ask(self, method: str, host: str, path: str, **options: Any) -> HttpAnswer:
        """A request that changes nothing, whatever its method."""
        token = await self.credentials.token()
        try:
            return await self._send(token, method, host, path, **options)
        except Unauthorized as error:
            if error.status != httpx.codes.UNAUTHORIZED:
                raise
            self.credentials.drop(token)
        return await self._send(await self.credentials.token(), method, host, path, **options)

    async def write(self, method: str, host: str, path: str, **options: Any) -> HttpAnswer:
        """A request that changes something: sent once."""
        token = await self.credentials.token()
        return await self._send(token, method, host, path, **options)

    async def _send(self, token: str, method: str, host: str, path: str, **options: Any) -> HttpAnswer:
        root = f"{self._base}/{host}" if self._base else f"https://{host}.googleapis.com"
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        try:
            return await self.api.send(method, f"{root}/{path}", headers=headers, **options)
        except Unauthorized as error:
            if error.status != httpx.codes.FORBIDDEN or OFF in str(error):
                raise
            said = str(error).removeprefix("firebase: ")
            raise Unauthorized("firebase", f"{said}; {NOT_YET}", error.status) from error

    async def function(self, target: Target) -> Function:
        """The target's function, of either generation."""
        answer = await self.get(FUNCTIONS, f"v2/{_function(target)}")
        return self.api.parse(Function, answer.data)

    async def old_function(self, target: Target) -> OldFunction:
        """The target's 1st-generation function."""
        answer = await self.get(FUNCTIONS, f"v1/{_function(target)}")
        return self.api.parse(OldFunction, answer.data)

    async def found(self, target: Target) -> tuple[Function | None, str]:
        """The target's function, if it is one, and its service by full name; a 1st generation has none."""
        if target.at.get("service"):
            return None, f"{_place(target)}/services/{target.at['service']}"
        if not target.at.get("function"):
            raise PolicyError(Rule.NOT_THERE, f"{target.name} names no function; write function: or service:")
        function = await self.function(target)
        if not function.first_generation and not function.service:
            raise Rejected("firebase", f"{function.id} is {function.state}: it has no Cloud Run service")
        return function, "" if function.first_generation else function.service

    async def standing(self, target: Target, not_offered: str) -> Standing:
        """Everything that planning needs; a 1st-generation function is refused with what to do instead."""
        function, service = await self.found(target)
        if function and function.first_generation:
            raise PolicyError(Rule.NOT_OFFERED, f"{function.id} is a 1st-generation function: {not_offered}")
        return await self.standing_of(service, function)

    async def standing_of(self, name: str, function: Function | None) -> Standing:
        """A service with its last revisions."""
        service, revisions = await asyncio.gather(self.service(name), self.revisions(name))
        return Standing(service, revisions, function)

    async def service(self, name: str) -> Service:
        """A Cloud Run service as it is now; none is without containers, and a template is sent back whole."""
        found = self.api.parse(Service, (await self.get(RUN, f"v2/{name}")).data)
        if not found.template.get("containers"):
            raise Unavailable("firebase", f"{found.id} was answered without its containers", untouched=True)
        return found

    async def revisions(self, service: str) -> tuple[Revision, ...]:
        """The last fifty revisions, newest first."""
        answer = await self.get(RUN, f"v2/{service}/revisions", {"pageSize": LISTED})
        found = [self.api.parse(Revision, one) for one in (answer.data or {}).get("revisions") or []]
        return tuple(sorted(found, key=lambda one: (one.create_time, one.id), reverse=True)[:LISTED])

    def begun(self, change: Change, unit: Unit, host: str, answer: HttpAnswer) -> None:
        """Keep in mind what Google does for a change, so that the survey can ask what became of it."""
        operation = self.api.parse(Operation, answer.data or {})
        while len(self._operations) >= _REMEMBERED:
            del self._operations[next(iter(self._operations))]
        self._operations[_mine(change, unit)] = (host, operation.name)

    async def refuse_failed(self, change: Change, unit: Unit) -> None:
        """Raise where what we asked of Google failed; only for what is not reached.

        An operation also fails when something else of the service is broken; what stands there counts.
        """
        host, name = self._operations.get(_mine(change, unit), ("", ""))
        if not name:
            return
        operation = await self._operation(host, f"v2/{name}")
        if operation.done or operation.error:
            del self._operations[_mine(change, unit)]
        if operation.failure:
            said = self.api.clean(operation.failure)
            raise Rejected("firebase", f"{unit.id} of {change.target.name} to {unit.to}: {said}")

    async def _operation(self, host: str, path: str) -> Operation:
        """Google forgets operations after a while; one that it forgot is over."""
        try:
            return self.api.parse(Operation, (await self.get(host, path)).data)
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return Operation(done=True)
            raise


def _may_end(since: datetime | None, as_of: datetime) -> bool:
    return since is None or as_of - since < _LEFT_BEHIND


def _mine(change: Change, unit: Unit) -> str:
    return f"{change.target.key} {change.verb} {change.marker} {unit.id}"


def _place(target: Target) -> str:
    return f"projects/{project_of(target)}/locations/{region_of(target)}"


def _function(target: Target) -> str:
    return f"{_place(target)}/functions/{target.at['function']}"
