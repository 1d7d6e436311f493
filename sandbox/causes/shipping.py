"""What the code of a service does wrong: a release, a feature, slowness."""

from datetime import timedelta

from pydantic import Field

from sandbox.causes.ailing import Illness
from sandbox.causes.cause import SINCE
from sandbox.clock import digest_of
from sandbox.furnishing import Furnished
from sandbox.holding import RunsCode
from sandbox.instances import ImpossibleError
from sandbox.named_places import CodeState, Headway
from stanch.model.base import Duration

_PLAIN = {"of", "good", "ago", "title", "by"}
"""What is said of a release that fails as a whole, in no words of its own."""


def commit_of(service: str, title: str, ago: timedelta) -> str:
    """The same in every run."""
    return digest_of(f"{service} {title} {ago}")[:40]


class WrongRelease(Illness, kind="release"):
    """A release goes live that fails: wholly, on some paths, or while something is so; or it never does."""

    good: bool = True
    ago: Duration = SINCE
    title: str = "Change how requests are read"
    by: str = "ana"
    failed: bool = False
    """Its deployment failed, and the release before goes on."""
    deploying: bool = False
    """Its deployment never ends."""
    output: str = ""
    """What its deployment wrote."""
    exit_code: int = 1
    """How a failed one ended."""

    def bring_about(self, world: Furnished) -> None:
        """Code host and platform know of it."""
        if self.failed or self.deploying:
            self._try(world)
            return
        is_plain = self.model_fields_set <= _PLAIN
        commit = commit_of(self.of, self.title, self.ago)
        revision = CodeState(commit, self.title, self.by, self.ago, good=self.good or not is_plain)
        built = world.release(self.of, revision)
        if not self.good and not is_plain:
            self.falls_ill(world, RunsCode(built))

    def _try(self, world: Furnished) -> None:
        place = world.place(self.of)
        vendor_world, hosting = world.hosting(place)
        if hosting.attempt is None:
            raise ImpossibleError(f"no deployment fails or hangs at {place.provider} here")
        revision = CodeState(
            commit_of(self.of, self.title, self.ago),
            self.title,
            self.by,
            self.ago,
            good=self.good,
            headway=Headway.FAILED if self.failed else Headway.DEPLOYING,
            output=self.output,
            exit_code=self.exit_code if self.failed else 0,
        )
        world.tell(self.of, revision)
        hosting.attempt(vendor_world, place, revision)


class FailingFeature(Illness, kind="feature"):
    """Something fails in every release, while something is so."""

    def bring_about(self, world: Furnished) -> None:
        """From now on."""
        self.falls_ill(world)


class SlowAnswers(Illness, kind="slow"):
    """Answers take long, and none fails."""

    says: str = ""
    seconds: float = Field(gt=0)

    def bring_about(self, world: Furnished) -> None:
        """From now on."""
        self.falls_ill(world)
