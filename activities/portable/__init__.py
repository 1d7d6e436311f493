"""Readings that are written once for every provider: the playbook names no vendor."""

from activities.portable.log_lines import LogArguments, LogCount
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
DEPLOYS = ReadingSpec(
    name="deploys.recent",
    says="Deployments, flag and config changes of the last minutes, everywhere the service runs",
    result=Recent,
    arguments=RecentArguments,
    stands_for="recent",
    everywhere=True,
)
PORTABLE = (LOGS, DEPLOYS)
