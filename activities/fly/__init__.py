"""Fly.io: machines, releases, logs and secrets' names read; images, sizes, variables and secrets changed."""

from activities.fly.client import Fly, FlyTarget
from activities.fly.find import FINDER
from activities.fly.history import ReadLogs, ReadRecent
from activities.fly.metrics import ReadMetrics
from activities.fly.questions import QUESTIONS
from activities.fly.readings import ReadMachines, ReadReleases
from activities.fly.release_output import ReadReleaseOutput
from activities.fly.restart import Restart
from activities.fly.roll_back import RollBack
from activities.fly.run import Run
from activities.fly.scale import Scale
from activities.fly.secrets import ReadSecrets
from activities.fly.set_config import SetConfig
from activities.fly.set_secret import SetSecret, SetWebhookSecret
from activities.integration import Credential, Integration, Proof
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(fly: Fly, target: Target) -> Proof:
    """Machines and releases of the app. Fly says nowhere whether a token may write (2026-11)."""
    machines = await fly.machines(target)
    releases = await fly.releases(target.name)
    newest = f"release v{releases[0].version}" if releases else "no release"
    return Proof(f"{len(machines)} machines and {newest} seen; only a change would show whether it may write")


INTEGRATION = Integration(
    name="fly",
    connect=Fly.connect,
    limits="1 request a second for each action and machine, 3 at once",
    settings=("graphql_url",),
    verbs=(RollBack, Scale, Restart, Run, SetConfig, SetSecret, SetWebhookSecret),
    readings=(ReadMachines, ReadReleases, ReadMetrics, ReadLogs, ReadRecent, ReadSecrets, ReadReleaseOutput),
    target=TargetSpec(FlyTarget, "app"),
    vendor=True,
    credential=Credential(prove, made_by="fly tokens create deploy -a {name}"),
    offers_none={
        "purge_cache": "Fly has no CDN cache",
        "set_flag": "Fly has no store of flags; fly.set_config restarts the machines",
    },
    finder=FINDER,
    questions=QUESTIONS,
)
