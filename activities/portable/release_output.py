"""What the newest release phase wrote: the one shape in which providers answer `NAME.release_output`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from activities.portable.log_lines import LogArguments, LogCount, LoggedLine, count
from stanch.model.base import Duration
from stanch.model.evidence import AgeAs, Look
from stanch.secrets import Redactor

_LONGEST = timedelta(days=1)


class ReleaseOutputArguments(LogArguments):
    """Which of its lines are counted; all of them where nothing is said."""

    within: Duration = Field(default=_LONGEST, gt=timedelta(0), le=_LONGEST)
    """How much of its end is looked at, however long ago that was."""


class ReleaseOutput(LogCount):
    """The lines of what was run once for a release, such as a migration, and how that ended."""

    name: str
    """The release it belongs to."""
    failed: bool
    exit_code: int | None = None
    began_at: Annotated[datetime, AgeAs("age")]

    def line(self) -> str:
        """`v43 failed with code 1: 2 lines, last 03:01: relation does not exist`."""
        code = f" with code {self.exit_code}" if self.exit_code is not None else ""
        how = f" failed{code}" if self.failed else ""
        return f"{self.name}{how}: {super().line()}"


def counted(lines: Iterable[LoggedLine], look: Look, redactor: Redactor, *, whole: bool) -> LogCount:
    """The lines of one run that match, however long ago that was."""
    found = list(lines)
    asked = ReleaseOutputArguments.model_validate(look.arguments)
    then = max((line.at for line in found), default=look.as_of)
    every = set() if asked.matching else {"matching"}
    of_then = Look(as_of=then, arguments=asked.model_dump(mode="json", exclude=every))
    return count(found, of_then, redactor, whole=whole)
