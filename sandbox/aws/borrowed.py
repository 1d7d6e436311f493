"""What moto plays: EC2's rules, log groups, metrics, alarms, parameters and who one is.

moto keeps everything in one place for the whole process, apart by account: each world has an account of its
own there. It is a dependency of development only; without it these calls say so.
"""

import itertools
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from starlette.responses import Response

from sandbox.aws.calls import AwsCall
from sandbox.aws.replies import RefusedError

SERVICES = {"cloudwatch", "ec2", "logs", "secretsmanager", "ssm", "sts"}
_ACCOUNTS = itertools.count(100_000_000_001)
_HEADER = "x-moto-account-id"
_MISSING = (
    "moto is not installed, and plays CloudWatch, EC2, logs and parameters here:"
    " pip install 'moto[server]', or make .venv/dev"
)

Seed = Callable[["Borrowed"], None]
_ASKING: ContextVar["Borrowed"] = ContextVar("the world whose own call this is")


class Borrowed:
    """One world's account at moto; what is put there waits until somebody calls."""

    def __init__(self) -> None:
        self.account = str(next(_ACCOUNTS))
        self._seeds: list[Seed] = []

    def put(self, seed: Seed) -> None:
        """Something is there from the first call on."""
        self._seeds.append(seed)

    def forget(self) -> None:
        """Nothing is there any more."""
        if "moto.backends" in sys.modules:
            for service in SERVICES:
                _backends(service).pop(self.account, None)
        self._seeds.clear()

    def answer(self, call: AwsCall) -> Response:
        """What moto says."""
        self.begin()
        status, headers, body = self._asked(call.headers, call.body)
        kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        return Response(body, status, kept)

    def lines(self, group: str, stream: str, events: Iterable[dict[str, Any]], region: str) -> None:
        """Log lines of any age: moto's own door takes only two weeks, by the wall's clock."""
        backend = _backends("logs")[self.account][region]
        if group not in backend.groups:
            backend.create_log_group(group, {})
        if stream not in backend.groups[group].streams:
            backend.create_log_stream(group, stream)
        backend.groups[group].put_log_events(stream, list(events))

    def changed(self, parameter: str, secret: str, at: datetime, region: str) -> None:
        """A parameter, and a secret of that ARN, changed last then: moto takes the wall's clock."""
        self.do("ssm", region, "put_parameter", Name=parameter, Value="of a parameter", Type="SecureString")
        name = secret.rpartition(":")[2]
        self.do("secretsmanager", region, "create_secret", Name=name, SecretString="of a secret")
        _backends("ssm")[self.account][region].get_parameter(parameter).last_modified_date = at.timestamp()
        kept = _backends("secretsmanager")[self.account][region].secrets[name]
        kept.arn, kept.last_changed_date = secret, at.timestamp()

    def secret(self, arn: str, text: str, region: str) -> None:
        """A secret of that ARN: moto would end it in letters of its own."""
        name = arn.rpartition(":")[2].rpartition("-")[0]
        backend = _backends("secretsmanager")[self.account][region]
        if name in backend.secrets:
            backend.secrets.pop(name)
        backend.create_secret(name, text, None, None, [], None, None, [], force_overwrite=False)
        backend.secrets[name].arn = arn

    def rules(self, group: str, port: int, peer: str, region: str) -> None:
        """A security group of that identifier, which lets somebody in at one port."""
        made = self.do("ec2", region, "create_security_group", GroupName=group, Description=group)["GroupId"]
        is_group = peer.startswith("sg-")
        who = {"UserIdGroupPairs": [{"GroupId": peer}]} if is_group else {"IpRanges": [{"CidrIp": peer}]}
        backend = _backends("ec2")[self.account][region]
        found = backend.get_security_group_from_id(made)
        found.id = found.group_id = group
        for known in backend.groups.values():
            if made in known:
                known[group] = known.pop(made)
        self.do(
            "ec2",
            region,
            "authorize_security_group_ingress",
            GroupId=group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **who}],
        )

    def do(self, service: str, region: str, operation: str, **given: Any) -> dict[str, Any]:
        """One call of the world's own, such as putting a parameter."""
        asking = _ASKING.set(self)
        try:
            found: dict[str, Any] = getattr(_client(service, region), operation)(**given)
        finally:
            _ASKING.reset(asking)
        return found

    def sent(self, request: Any, **_: Any) -> Any:
        """What moto says to a request of the world's own client."""
        from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - see the module

        headers = {name: _text(value) for name, value in request.headers.items()}
        status, said, body = self._asked(headers, request.body or b"")
        return AWSResponse(request.url, status, said, _Raw(body))

    def parameter(self, name: str, region: str) -> str | None:
        """What a parameter holds now; read where moto keeps it, since visitors ask at every request."""
        self.begin()
        found = _backends("ssm")[self.account][region].get_parameter(name)
        return str(found.value) if found else None

    def let_in(self, group: str, region: str) -> set[str]:
        """The security groups that this one lets in; read there for the same reason."""
        self.begin()
        found = _backends("ec2")[self.account][region].get_security_group_from_id(group)
        return {str(rule.source_group.get("GroupId", "")) for rule in found.ingress_rules}

    def begin(self) -> None:
        """Moto is loaded, and what waited is there."""
        _moto()
        seeds, self._seeds = self._seeds, []
        for seed in seeds:
            seed(self)

    def _asked(self, headers: Mapping[str, str], body: bytes | str) -> tuple[int, dict[str, str], bytes]:
        wsgi = import_module("werkzeug.test")
        sent = {**headers, _HEADER: self.account}
        environ = wsgi.EnvironBuilder(method="POST", path="/", headers=sent, data=body).get_environ()
        said, status, found = wsgi.run_wsgi_app(_moto(), environ)
        return int(status.split()[0]), dict(found), b"".join(said)


def _moto() -> Any:
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # it plays no machine here
    try:
        return _application(import_module("moto.moto_server.werkzeug_app"))
    except ModuleNotFoundError as error:
        raise RefusedError("NotImplemented", _MISSING, 501) from error


@cache
def _application(moto: Any) -> Any:
    """One for every world: each brings its account along."""
    return moto.DomainDispatcherApplication(moto.create_backend_app)


@cache
def _client(service: str, region: str) -> Any:
    """A client for every world: the vendor's descriptions take long to read."""
    import boto3  # noqa: PLC0415 - see the module

    session = boto3.session.Session("AKIASANDBOXWORLD0000", "of the world", region_name=region)
    session.events.register("before-send", lambda request, **_: _ASKING.get().sent(request))
    return session.client(service)


def _backends(service: str) -> Any:
    return import_module("moto.backends").get_backend(service)


class _Raw:
    """A body as botocore reads it from a connection."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterable[bytes]:
        yield self._body


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
