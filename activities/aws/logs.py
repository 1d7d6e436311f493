"""`aws.logs`: lines of a CloudWatch log group, counted.

Times are milliseconds here; a page may be empty though more follow, and lists begin with the oldest line
unless they are asked for from their end (docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/
API_FilterLogEvents, read 2026-11). New lines appear 5 to 20 s late (what people see; AWS gives no number).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.aws import ecs
from activities.aws.client import Aws
from activities.portable.log_lines import LogArguments, LogCount, LoggedLine, begin_of, has_arrived
from activities.portable.log_reader import LogReader, Shown
from stanch.errors import Rejected
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_PAGES = 20
"""Each is at most 1 MB or 10,000 lines; what is beyond them makes the count an `at least`."""
_LATE = timedelta(minutes=1)
"""Three times what people see: without a line of that time, or in less, some may still be on their way."""


class AwsLogArguments(LogArguments):
    """Lines of a log group; without one, of where the service's containers write."""

    log_group: Annotated[str, Field(max_length=512, pattern=r"^[A-Za-z0-9_/.#-]*$")] = ""


class ReadLogs(LogReader[Aws]):
    """`aws.logs`."""

    spec: ClassVar = ReadingSpec(
        name="aws.logs",
        says="Lines of a CloudWatch log group, counted; by default the service's",
        result=LogCount,
        arguments=AwsLogArguments,
        of="aws",
        needs=("logs:FilterLogEvents", "ecs:DescribeServices", "ecs:DescribeTaskDefinition"),
    )

    async def shown(self, look: Look) -> Shown:
        """Reads page after page, newest lines first; not whole where lines are left off or late."""
        asked = AwsLogArguments.model_validate(look.arguments)
        target = look.the_target
        group = asked.log_group or await group_of(self.vendor, target)
        lines, whole = await lines_between(self.vendor, target, group, begin_of(look), look.as_of)
        return Shown(lines, whole and has_arrived((line.at for line in lines), look, _LATE))


async def lines_between(
    aws: Aws, target: Target, group: str, since: datetime, until: datetime, **which: Any
) -> tuple[list[LoggedLine], bool]:
    """The lines of a log group, or of some of its streams, and whether that is all of them."""
    events, whole = await aws.pages(
        target,
        "logs:FilterLogEvents",
        "events",
        most=_PAGES,
        logGroupName=group,
        startTime=_milliseconds(since),
        endTime=_milliseconds(until) + 1,
        startFromHead=False,  # what is cut off is then the oldest
        **which,
    )
    return [_line(event) for event in events], whole


async def group_of(aws: Aws, target: Target) -> str:
    """The log group that the service's containers write to."""
    found = await ecs.service(aws, target)
    definition = await ecs.task_definition(aws, target, found.task_definition)
    groups = {one.log_group for one in definition.container_definitions if one.log_group}
    if len(groups) != 1:
        named = ", ".join(sorted(groups)) or "none: its containers log elsewhere"
        raise Rejected("aws", f"name the log_group of {target.name}; there is {named}")
    return groups.pop()


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _line(event: Mapping[str, Any]) -> LoggedLine:
    at = datetime.fromtimestamp(int(event.get("timestamp") or 0) / 1000, UTC)
    return LoggedLine(
        at=at, text=str(event.get("message") or ""), source=str(event.get("logStreamName") or "")
    )
