"""AWS: a service of ECS read, rolled back, scaled and restarted, and what stands around it."""

from activities.aws import ecs
from activities.aws.alarms import ReadAlarms
from activities.aws.client import Aws, AwsTarget
from activities.aws.find import FINDER
from activities.aws.logs import ReadLogs
from activities.aws.metrics import ReadMetrics
from activities.aws.purge_cache import PurgeCache
from activities.aws.questions import QUESTIONS
from activities.aws.readings import ReadRecent, ReadReleases
from activities.aws.release_output import ReadReleaseOutput
from activities.aws.restart import Restart
from activities.aws.roll_back import RollBack
from activities.aws.run import Run
from activities.aws.scale import Scale
from activities.aws.secrets import ReadSecrets
from activities.aws.security_groups import ReadSecurityGroups
from activities.aws.set_config import SetConfig
from activities.aws.set_flag import SetFlag
from activities.aws.set_parameter import SetParameter
from activities.aws.set_secret import SetSecret, SetWebhookSecret
from activities.aws.status import ReadStatus
from activities.integration import Credential, Integration, Proof
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(aws: Aws, target: Target) -> Proof:
    """Who AWS takes us for, and the service. What a role may do is told only by trying (2026-11)."""
    who = await aws.call(target, "sts:GetCallerIdentity")
    found = await ecs.service(aws, target)
    tasks = f"{found.running_count} of {found.desired_count} tasks"
    return Proof(f"{who.get('Arn')} sees {tasks}; only a change would show whether it may write")


INTEGRATION = Integration(
    name="aws",
    connect=Aws.connect,
    limits="token buckets of each account, region and group of calls, of a size that AWS does not tell",
    settings=("region", "profile", "role"),
    verbs=(
        RollBack,
        Scale,
        Restart,
        Run,
        SetConfig,
        SetFlag,
        SetParameter,
        SetSecret,
        SetWebhookSecret,
        PurgeCache,
    ),
    readings=(
        ReadStatus,
        ReadReleases,
        ReadRecent,
        ReadSecrets,
        ReadReleaseOutput,
        ReadLogs,
        ReadMetrics,
        ReadAlarms,
        ReadSecurityGroups,
    ),
    target=TargetSpec(AwsTarget, "service"),
    vendor=True,
    credential=Credential(
        prove,
        keyless=lambda _: "the credentials that boto3 finds on this machine",
        made_by="a role or user with the IAM actions that the verbs and readings name",
    ),
    finder=FINDER,
    questions=QUESTIONS,
)
