"""A deployment made, with our mark on it; refused where secrets changed, unless that was approved too."""

from typing import Any

from activities.cloudflare.answers import MESSAGE, Split
from activities.cloudflare.api import SECRETS_CHANGED, says
from activities.cloudflare.client import Cloudflare, script
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change
from stanch.rules import Rule


async def deploy(
    cloudflare: Cloudflare, change: Change, split: Split, *, with_new_secrets: bool = False
) -> None:
    """Deploy exactly this split.

    Cloudflare refuses a version since which secrets have changed (code 10220). `force` makes it run with the
    secrets of now; it is sent only after that refusal, and only where the plan says so.
    """
    try:
        await _post(cloudflare, change, split, {})
    except Rejected as error:
        if not says(error, SECRETS_CHANGED):
            raise
        if not with_new_secrets:
            raise PolicyError(
                Rule.SECRETS_CHANGED, f"{error}; say with_new_secrets: true to run it with the secrets of now"
            ) from error
        await _post(cloudflare, change, split, {"force": "true"})


async def _post(cloudflare: Cloudflare, change: Change, split: Split, params: dict[str, str]) -> None:
    body: dict[str, Any] = {
        "strategy": "percentage",
        "versions": [{"version_id": version, "percentage": share} for version, share in split.items()],
        "annotations": {MESSAGE: change.marker},
    }
    await cloudflare.api.post(f"{script(change.target)}/deployments", body, params=params)
