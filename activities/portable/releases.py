"""What runs and what could be gone back to: the one shape in which every provider answers `NAME.releases`."""

from datetime import datetime
from typing import Annotated

from stanch.model.evidence import AgeAs, Reading

_SHORT = 7


class Releases(Reading):
    """The release that visitors get, the newest attempt at another, and the one before it.

    What a vendor does not tell is missing: it is neither empty nor false.
    """

    name: str
    """As people of that vendor say it, and as `roll_back` and `run` take it: `v42`, `api:42`, an id."""
    commit: str | None = None
    by: str | None = None
    finished_at: Annotated[datetime | None, AgeAs("age")] = None
    """Since when visitors get it."""
    previous: str | None = None
    """What `roll_back` would go back to."""
    newest: str | None = None
    """The newest attempt, whether visitors get it or not."""
    newest_commit: str | None = None
    newest_at: Annotated[datetime | None, AgeAs("newest_age")] = None
    is_newest: bool | None = None
    """Visitors get the newest attempt, all of them."""
    newest_failed: bool | None = None
    """The newest attempt came to nothing: it was not built, did not start, or was taken back for that."""
    is_suspect: bool
    """It is the likely cause, as `stanch.policy.suspect` has it."""
    deploying: bool | None = None
    held: bool | None = None
    """What is deployed now does not go live by itself."""

    def line(self) -> str:
        """`v42 7f3c1d2 by ana, suspect; before it v41; v43 failed`."""
        commit = f" {self.commit[:_SHORT]}" if self.commit else ""
        by = f" by {self.by}" if self.by else ""
        states = "".join(f", {state}" for state in self.states())
        before = f"before it {self.previous}" if self.previous else "nothing before it"
        return f"{self.name}{commit}{by}{states}; {before}{self._newest()}"

    def states(self) -> list[str]:
        """What is to be said of it beside its name; a vendor adds its own words."""
        said = (
            ("suspect", self.is_suspect),
            ("a deployment is under way", self.deploying),
            ("new ones do not go live by themselves", self.held),
        )
        return [text for text, holds in said if holds]

    def _newest(self) -> str:
        if self.newest in {None, self.name}:
            return ""
        return f"; {self.newest} {'failed' if self.newest_failed else 'is newer'}"
