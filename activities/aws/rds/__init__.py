"""RDS: a database instance read, rebooted and made larger, with the account of AWS."""

from activities.aws.client import Aws
from activities.aws.rds import instances
from activities.aws.rds.instances import RdsTarget
from activities.aws.rds.restart import RestartDatabase
from activities.aws.rds.scale import ScaleDatabase
from activities.aws.rds.status import ReadDatabase
from activities.integration import Credential, Integration, Proof
from activities.open_questions import OpenQuestion
from activities.portable.verbs import none_of
from stanch.model.change import Target
from stanch.model.verb import TargetSpec

_NO_CODE = "a database runs no code of the team's"


async def prove(aws: Aws, target: Target) -> Proof:
    """Who AWS takes us for, and the instance."""
    who = await aws.call(target, "sts:GetCallerIdentity")
    found = await instances.instance(aws, target)
    return Proof(
        f"{who.get('Arn')} sees {found.size} {found.engine}, {found.status};"
        " only a change would show whether it may write"
    )


QUESTIONS = (
    OpenQuestion(
        "How late are events of reboots at RDS, and in which words?",
        "Minutes, or they never come; a worker also remembers what it saw go away",
        by_hand="aws rds describe-events --source-type db-instance --source-identifier NAME --duration 20160",
    ),
    OpenQuestion(
        "What does RDS answer of a class that it does not have, or not for an engine?",
        "No option at all; the next class of the family is then asked for",
        by_hand="aws rds describe-orderable-db-instance-options --engine ENGINE --engine-version VERSION"
        " --db-instance-class db.t4g.48xlarge",
    ),
)
INTEGRATION = Integration(
    name="rds",
    account="aws",
    connect=Aws.connect,
    limits="token buckets of each account, region and group of calls, of a size that AWS does not tell",
    verbs=(RestartDatabase, ScaleDatabase),
    readings=(ReadDatabase,),
    target=TargetSpec(RdsTarget, "instance"),
    vendor=True,
    credential=Credential(
        prove,
        keyless=lambda _: "the credentials that boto3 finds on this machine",
        made_by="a role or user with the IAM actions that the verbs and readings name",
    ),
    offers_none={
        **{name: why for name, why in none_of(_NO_CODE).items() if name not in {"restart", "scale"}},
        "releases": _NO_CODE,
        "secrets": _NO_CODE,
        "release_output": _NO_CODE,
        "set_flag": _NO_CODE,
        "set_config": _NO_CODE,
    },
    questions=QUESTIONS,
)
