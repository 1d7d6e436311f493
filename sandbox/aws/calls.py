"""What a request to AWS asks: services differ by the signature, operations by header, body or path."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from sandbox.base import BODY

PREFIX = "/aws"
_SIGNED = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_SIGNED_AS = {"monitoring": "cloudwatch"}
_IN_XML = {"rds", "elasticache", "ec2", "sts", "cloudfront", "elasticloadbalancing"}
_READS = ("Describe", "List", "Get", "Filter", "Assume")
_APPLICATIONS = r"^/applications"
_PROFILE = _APPLICATIONS + r"/(?P<ApplicationId>\w+)/configurationprofiles"
_VERSIONS = _PROFILE + r"/(?P<ConfigurationProfileId>\w+)/hostedconfigurationversions"
_ENVIRONMENTS = _APPLICATIONS + r"/(?P<ApplicationId>\w+)/environments"
_DEPLOYMENTS = _ENVIRONMENTS + r"/(?P<EnvironmentId>\w+)/deployments"
_INVALIDATIONS = r"^/2020-05-31/distribution/(?P<DistributionId>\w+)/invalidation"
_BY_PATH = {
    ("POST", _INVALIDATIONS + "$"): "CreateInvalidation",
    ("GET", _INVALIDATIONS + "$"): "ListInvalidations",
    ("GET", _INVALIDATIONS + r"/(?P<Id>\w+)$"): "GetInvalidation",
    ("GET", r"^/deploymentstrategies/(?P<DeploymentStrategyId>[\w.]+)$"): "GetDeploymentStrategy",
    ("GET", _APPLICATIONS + "$"): "ListApplications",
    ("GET", _PROFILE + "$"): "ListConfigurationProfiles",
    ("GET", _ENVIRONMENTS + "$"): "ListEnvironments",
    ("GET", _VERSIONS + "$"): "ListHostedConfigurationVersions",
    ("POST", _VERSIONS + "$"): "CreateHostedConfigurationVersion",
    ("GET", _VERSIONS + r"/(?P<VersionNumber>\d+)$"): "GetHostedConfigurationVersion",
    ("GET", _DEPLOYMENTS + "$"): "ListDeployments",
    ("POST", _DEPLOYMENTS + "$"): "StartDeployment",
    ("DELETE", _DEPLOYMENTS + r"/(?P<DeploymentNumber>\d+)$"): "StopDeployment",
}


@dataclass(frozen=True)
class AwsCall:
    """One request, understood."""

    service: str
    operation: str
    identity: str = ""
    """The access key id that it is signed with."""
    region: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def action(self) -> str:
        """`ecs:UpdateService`."""
        return f"{self.service}:{self.operation}"

    @property
    def is_write(self) -> bool:
        """By the operation's name; AWS reads by POST."""
        return not self.operation.startswith(_READS)

    @property
    def in_xml(self) -> bool:
        """Whether the service answers in XML."""
        return self.service in _IN_XML


def read(scope: Scope) -> AwsCall:
    """The call behind a request; whatever is not told stays empty."""
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    signed = _SIGNED.search(headers.get("authorization", ""))
    identity, region, service = signed.groups() if signed else ("", "", "")
    service = _SIGNED_AS.get(service, service)
    body: bytes = scope.get(BODY, b"")
    operation, given = _asked(scope, headers, body)
    return AwsCall(service, operation, identity, region, given, headers, body)


def _asked(scope: Scope, headers: dict[str, str], body: bytes) -> tuple[str, dict[str, Any]]:
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2], json.loads(body or b"{}")
    path, query = scope["path"].removeprefix(PREFIX), dict(parse_qsl(scope["query_string"].decode()))
    for (method, shape), operation in _BY_PATH.items():
        found = re.match(shape, path) if method == scope["method"] else None
        if found:
            return operation, {**query, **found.groupdict()}
    form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return form.pop("Action", ""), form


def named(scope: Scope) -> str:
    """`/aws/ecs/UpdateService`."""
    call = read(scope)
    return f"{PREFIX}/{call.service or 'unsigned'}/{call.operation or 'unknown'}"


def is_write(scope: Scope) -> bool:
    """Whether the call may change something."""
    return read(scope).is_write


def members(given: dict[str, Any], name: str) -> list[str]:
    """The items of a list in a form: `CacheNodeIdsToReboot.CacheNodeId.1` and on."""
    found = {key: value for key, value in given.items() if key.startswith(f"{name}.")}
    return [found[key] for key in sorted(found, key=lambda key: int(key.rpartition(".")[2]))]
