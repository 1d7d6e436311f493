"""Whether any world notices that a playbook says something else than was written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stanch.cli.worlds.mutations import Mutation
from stanch.cli.worlds.performance import Performance
from stanch.cli.worlds.played_world import PlayedWorld

Perform = Callable[[PlayedWorld, Mutation | None], Performance]


@dataclass(frozen=True)
class ScenarioTrials:
    """Changes of one scenario, each with the worlds in which it may be noticed."""

    folder: Path
    scenario: str
    of: tuple[tuple[Mutation, tuple[PlayedWorld, ...]], ...]


@dataclass(frozen=True)
class Trial:
    """What came of one change."""

    folder: Path
    mutation: Mutation
    noticed_by: str = ""
    """The first world that came to another end than it expects."""
    in_doubt: tuple[str, ...] = ()
    """Worlds that say nothing, and why: a slow machine is no difference between two playbooks."""


@dataclass
class Jury:
    """The worlds of a scenario as they are played: each as it is written at most once."""

    perform: Perform
    _written: dict[str, Performance] = field(default_factory=dict)

    def tried(self, asked: ScenarioTrials) -> Iterator[Trial]:
        """What comes of each change."""
        for mutation, worlds in asked.of:
            yield self._tried(asked.folder, mutation, worlds)

    def _tried(self, folder: Path, mutation: Mutation, worlds: Iterable[PlayedWorld]) -> Trial:
        doubts: list[str] = []
        # Most changes are noticed by the first: true sorts after false.
        likely = sorted(worlds, key=lambda one: not mutation.is_likely_noticed(one.written.expect))
        for number, world in enumerate(likely):
            if number and not mutation.may_matter(self._as_written(world).heard):
                continue
            changed, doubt = self._changed(world, mutation)
            if doubt:
                doubts.append(f"{world.name}: {doubt}")
            elif changed.failures:
                return Trial(folder, mutation, world.name)
        return Trial(folder, mutation, "", tuple(doubts))

    def _changed(self, world: PlayedWorld, mutation: Mutation) -> tuple[Performance, str]:
        """What comes of it, with why that says nothing of the change; once more where it does not."""
        first = self.perform(world, mutation)
        if not self._doubt(world, mutation, first):
            return first, ""
        again = self.perform(world, mutation)
        return again, self._doubt(world, mutation, again)

    def _doubt(self, world: PlayedWorld, mutation: Mutation, changed: Performance) -> str:
        if not changed.failures:
            return ""
        if not changed.has_end:
            return changed.failures[0]
        written = self._as_written(world)
        if written.failures:
            return f"it fails as it is written: {written.failures[0]}"
        late = sorted(changed.missing - written.missing - mutation.silences)
        return f"nobody answered for {', '.join(late)}, who does otherwise" if late else ""

    def _as_written(self, world: PlayedWorld) -> Performance:
        if world.name not in self._written:
            first = self.perform(world, None)
            self._written[world.name] = self.perform(world, None) if first.failures else first
        return self._written[world.name]
