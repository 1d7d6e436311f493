"""Netlify: deploys read and published again, caches purged, flags and secrets set that are variables."""

from activities.integration import Credential, Integration, Proof
from activities.netlify.client import Netlify, NetlifyTarget
from activities.netlify.find import FINDER
from activities.netlify.logs import ReadLogs
from activities.netlify.purge_cache import PurgeCache
from activities.netlify.questions import QUESTIONS
from activities.netlify.readings import ReadRecent, ReadReleases
from activities.netlify.roll_back import RollBack
from activities.netlify.secrets import ReadSecrets
from activities.netlify.set_config import SetConfig
from activities.netlify.set_secret import SetSecret, SetWebhookSecret
from activities.netlify.stop_split_test import StopSplitTest
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(netlify: Netlify, target: Target) -> Proof:
    """The site, and what it has published. A token may do what its member may; no call says what."""
    _, live = await netlify.live(target)
    return Proof(f"production is {live.named}; only a change would show whether it may write")


INTEGRATION = Integration(
    name="netlify",
    connect=Netlify.connect,
    limits="500 requests a minute",
    verbs=(RollBack, SetConfig, SetSecret, SetWebhookSecret, PurgeCache, StopSplitTest),
    readings=(ReadReleases, ReadRecent, ReadLogs, ReadSecrets),
    target=TargetSpec(NetlifyTarget, "site"),
    vendor=True,
    credential=Credential(
        prove, made_by="User settings, Applications, Personal access tokens, by a member of the site's team"
    ),
    offers_none={
        "release_output": "Netlify has no release phase; a build tells of itself",
        "set_flag": "Netlify has no store of flags; netlify.set_config builds production anew",
        "restart": "functions have nothing to restart",
        "scale": "Netlify scales functions by itself",
        "run": "functions run no commands",
        "status": "functions run no copies that could be counted",
    },
    # 500 requests a minute (docs.netlify.com, "Get started with the API", read 2026-11); most activities send
    # three or four.
    per_second=2,
    finder=FINDER,
    questions=QUESTIONS,
)
