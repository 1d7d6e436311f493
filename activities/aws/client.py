"""AWS's APIs by boto3, as far as Stanch uses them: one call, by the name that IAM has for it.

boto3 blocks, so every call runs in a thread. It never retries here: Temporal does, between attempts.
Service models are botocore's own (1.44, 2026-11); there is no other specification.
"""

import asyncio
import contextvars
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from activities.aws.access import Access
from activities.aws.failures import Heard, NonsenseError, translated
from activities.integration import Surroundings
from activities.permit import may_still_write
from activities.team_secrets import TeamSecrets
from stanch.errors import ConfigError, Rejected
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.model.team import Provider
from stanch.secrets import Redactor

THREADS = 50
"""As many as a worker has activities at once: none waits for another's thread."""
_CONNECT, _READ = 5, 10
_GOOD = 300
_TOKENS = ("nextToken", "NextToken", "Marker")
_CALLED = {"elasticloadbalancing": "elbv2"}
"""Services that boto3 calls otherwise than IAM."""
_IN_JSON = {"json", "rest-json"}

M = TypeVar("M", bound=BaseModel)


class AwsTarget(Written):
    """`runs_on: {provider: aws, service: NAME}`: a service of ECS, in a cluster and a region."""

    service: str
    cluster: str = "default"
    region: str = ""
    distribution: str = ""
    """Of CloudFront, in front of it."""


def cluster_of(target: Target) -> str:
    """The cluster that the target's service runs in."""
    return target.at.get("cluster") or "default"


class Aws:
    """One connection to AWS for all of a worker's activities; nothing is loaded before the first call."""

    def __init__(
        self, access: Access, redactor: Redactor, endpoint: str = "", secrets: TeamSecrets | None = None
    ) -> None:
        self.access = access
        self.team_secrets = secrets or TeamSecrets(Surroundings(Provider(), redactor))
        self.threads = ThreadPoolExecutor(THREADS, "aws")
        self._redactor = redactor
        self._endpoint = endpoint.rstrip("/") or None
        self._making = threading.Lock()
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._thread = threading.local()

    @classmethod
    def connect(cls, around: Surroundings) -> "Aws":
        """From the team's settings; `base_url` replaces every service's address."""
        return cls(Access.of(around), around.redactor, around.settings.base_url, TeamSecrets(around))

    async def call(self, target: Target, action: str, **asked: Any) -> dict[str, Any]:
        """One request where the target is; `action` is `ecs:UpdateService`, as IAM writes it."""
        work = partial(self._call, target.at.get("region", ""), action, asked)
        within = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self.threads, within.run, work)

    async def pages(
        self, target: Target, action: str, items: str, *, most: int = 10, **asked: Any
    ) -> tuple[list[Any], bool]:
        """What `most` pages hold of a list, and whether that was all of it."""
        found: list[Any] = []
        for _ in range(most):
            answer = await self.call(target, action, **asked)
            found += answer.get(items) or []
            following = {name: answer[name] for name in _TOKENS if answer.get(name)}
            if not following:
                return found, True
            asked |= following
        return found, False

    def clean(self, text: str) -> str:
        """What AWS said, without any secret in it."""
        return self._redactor.clean(text)

    @property
    def redactor(self) -> Redactor:
        """What keeps secrets out of log lines."""
        return self._redactor

    def parse(self, model: type[M], data: Any) -> M:
        """An answer as a model; a shape that AWS did not document is `Rejected`, naming the field."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the answer"
            raise Rejected("aws", f"answered in an unknown shape: {where}: {first['msg']}") from error

    def _call(self, region: str, action: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        from botocore import xform_name  # noqa: PLC0415 - a worker that never calls AWS does not load it
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - the same
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 - the same

        service, _, operation = action.partition(":")
        self._thread.heard = Heard()
        try:
            answer = getattr(self._client(service, region), xform_name(operation))(**asked)
            return {name: _read(value) for name, value in answer.items() if name != "ResponseMetadata"}
        except (BotoCoreError, ClientError, ResponseParserError, NonsenseError) as error:
            heard = self._thread.heard
            # What botocore raises repeats whole answers, and with them whatever AWS repeated.
            raise translated(action, error, heard, self._redactor) from None

    def _client(self, service: str, region: str) -> Any:
        with self._making:
            session = self._begun()
            self.access.hide(session)
            if (service, region) not in self._clients:
                self._clients[service, region] = self._made(session, service, region)
            return self._clients[service, region]

    def _begun(self) -> Any:
        if self._session is None:
            self._session = self.access.assumed(self.access.session(), self._endpoint)
            self._session.events.register("before-parse", self._hear)
            self._session.events.register("before-send", _leave)
        return self._session

    def _made(self, session: Any, service: str, region: str) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - as above

        if not (region or session.region_name):
            raise ConfigError("no region: write runs_on: {region: ...} or providers: {aws: {region: ...}}")
        options = Config(
            connect_timeout=_CONNECT,
            read_timeout=_READ,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=THREADS,
            user_agent_extra="stanch",
        )
        return session.client(
            _CALLED.get(service, service),
            region_name=region or None,
            endpoint_url=self._endpoint,
            config=options,
        )

    def _hear(self, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        """Keeps the answer as it came, and stops at a good one that is none: botocore reads it as empty."""
        body = response_dict["body"] if isinstance(response_dict["body"], bytes) else b""
        status = int(response_dict["status_code"])
        self._thread.heard = Heard(status, response_dict["headers"], body)
        in_json = operation_model.service_model.resolved_protocol in _IN_JSON
        if status < _GOOD and body.strip() and in_json and not _is_payload(operation_model):
            try:
                json.loads(body)
            except ValueError as error:
                raise NonsenseError from error


def _leave(**_: Any) -> None:
    """Botocore sends what it has signed now; an exception stops it."""
    may_still_write("aws")


def _is_payload(operation: Any) -> bool:
    """Whether the answer's body is the thing itself, such as a configuration."""
    shape = operation.output_shape
    return shape is not None and "payload" in shape.serialization


def _read(value: Any) -> Any:
    return value.read() if hasattr(value, "read") else value
