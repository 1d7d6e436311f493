"""Heroku: dynos, releases and logs read; apps rolled back, scaled, restarted, configured; commands run."""

from activities.heroku.client import Heroku, HerokuTarget
from activities.heroku.find import FINDER
from activities.heroku.history import running
from activities.heroku.maintenance import Maintenance
from activities.heroku.metrics import ReadMetrics
from activities.heroku.questions import QUESTIONS
from activities.heroku.readings import ReadReleases, ReadStatus
from activities.heroku.records import ReadLogs, ReadRecent, ReadReleaseOutput
from activities.heroku.reset_connections import ResetConnections
from activities.heroku.restart import Restart
from activities.heroku.roll_back import RollBack
from activities.heroku.run import Run
from activities.heroku.scale import Scale
from activities.heroku.secrets import ReadSecrets
from activities.heroku.set_config import SetConfig
from activities.heroku.set_secret import SetSecret, SetWebhookSecret
from activities.integration import Credential, Integration, Proof
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(heroku: Heroku, target: Target) -> Proof:
    """Releases and config vars, which take a protected scope. Heroku does not name the scope (2026-11)."""
    now = running(await heroku.releases(target))
    config = await heroku.config(target)
    release = f"release v{now.version}" if now else "no release"
    return Proof(
        f"{release} and {len(config)} config vars seen; only a change would show whether it may write"
    )


INTEGRATION = Integration(
    name="heroku",
    connect=Heroku.connect,
    limits="4500 requests of an account, refilled by 75 a minute",
    settings=("data_url",),
    verbs=(
        RollBack,
        Scale,
        Restart,
        SetConfig,
        SetSecret,
        SetWebhookSecret,
        Run,
        Maintenance,
        ResetConnections,
    ),
    readings=(ReadStatus, ReadReleases, ReadLogs, ReadReleaseOutput, ReadRecent, ReadSecrets, ReadMetrics),
    target=TargetSpec(HerokuTarget, "app"),
    vendor=True,
    credential=Credential(
        prove,
        made_by="heroku authorizations:create -s write-protected,read-protected -d stanch",
    ),
    offers_none={
        "set_flag": "Heroku has no store of flags; heroku.set_config restarts the dynos",
        "purge_cache": "Heroku has no CDN cache",
    },
    per_second=5.0,
    finder=FINDER,
    questions=QUESTIONS,
)
