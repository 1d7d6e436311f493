"""Services as they are written into the first `stanch.yaml`: what is known of each, and what is not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from activities.finding import FoundAddOn, FoundApp, FoundWatch
from stanch.cli.init.look_around import SeenHealth
from stanch.cli.init.named_dependencies import stores_behind, vendors_behind
from stanch.cli.init.yaml_line import yaml_line

_COUNT = 4
_INDENT = 4


@dataclass(frozen=True)
class DraftedService:
    """One app of a vendor as a service."""

    app: FoundApp
    provider: str
    base: str
    health: SeenHealth | None
    watches: Sequence[tuple[str, FoundWatch]] = ()
    owners: Sequence[str] = ()

    @property
    def is_whole(self) -> bool:
        """True where it is known what to look at; a service without that proves nothing."""
        return bool(self.base and self.health)

    def lines(self) -> Iterator[str]:
        """As it stands under `services:`; as a comment where the team has to say where it is reached."""
        mark = "" if self.is_whole else "# "
        if not self.is_whole:
            yield f"  # Nothing tells where {self.app.name} is reached: write base and health, without the #."
        for line in self._lines():
            yield line if line.lstrip().startswith("#") else f"  {mark}{line.removeprefix('  ')}"

    def _lines(self) -> Iterator[str]:
        yield f"  {yaml_line(self.app.name)}:{self._copies()}"
        yield self._line("runs_on", {"provider": self.provider, **self.app.runs_on})
        if self.watches:
            yield self._line(
                "also_on", [{"provider": vendor, **watch.also_on} for vendor, watch in self.watches]
            )
        yield self._line("base", self.base or "https://", "the domain that visitors use, if it is another")
        path, says = (self.health.path, self.health.says) if self.health else ("/healthz", "")
        yield self._line("health", path, says)
        yield from self._dependencies()
        yield from self._stores()
        count = max(_COUNT, 2 * (self.app.copies or 0), *(self.app.instances or ()))
        yield self._line("limits", {"max_count": count, "changes_per_hour": 2, "cool_down": "15m"})
        yield self._line("owners", list(self.owners))
        aliases = [watch.name for _, watch in self.watches if watch.name != self.app.name]
        if aliases:
            yield self._line("aliases", aliases, "what those who watch it call it")
        yield from (f"{' ' * _INDENT}# {_flat(why)}" for why in self.app.unread)

    def _copies(self) -> str:
        copies = self.app.copies
        if self.app.instances:
            few, many = self.app.instances
            return f"    # {few} to {many or 'any number of'} copies, as many as visitors need"
        if copies is None:
            return ""
        one = "    # 1 copy runs: a restart of it is an outage"
        return one if copies == 1 else f"    # {copies} copies run"

    def _dependencies(self) -> Iterator[str]:
        behind = vendors_behind(self.app.secrets)
        if behind:
            names = ", ".join(name for told in behind.values() for name in told)
            yield self._line("depends_on", list(behind), f"it has {names}")

    def _stores(self) -> Iterator[str]:
        """What keeps its data: which one it is the team knows, and Stanch needs a way in of its own."""
        named = stores_behind(self.app.secrets)
        for one in self.app.add_ons:
            yield self._part(one, named.pop(one.role, ()))
        for role, names in named.items():
            yield self._part(FoundAddOn(role, ""), names)

    def _part(self, one: FoundAddOn, names: Sequence[str]) -> str:
        """As a comment: whether it is the team's to change is the team's to say."""
        told, kind = ", ".join(names), "postgres" if one.role == "database" else "redis"
        known = f"{one.name} ({told})" if one.name and told else one.name or told
        place = yaml_line(dict(one.runs_on)) if one.runs_on else kind
        return (
            f"{' ' * _INDENT}# Behind it: {known}."
            f" As a service on {place}, and under parts: {{{one.role}: NAME}}, it is looked at too"
        )

    def _line(self, key: str, value: object, remark: str = "") -> str:
        text = f"{' ' * _INDENT}{key}: {yaml_line(value)}"
        return f"{text}    # {_flat(remark)}" if remark else text


def _flat(text: str) -> str:
    return " ".join(text.split())
