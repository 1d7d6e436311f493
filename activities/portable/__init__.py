"""Readings that are written once for every provider: the playbook names no vendor."""

from activities.portable.log_lines import LogArguments, LogCount
from activities.portable.release_output import ReleaseOutput, ReleaseOutputArguments
from activities.portable.releases import Releases
from activities.portable.secrets import Secrets
from activities.portable.status import Status, StatusArguments
from stanch.model.recent import Recent, RecentArguments
from stanch.model.verb import ReadingSpec

LOGS = ReadingSpec(
    name="logs",
    says="Log lines of the service, counted where they are gathered, else where it runs",
    result=LogCount,
    arguments=LogArguments,
    stands_for="logs",
    also_first=True,
)
RELEASES = ReadingSpec(
    name="releases",
    says="The release that visitors get, its age, whether it is suspect, the newest and the one before it",
    result=Releases,
    stands_for="releases",
)
STATUS = ReadingSpec(
    name="status",
    says="Whether it is down or slow, its copies, how many were killed or restarted lately, and its size",
    result=Status,
    arguments=StatusArguments,
    stands_for="status",
)
SECRETS = ReadingSpec(
    name="secrets",
    says="Names of the service's secrets and when each was set, and which are not the team's; never a value",
    result=Secrets,
    stands_for="secrets",
)
RELEASE_OUTPUT = ReadingSpec(
    name="release_output",
    says="How the newest release phase ended, such as a migration, and which of its lines match",
    result=ReleaseOutput,
    arguments=ReleaseOutputArguments,
    stands_for="release_output",
)
RECENT = ReadingSpec(
    name="recent",
    says="Deployments, flag and config changes of the last minutes, everywhere the service runs",
    result=Recent,
    arguments=RecentArguments,
    stands_for="recent",
    everywhere=True,
)
PORTABLE = (LOGS, RELEASES, STATUS, SECRETS, RELEASE_OUTPUT, RECENT)
