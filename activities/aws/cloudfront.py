"""Invalidations of a CloudFront distribution, found again by who asked for them.

A list tells identifiers and states only; an invalidation shown alone tells its caller reference
(botocore 1.44, cloudfront 2020-05-31). Lists begin with the newest
(docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListInvalidations, read 2026-11).
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from activities.aws.client import Aws
from stanch.errors import Rejected
from stanch.model.change import Target

COMPLETED = "Completed"
_PAGES = 5
"""Of a hundred each: nobody asks for more while a change is approved and made."""


class Batch(BaseModel):
    """What was asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    reference: str = Field(default="", alias="CallerReference")


class Invalidation(BaseModel):
    """One invalidation; a list leaves its batch out."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str = Field(alias="Id")
    status: str = Field(default="", alias="Status")
    batch: Batch = Field(default=Batch(), alias="InvalidationBatch")


async def newest(aws: Aws, target: Target, distribution: str) -> str:
    """The last invalidation that there was; empty where there was none."""
    found = await _page(aws, target, distribution)
    return aws.parse(Invalidation, found["Items"][0]).id if found.get("Items") else ""


async def asked_for(
    aws: Aws, target: Target, distribution: str, reference: str, since: str
) -> Invalidation | None:
    """The invalidation with this caller reference, among those that are newer than `since`."""
    for named in await _newer(aws, target, distribution, since):
        answer = await aws.call(
            target, "cloudfront:GetInvalidation", DistributionId=distribution, Id=named.id
        )
        found = aws.parse(Invalidation, answer.get("Invalidation") or {})
        if found.batch.reference == reference:
            return found
    return None


async def _newer(aws: Aws, target: Target, distribution: str, since: str) -> list[Invalidation]:
    """Newest first; a list that lost what was on it is not believed."""
    found: list[Invalidation] = []
    after = ""
    for _ in range(_PAGES):
        page = await _page(aws, target, distribution, after)
        for line in page.get("Items") or []:
            one = aws.parse(Invalidation, line)
            if one.id == since:
                return found
            found.append(one)
        after = str(page.get("NextMarker") or "")
        if not after:
            break
    if since:
        raise Rejected("aws", f"lists no invalidation {since} of {distribution}, and there was one")
    return found


async def _page(aws: Aws, target: Target, distribution: str, after: str = "") -> dict[str, Any]:
    further = {"Marker": after} if after else {}
    answer = await aws.call(target, "cloudfront:ListInvalidations", DistributionId=distribution, **further)
    found: dict[str, Any] = answer.get("InvalidationList") or {}
    return found
