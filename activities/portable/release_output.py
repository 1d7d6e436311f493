"""What the newest release phase wrote: the one shape in which providers answer `NAME.release_output`."""

from datetime import datetime
from typing import Annotated

from activities.portable.log_lines import LogCount
from stanch.model.evidence import AgeAs


class ReleaseOutput(LogCount):
    """The lines of what was run once for a release, such as a migration, and how that ended."""

    name: str
    """The release it belongs to."""
    failed: bool
    exit_code: int | None = None
    last_at: Annotated[datetime | None, AgeAs("last_age")]
    began_at: Annotated[datetime | None, AgeAs("age")]

    def line(self) -> str:
        """`v43 failed with code 1: 2 lines, last 03:01: relation does not exist`."""
        code = f" with code {self.exit_code}" if self.exit_code is not None else ""
        how = f" failed{code}" if self.failed else ""
        return f"{self.name}{how}: {super().line()}"
