"""Cloudflare: Workers read, rolled back and set, and the zone and database connection around them."""

from activities.cloudflare.block import Block
from activities.cloudflare.client import Cloudflare, CloudflareTarget, account
from activities.cloudflare.find import FINDER
from activities.cloudflare.history import history_of
from activities.cloudflare.hyperdrive import ReadHyperdrive
from activities.cloudflare.logs import ReadLogs
from activities.cloudflare.metrics import ReadMetrics
from activities.cloudflare.purge_cache import PurgeCache
from activities.cloudflare.questions import QUESTIONS
from activities.cloudflare.recent import ReadRecent
from activities.cloudflare.redeploy import Redeploy
from activities.cloudflare.releases import ReadReleases
from activities.cloudflare.roll_back import RollBack
from activities.cloudflare.set_config import SetConfig
from activities.cloudflare.set_flag import SetFlag
from activities.cloudflare.set_hyperdrive_limit import SetHyperdriveLimit
from activities.cloudflare.set_secret import SetSecret, SetWebhookSecret
from activities.integration import Credential, Integration, Proof
from stanch.errors import Unauthorized
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(cloudflare: Cloudflare, target: Target) -> Proof:
    """The token, and the Worker's deployments. What it may do it cannot ask itself (2026-11)."""
    token = await _verified(cloudflare, target)
    status = str(token.get("status") or "unknown")
    if status != "active":
        raise Unauthorized("cloudflare", f"the token is {status}")
    history = await history_of(cloudflare, target)
    until = f" until {token['expires_on']}" if token.get("expires_on") else ""
    return Proof(
        f"the token is active{until}; live is {history.shares(history.live.split)};"
        " only a change would show whether it may write"
    )


async def _verified(cloudflare: Cloudflare, target: Target) -> dict[str, str]:
    """A user's token is verified at one address, an account's at another."""
    try:
        found = await cloudflare.result("GET", "user/tokens/verify")
    except Unauthorized:
        found = await cloudflare.result("GET", f"{account(target)}/tokens/verify")
    return dict(found or {})


INTEGRATION = Integration(
    name="cloudflare",
    connect=Cloudflare.connect,
    limits="1200 requests of a user in 5 min, then none for 5 min",
    verbs=(
        RollBack,
        Redeploy,
        SetFlag,
        SetConfig,
        SetSecret,
        SetWebhookSecret,
        PurgeCache,
        SetHyperdriveLimit,
        Block,
    ),
    readings=(ReadReleases, ReadRecent, ReadLogs, ReadMetrics, ReadHyperdrive),
    target=TargetSpec(CloudflareTarget, "worker"),
    vendor=True,
    credential=Credential(
        prove,
        made_by="My Profile, API Tokens, Create Custom Token, for the account of {name} and its zone",
    ),
    offers_none={
        "release_output": "Workers have no release phase",
        "restart": "Workers have nothing to restart; cloudflare.redeploy starts every copy anew",
        "scale": "Cloudflare scales Workers by itself",
        "run": "Workers run no commands",
        "status": "Workers run no copies that could be counted",
    },
    per_second=1.0,
    finder=FINDER,
    questions=QUESTIONS,
)
