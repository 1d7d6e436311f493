"""Which integrations a worker process works for: all that the team has, only some, or all but some."""

import re
from collections.abc import Iterable

from activities.registry import MODULES, integrations
from stanch.errors import ConfigError
from stanch.model.team import Team
from stanch.playbooks.problems import instead_of

HOME = "home"
"""Stanch itself: incidents, guards, journal, channels; and whatever takes no vendor's credential."""


def named(text: str) -> list[str]:
    """`fly, vercel` and `fly,vercel` are the same two names."""
    return [name for name in re.split(r"[,\s]+", text) if name]


def chosen(team: Team, only: Iterable[str] = (), but: Iterable[str] = ()) -> list[str]:
    """Integrations by name, `home` first where it is chosen; raises `ConfigError` where nobody would work."""
    wanted, unwanted = list(dict.fromkeys(only)), set(but)
    vendors = [integration.name for integration in integrations() if integration.vendor]
    for name in (*wanted, *sorted(unwanted)):
        if name not in MODULES and name != HOME:
            known = [HOME, *vendors]
            raise ConfigError(f"there is no provider {name} to work for. {instead_of(name, known)}")
    for name in wanted:
        if name in vendors and name not in team.providers:
            raise ConfigError(
                f"--only {name}: {name} is not set up here. Write providers: {{{name}: {{token: env:NAME}}}}"
                " in stanch.yaml, or leave it out"
            )
    have = wanted or [HOME, *(name for name in vendors if name in team.providers)]
    found = [name for name in have if name not in unwanted]
    if not found:
        raise ConfigError("--only and --except leave nothing to work for: name one more under --only")
    return found
