"""`aws.alarms`: the alarms of CloudWatch.

docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms, read 2026-11.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.aws.client import Aws
from activities.contract import Reader
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

_SHOWN = 20
_KINDS = ["MetricAlarm", "CompositeAlarm"]
_ALARM, _SILENT = "ALARM", "INSUFFICIENT_DATA"


class AlarmsArguments(Written):
    """Which alarms: by their names, or by how their names begin; all of the region without either."""

    names: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] = Field(default=(), max_length=100)
    prefix: str = ""


class Alarms(Reading):
    """How many alarms there are in which state."""

    count: Annotated[int, AtLeast("!complete")]
    firing: Annotated[tuple[str, ...], AtLeast("!complete")]
    firing_count: Annotated[int, AtLeast("!complete")]
    without_data: Annotated[int, AtLeast("!complete")]
    missing: Annotated[tuple[str, ...], AtLeast("!complete")]
    """Asked for by name, and not there."""
    newest_at: Annotated[datetime | None, AgeAs("age")]
    """When the newest of the firing ones began to."""
    complete: bool

    def line(self) -> str:
        """`2 of 9 alarms fire: api-5xx, api-latency`."""
        named = f": {', '.join(self.firing)}" if self.firing else ""
        least = "" if self.complete else "at least "
        return f"{least}{self.firing_count} of {self.count} alarms fire{named}"


class ReadAlarms(Reader[Aws]):
    """`aws.alarms`."""

    spec: ClassVar = ReadingSpec(
        name="aws.alarms",
        says="CloudWatch alarms by name or prefix: which fire, since when, and which have no data",
        result=Alarms,
        arguments=AlarmsArguments,
        of="aws",
        good_when="it.count > 0 && it.firing_count == 0 && it.missing.size() == 0",
        needs=("cloudwatch:DescribeAlarms",),
    )

    async def read(self, look: Look) -> Alarms:
        """Counts metric alarms and composite ones alike."""
        asked = AlarmsArguments.model_validate(look.arguments)
        wanted: dict[str, Any] = {}
        if asked.names:
            wanted["AlarmNames"] = list(asked.names)
        elif asked.prefix:
            wanted["AlarmNamePrefix"] = asked.prefix
        found, complete = await alarms_of(self.vendor, look.the_target, **wanted)
        firing = [one for one in found if one.get("StateValue") == _ALARM]
        names = {str(one.get("AlarmName") or "") for one in found}
        since = [one[key] for one in firing for key in ("StateUpdatedTimestamp",) if one.get(key)]
        return Alarms(
            count=len(found),
            firing=tuple(sorted(str(one.get("AlarmName") or "") for one in firing)[:_SHOWN]),
            firing_count=len(firing),
            without_data=sum(one.get("StateValue") == _SILENT for one in found),
            missing=tuple(name for name in asked.names if name not in names),
            newest_at=max(since, default=None),
            complete=complete,
        )


async def alarms_of(aws: Aws, target: Target, **wanted: Any) -> tuple[list[dict[str, Any]], bool]:
    """Metric alarms and composite ones, and whether that is all of them."""
    found: list[dict[str, Any]] = []
    asked = {"AlarmTypes": _KINDS, "MaxRecords": 100, **wanted}
    for _ in range(10):
        answer = await aws.call(target, "cloudwatch:DescribeAlarms", **asked)
        found += (answer.get("MetricAlarms") or []) + (answer.get("CompositeAlarms") or [])
        if not answer.get("NextToken"):
            return found, True
        asked["NextToken"] = answer["NextToken"]
    return found, False
