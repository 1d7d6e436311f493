"""`aws.secrets`: what the running task definition is told in secret, by name, and when that was last changed.

A task definition names parameters of SSM and secrets of Secrets Manager, which tell when they were changed
without telling what they hold (docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data,
read 2026-11). A task runs with what stood there when it started.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from activities.aws import ecs
from activities.aws.answers import Answer, Instant
from activities.aws.client import Aws
from activities.aws.task_definitions import SecretOfTask
from activities.contract import Reader
from activities.portable.secrets import SecretName, Secrets
from stanch.errors import Rejected
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_MANAGED = ":secretsmanager:"
_PARAMETER = ":parameter"
_PARTS_OF_AN_ARN = 7
"""Behind the name of a secret, `valueFrom` may say which key of it, and which version."""
_AT_ONCE = 50
_PAGES = 20


class KeptSecret(Answer):
    """What Secrets Manager tells of a secret."""

    last_changed_date: Instant | None = Field(default=None, alias="LastChangedDate")


class KeptParameter(Answer):
    """What SSM tells of a parameter."""

    name: str = Field(alias="Name")
    last_modified_date: Instant | None = Field(default=None, alias="LastModifiedDate")


class ReadSecrets(Reader[Aws]):
    """`aws.secrets`."""

    spec: ClassVar = ReadingSpec(
        name="aws.secrets",
        says="Secrets that the running task definition names, and when each was last changed; never a value",
        result=Secrets,
        of="aws",
        needs=(
            "ecs:DescribeServices",
            "ecs:DescribeTaskDefinition",
            "secretsmanager:DescribeSecret",
            "ssm:DescribeParameters",
        ),
        leaves_out=("outdated",),
    )

    async def read(self, look: Look) -> Secrets:
        """By what the definition names: nothing else is looked for."""
        target = look.the_target
        found = await ecs.service(self.vendor, target)
        definition = await ecs.task_definition(self.vendor, target, found.task_definition)
        named = [one for container in definition.container_definitions for one in container.secrets]
        managed = [one for one in named if _MANAGED in one.value_from]
        parameters = [one for one in named if _MANAGED not in one.value_from]
        changed, known = await asyncio.gather(
            asyncio.gather(*(self._changed_at(target, one) for one in managed)),
            self._parameters(target, [_name_of(one) for one in parameters]),
        )
        return Secrets.of(
            [
                *(SecretName(name=one.name, set_at=at) for one, at in zip(managed, changed, strict=True)),
                *(SecretName(name=one.name, set_at=known[_name_of(one)]) for one in parameters),
            ]
        )

    async def _changed_at(self, target: Target, one: SecretOfTask) -> datetime | None:
        arn = ":".join(one.value_from.split(":")[:_PARTS_OF_AN_ARN])
        answer = await self.vendor.call(target, "secretsmanager:DescribeSecret", SecretId=arn)
        return self.vendor.parse(KeptSecret, answer).last_changed_date

    async def _parameters(self, target: Target, names: Sequence[str]) -> dict[str, datetime | None]:
        """When each was changed; one that is not listed is said, for no task would start without it."""
        known: dict[str, datetime | None] = {}
        for at in range(0, len(names), _AT_ONCE):
            listed, _ = await self.vendor.pages(
                target,
                "ssm:DescribeParameters",
                "Parameters",
                most=_PAGES,
                ParameterFilters=[{"Key": "Name", "Values": names[at : at + _AT_ONCE]}],
            )
            found = (self.vendor.parse(KeptParameter, one) for one in listed)
            known |= {one.name: one.last_modified_date for one in found}
        missing = sorted({*names} - known.keys())
        if missing:
            raise Rejected("aws", f"the task definition names what SSM does not list: {', '.join(missing)}")
        return known


def _name_of(one: SecretOfTask) -> str:
    """`/api/token` of `arn:aws:ssm:eu-central-1:123456789012:parameter/api/token`, and of the name itself."""
    _, found, name = one.value_from.partition(_PARAMETER)
    if not found:
        return one.value_from
    return name if "/" in name[1:] else name.removeprefix("/")
