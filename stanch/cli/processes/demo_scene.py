"""What a demo is about: a sandbox in which something is wrong, a team's files for it, and the alert."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import Sandbox
from stanch.cli.processes import sandbox_files
from stanch.cli.worlds.chosen_worlds import the_one
from stanch.errors import ConfigError

_HURRY = 4
"""Nobody waits in a demo for as long as a machine takes to start."""


@dataclass(frozen=True)
class DemoScene:
    """Everything that is there before the alert."""

    sandbox: Sandbox
    furnish: Callable[[Path, str], Path]
    """Writes a team's files into a folder, for a sandbox at an address; gives the catalogue."""
    alert: str
    service: str
    says: str
    health: str = "healthz"
    labels: dict[str, str] = field(default_factory=dict)


def scene_of(world: str, config: Path) -> DemoScene:
    """The sandbox's own story, or a team's own or a shipped world; `gitquest-1` is the first of that name."""
    if not world:
        sandbox = Sandbox.slurpy()
        sandbox.pace.hurry(_HURRY)
        return DemoScene(sandbox, sandbox_files.furnish, "SiteDown", "backend", "health checks fail with 503")
    played = the_one(config, world)
    if played.written.alert is None:
        raise ConfigError(
            f"{played.name} is opened by hand, and no alert tells of it: stanch test {played.name}"
        )
    sandbox = Sandbox()
    about = played.written.alert
    service = about.service or next(iter(played.catalogue["services"]))

    def furnish(folder: Path, address: str) -> Path:
        here = played.at(address)
        os.environ.update(here.ready(folder).secrets)
        sandbox.arrange(here.arrange)
        sandbox.pace.hurry(_HURRY)
        return here.write(folder)

    health = played.catalogue["services"][service].get("health", "healthz")
    first = (health if isinstance(health, str) else health[0]).strip("/")
    return DemoScene(sandbox, furnish, about.name, service, played.written.says, first, about.labels)
