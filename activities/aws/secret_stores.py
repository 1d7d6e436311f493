"""Where a task definition says that a secret is: a parameter of SSM, or a secret of Secrets Manager.

docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data, read 2026-11. A SecureString
that is overwritten without its key is encrypted with the account's own: the key is always named again.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from activities.aws.client import Aws
from stanch.errors import PolicyError, Rejected, Unavailable
from stanch.model.base import Frozen
from stanch.model.change import Change, Target
from stanch.rules import Rule

_OF_SECRETS = "secretsmanager"
_ARN_PARTS, _ARN_OF_A_SECRET = 6, 7
_CURRENT = {"", "AWSCURRENT"}
NEEDS = (
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "ssm:DescribeParameters",
    "ssm:GetParameter",
    "ssm:PutParameter",
    "kms:Decrypt",
    "kms:Encrypt",
)


class SecretPlace(Frozen):
    """A parameter by its name, or a secret by its ARN; `field` is a key of the JSON that it holds."""

    name: str
    region: str
    managed: bool
    """True of Secrets Manager."""
    field: str = ""

    def there(self, target: Target) -> Target:
        """The region that the place is in."""
        return target.model_copy(update={"at": {**target.at, "region": self.region}})


class Stored(Frozen):
    """What stands there: read, compared and never told."""

    value: str
    version: str
    changed_at: AwareDatetime
    whole: dict[str, Any] = Field(default_factory=dict)


def place_of(value_from: str, region: str) -> SecretPlace:
    """As a task definition writes it; a version that is pinned there is none that anybody could set."""
    parts = value_from.split(":")
    if len(parts) < _ARN_PARTS:
        return SecretPlace(name=value_from, region=region, managed=False)
    if parts[2] != _OF_SECRETS:
        tail = parts[5].removeprefix("parameter/")
        name = f"/{tail}" if "/" in tail else tail
        return SecretPlace(name=name, region=parts[3], managed=False)
    field, stage, version = (*parts[_ARN_OF_A_SECRET:], "", "", "")[:3]
    if stage not in _CURRENT or version:
        raise PolicyError(Rule.NOT_A_VARIABLE, f"{parts[6]} is pinned to a version in the task definition")
    return SecretPlace(name=":".join(parts[:_ARN_OF_A_SECRET]), region=parts[3], managed=True, field=field)


class SecretStores:
    """The two stores."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, target: Target, place: SecretPlace, version: str = "") -> Stored:
        """What stands there, or stood there in an earlier version."""
        read = self._managed if place.managed else self._parameter
        found = await read(place.there(target), place, version)
        self._aws.redactor.hide(found.value)
        return found

    async def write(self, change: Change, place: SecretPlace, value: str) -> None:
        """The next version."""
        where = place.there(change.target)
        if not place.managed:
            await self._aws.call(
                where,
                "ssm:PutParameter",
                Name=place.name,
                Value=value,
                Overwrite=True,
                **await self._kept(where, place.name),
            )
            return
        whole = (await self.read(change.target, place)).whole
        await self._aws.call(
            where,
            "secretsmanager:PutSecretValue",
            SecretId=place.name,
            SecretString=json.dumps({**whole, place.field: value}) if place.field else value,
            ClientRequestToken=_token(change),
        )

    async def _parameter(self, where: Target, place: SecretPlace, version: str) -> Stored:
        named = f"{place.name}:{version}" if version else place.name
        answer = await self._aws.call(where, "ssm:GetParameter", Name=named, WithDecryption=True)
        found = answer.get("Parameter") or {}
        if not {"Value", "Version", "LastModifiedDate"} <= found.keys():
            raise Unavailable("aws", f"{place.name} came without value and version")
        at: datetime = found["LastModifiedDate"]
        return Stored(value=str(found["Value"]), version=str(found["Version"]), changed_at=at)

    async def _managed(self, where: Target, place: SecretPlace, version: str) -> Stored:
        pinned = {"VersionId": version} if version else {}
        answer = await self._aws.call(where, "secretsmanager:GetSecretValue", SecretId=place.name, **pinned)
        if not {"SecretString", "VersionId", "CreatedDate"} <= answer.keys():
            raise Unavailable("aws", f"{place.name} came without value and version")
        text, at = str(answer["SecretString"]), answer["CreatedDate"]
        self._aws.redactor.hide(text)
        whole = _fields(place, text) if place.field else {}
        value = str(whole[place.field]) if place.field else text
        return Stored(value=value, version=str(answer["VersionId"]), changed_at=at, whole=whole)

    async def _kept(self, where: Target, name: str) -> dict[str, str]:
        """Kind and key of the parameter, which it keeps."""
        answer = await self._aws.call(
            where,
            "ssm:DescribeParameters",
            ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [name]}],
        )
        found = next(iter(answer.get("Parameters") or []), None)
        if found is None:
            raise Unavailable("aws", f"{name} is not listed, so that its key is not known")
        return {kept: found[kept] for kept in ("Type", "KeyId") if found.get(kept)}


def _fields(place: SecretPlace, text: str) -> dict[str, Any]:
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    if not isinstance(whole, dict) or place.field not in whole:
        raise Rejected("aws", f"{place.name} holds no JSON with {place.field}, as the task definition says")
    return whole


def _token(change: Change) -> str:
    """The same for every attempt: Secrets Manager makes one version of it."""
    return hashlib.sha256(f"{change.marker} {change.digest} {change.direction}".encode()).hexdigest()
