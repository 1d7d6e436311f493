"""A place in what somebody wrote, at which something can be wrong."""

from dataclasses import dataclass, field

from stanch.playbooks.problems import Problem
from stanch.playbooks.yaml_source import YamlSource
from stanch.playbooks.yaml_values import Keys


@dataclass(frozen=True)
class Position:
    """One field of one file; whatever is wrong anywhere is gathered in the same list."""

    source: YamlSource
    keys: Keys = ()
    found: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    """What is not wrong, and still worth knowing."""

    def at(self, *keys: str | int) -> "Position":
        """A field further in."""
        return Position(self.source, (*self.keys, *keys), self.found, self.remarks)

    @property
    def root(self) -> "Position":
        """The whole file."""
        return Position(self.source, (), self.found, self.remarks)

    def wrong(self, what: str, instead: str = "") -> None:
        """Something is wrong here; the rest is looked at all the same."""
        self.found.append(self._problem(f"{what}. {instead}" if instead else what))

    def remark(self, what: str) -> None:
        """Something here is worth knowing; it is said once."""
        problem = self._problem(what)
        if problem not in self.remarks:
            self.remarks.append(problem)

    @property
    def is_default(self) -> bool:
        """True of what was written under `defaults`."""
        return self.source.origin_of(self.keys)[:1] == ("defaults",)

    def _problem(self, text: str) -> Problem:
        named = f"{self.field}: " if self.keys else ""
        return Problem(self.source.name, self.source.location_of(self.keys).line, f"{named}{text}")

    @property
    def field(self) -> str:
        """`scenarios.site-down.options[1].when`."""
        text = "".join(
            f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.source.origin_of(self.keys)
        )
        return text.removeprefix(".")
