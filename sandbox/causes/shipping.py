"""What the code of a service does wrong: a release, a feature, slowness."""

from pydantic import Field

from sandbox.causes.ailing import Illness
from sandbox.causes.cause import SINCE
from sandbox.clock import digest_of
from sandbox.furnishing import Furnished
from sandbox.holding import IsRelease
from sandbox.named_places import CodeState
from stanch.model.base import Duration


class WrongRelease(Illness, kind="release"):
    """A release goes live that fails: wholly, on some paths, or while something is so."""

    good: bool = True
    ago: Duration = SINCE
    title: str = "Change how requests are read"
    by: str = "ana"

    def bring_about(self, world: Furnished) -> None:
        """Code host and platform know of it."""
        is_plain = not (self.paths or self.while_ or self.unless or self.share < 1 or self.numbers)
        commit = digest_of(f"{self.of} {self.title} {self.ago}")[:40]
        revision = CodeState(commit, self.title, self.by, self.ago, good=self.good or not is_plain)
        release = world.release(self.of, revision)
        if not self.good and not is_plain:
            self.falls_ill(world, IsRelease(release))


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
