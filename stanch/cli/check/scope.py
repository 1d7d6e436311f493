"""Which process `stanch check` stands in for: a host of a split set-up lacks the others' secrets, rightly."""

from dataclasses import dataclass

from stanch.cli.failures import Misuse
from stanch.model.team import Team
from workers.wiring import OURS, chosen, named, queues_of

GATEWAY, WORKER = "gateway", "worker"


@dataclass(frozen=True)
class Scope:
    """What of the team a process needs: the doors, and the integrations that it works for."""

    doors: bool
    integrations: tuple[str, ...]
    set_up: tuple[str, ...]
    """What of it some process of the team works for."""
    queues: tuple[str, ...]
    """Where somebody has to work, whichever process it is."""

    @classmethod
    def of(cls, team: Team, role: str, only: str, but: str) -> "Scope":
        """As `--as`, `--only` and `--except` say it; without a word, everything."""
        if role not in ("", GATEWAY, WORKER):
            raise Misuse(f"--as is {GATEWAY} or {WORKER}, not {role!r}")
        if role != WORKER and (only or but):
            raise Misuse(f"--only and --except go with --as {WORKER}")
        integrations = () if role == GATEWAY else tuple(chosen(team, named(only), named(but)))
        return cls(role != WORKER, integrations, tuple(chosen(team)), tuple(queues_of(team)))

    @property
    def home(self) -> bool:
        """It works for Stanch itself, too."""
        return OURS in self.integrations

    def needed(self, team: Team) -> Team:
        """The team with only what this process reads secrets for."""
        sections = {
            "people": self.doors,
            "sources": self.doors,
            "channels": self.home,
            "secrets": bool(self.integrations),
        }
        kept = {name: (getattr(team, name) if needed else {}) for name, needed in sections.items()}
        providers = {name: one for name, one in team.providers.items() if self.works_for(name)}
        return team.model_copy(update={**kept, "providers": providers})

    def works_for(self, what: str) -> bool:
        """True of a vendor, `providers.NAME` or `NAME:TARGET`, that this process works for.

        One that nobody has set up is no process' own: whoever works for Stanch itself hears of it.
        """
        name = what.removeprefix("providers.").partition(":")[0]
        return name in self.integrations or (self.home and name not in self.set_up)
