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

    def at(self, *keys: str | int) -> "Position":
        """A field further in."""
        return Position(self.source, (*self.keys, *keys), self.found)

    def wrong(self, what: str, instead: str = "") -> None:
        """Something is wrong here; the rest is looked at all the same."""
        named = f"{self.field}: " if self.keys else ""
        text = f"{named}{what}. {instead}" if instead else f"{named}{what}"
        self.found.append(Problem(self.source.name, self.source.location_of(self.keys).line, text))

    @property
    def field(self) -> str:
        """`scenarios.site-down.options[1].when`."""
        text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.keys)
        return text.removeprefix(".")
