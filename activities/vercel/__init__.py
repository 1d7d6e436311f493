"""Vercel: deployments read and rolled back, flags and secrets set, caches purged, production paused."""

from activities.integration import Credential, Integration, Proof
from activities.vercel.client import Vercel, VercelTarget
from activities.vercel.find import FINDER
from activities.vercel.logs import ReadLogs
from activities.vercel.pause import Pause, Unpause
from activities.vercel.purge_cache import PurgeCache
from activities.vercel.questions import QUESTIONS
from activities.vercel.readings import ReadRecent, ReadReleases
from activities.vercel.roll_back import RollBack
from activities.vercel.rolling_release import AbortRollingRelease, CompleteRollingRelease
from activities.vercel.secrets import ReadSecrets
from activities.vercel.set_attack_mode import SetAttackMode
from activities.vercel.set_config import SetConfig
from activities.vercel.set_edge_config import SetEdgeConfig
from activities.vercel.set_instant_flag import SetInstantFlag
from activities.vercel.set_secret import SetSecret, SetWebhookSecret
from stanch.errors import ConfigError, Unauthorized
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(vercel: Vercel, target: Target) -> Proof:
    """The project, and what its domain points to. No call says what a token may do (2026-11)."""
    try:
        project = await vercel.project(target)
    except Unauthorized as error:
        if target.at.get("team"):
            raise
        where = f"runs_on: {{provider: vercel, project: {target.name}, team: TEAM}}"
        raise ConfigError(f"{error}. If {target.name} belongs to a team, write {where}") from error
    live = await vercel.live(target, project)
    return Proof(f"production is {live}; only a change would show whether it may write")


INTEGRATION = Integration(
    name="vercel",
    connect=Vercel.connect,
    limits="about 120 requests a minute to projects and their variables",
    verbs=(
        RollBack,
        AbortRollingRelease,
        CompleteRollingRelease,
        SetConfig,
        SetInstantFlag,
        SetEdgeConfig,
        SetSecret,
        SetWebhookSecret,
        PurgeCache,
        Pause,
        Unpause,
        SetAttackMode,
    ),
    readings=(ReadReleases, ReadRecent, ReadLogs, ReadSecrets),
    target=TargetSpec(VercelTarget, "project"),
    vendor=True,
    credential=Credential(prove, made_by="Account Settings, Tokens, with the team as its scope"),
    offers_none={
        "release_output": "Vercel has no release phase; a build tells of itself",
        "restart": "functions have nothing to restart",
        "scale": "Vercel scales functions by itself",
        "run": "functions run no commands",
        "status": "functions run no copies that could be counted",
    },
    finder=FINDER,
    questions=QUESTIONS,
)
