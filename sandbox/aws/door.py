"""Every call to AWS passes here: who signed it, whether they may, how often, and who answers."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from sandbox.answers import MalformedError
from sandbox.aws import calls, replies
from sandbox.aws.appconfig import AppConfig
from sandbox.aws.autoscaling import AutoScaling
from sandbox.aws.borrowed import SERVICES
from sandbox.aws.calls import AwsCall
from sandbox.aws.cloudfront import CloudFront
from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.ecs import Ecs, Operation
from sandbox.aws.ecs_tasks import EcsTasks
from sandbox.aws.elasticache import ElastiCache
from sandbox.aws.keys import AwsKey, known
from sandbox.aws.listings import EcsLists, LoadBalancing
from sandbox.aws.rds import Rds
from sandbox.aws.replies import RefusedError
from sandbox.aws.world import AwsWorld
from sandbox.base import BODY, Door

_GOOD = 300
_KEEPING, _SECURE, _LONG_AGO = {"secretsmanager", "ssm"}, "SecureString", timedelta(days=9)
_KEYS = re.compile("<AccessKeyId>([A-Z0-9]+)</AccessKeyId>")
_STATUS = {"StartDeployment": 201, "StopDeployment": 202}
_LENT = {
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "ec2:DescribeSecurityGroupRules",
    "logs:FilterLogEvents",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "ssm:DescribeParameters",
    "ssm:GetParameter",
    "ssm:PutParameter",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
}
"""What of moto is let through: calls that Stanch makes."""


@dataclass
class Bucket:
    """Calls that are still allowed: `burst` at once, refilled `per_second`."""

    at: datetime
    per_second: float = 10
    burst: float = 20
    left: float = 20

    def take(self, now: datetime) -> bool:
        """Whether one more call is allowed now."""
        self.left = min(self.burst, self.left + (now - self.at).total_seconds() * self.per_second)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class AwsDoor(Door[AwsWorld]):
    """The one endpoint of all services."""

    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _assumed: set[str] = field(default_factory=set)
    """Access key ids that were given to whoever assumed a role."""

    def __post_init__(self) -> None:
        world = self.world
        appconfig, parts = AppConfig(world), (Ecs(world), EcsTasks(world), EcsLists(world))
        shown = CloudWatch(world)
        self._shown = {"cloudwatch:GetMetricData": shown.metrics, "logs:FilterLogEvents": shown.logs}
        self._operations: dict[str, dict[str, Operation]] = {
            "ecs": {name: one for part in parts for name, one in part.operations().items()},
            "elasticloadbalancing": LoadBalancing(world).operations(),
            "application-autoscaling": AutoScaling(world).operations(),
            "rds": Rds(world).operations(),
            "elasticache": ElastiCache(world).operations(),
            "appconfig": appconfig.operations(),
        }
        self._whole: dict[str, Callable[[AwsCall], Response]] = {
            "appconfig:GetHostedConfigurationVersion": appconfig.content,
            "appconfig:CreateHostedConfigurationVersion": appconfig.create,
            **CloudFront(world).operations(),
        }

    async def answer(self, request: Request) -> Response:
        """The answer, or the refusal in the service's own words."""
        call = calls.read({**request.scope, BODY: await request.body()})
        try:
            self._enter(call)
            return self._answered(call)
        except RefusedError as error:
            return replies.refusal(call, error)
        except KeyError as error:
            text = f"1 validation error detected: Value at '{error.args[0]}' failed to satisfy constraint"
            raise MalformedError(400, replies.shape(call, "ValidationException", text)) from error

    def _enter(self, call: AwsCall) -> None:
        key = AwsKey.ALL if call.identity in self._assumed else known(call.identity)
        if key is None:
            raise replies.unknown_key(call)
        if key is AwsKey.ELSEWHERE or (key is AwsKey.READ_ONLY and call.is_write):
            raise replies.denied(call, key.name.lower())
        if self.world.sandbox.enforce_rate_limits:
            now = self.world.clock.now()
            if not self._buckets.setdefault(call.service, Bucket(now)).take(now):
                raise RefusedError("ThrottlingException", "Rate exceeded")

    def _answered(self, call: AwsCall) -> Response:
        if call.action in self._whole:
            return self._whole[call.action](call)
        if call.service in SERVICES and call.action in _LENT:
            return self._borrowed(call)
        operation = self._operations.get(call.service, {}).get(call.operation)
        if operation is None:
            text = f"{call.action or 'this'} is not played here"
            raise MalformedError(400, replies.shape(call, "UnknownOperationException", text))
        return replies.answer(call, operation(call), _STATUS.get(call.operation, 200))

    def _borrowed(self, call: AwsCall) -> Response:
        borrowed = self.world.borrowed
        if call.action in self._shown:
            return self._shown[call.action](call)
        if call.operation == "AssumeRole":
            said = borrowed.answer(call)
            self._assumed |= set(_KEYS.findall(bytes(said.body).decode()))
            return said
        if call.service in _KEEPING and not call.is_write:
            return self._dated(call, borrowed.answer(call))
        if call.operation == "PutSecretValue" or call.given.get("Type") == _SECURE:
            return self._kept(call, borrowed.answer(call))
        if call.operation != "PutParameter":
            return borrowed.answer(call)
        was = borrowed.parameter(call.given["Name"], call.region)
        said = borrowed.answer(call)
        if said.status_code < _GOOD and was != call.given["Value"]:
            self.world.ledger.record("aws.put_parameter", call.given["Name"], was=was, to=call.given["Value"])
        return said

    def _kept(self, call: AwsCall, said: Response) -> Response:
        """A secret's next version: what it is stands in no record."""
        name = call.given.get("SecretId") or call.given["Name"]
        if said.status_code < _GOOD:
            self.world.stored[name] = self.world.clock.now()
            self.world.held[name] = call.given.get("SecretString") or call.given.get("Value", "")
            self.world.ledger.record("aws.put_secret", name)
        return said

    def _dated(self, call: AwsCall, said: Response) -> Response:
        """The same answer by this world's clock: moto knows only the wall's."""
        body = json.loads(bytes(said.body) or b"{}")
        name = str(call.given.get("SecretId") or call.given.get("Name") or "").partition("#")[0]
        at = self.world.stored.get(name, self.world.clock.now() - _LONG_AGO).timestamp()
        if "CreatedDate" in body:
            body["CreatedDate"] = at
        elif "LastModifiedDate" in body.get("Parameter", {}):
            body["Parameter"]["LastModifiedDate"] = at
        return Response(json.dumps(body), said.status_code, media_type="application/x-amz-json-1.1")
