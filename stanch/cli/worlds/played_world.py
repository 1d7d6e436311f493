"""A world of a playbook in the sandbox, and the team's files as they are for it."""

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from sandbox import Sandbox
from sandbox.catalogues import ReadyCatalogue, ready
from sandbox.causes import bring_about
from sandbox.causes.reach import nameless
from sandbox.furnishing import furnish
from stanch.playbooks.load import shipped
from stanch.playbooks.worlds import (
    WrittenWorld,
    catalogue_of,
    world_named,
    worlds_in,
    written_catalogue,
)

_FILES = {"playbooks", "messages"}
"""What names files beside the catalogue."""


@dataclass(frozen=True)
class PlayedWorld:
    """One world at one address."""

    name: str
    folder: Path
    """Where the team's files are."""
    written: WrittenWorld
    catalogue: dict[str, Any]
    address: str = ""

    @classmethod
    def named(cls, name: str, address: str = "") -> "PlayedWorld":
        """The world of a shipped playbook of that name; a ConfigError names the others."""
        team, written = world_named(name)
        return cls(name, shipped(team), written, catalogue_of(team, written.catalogue)[1], address)

    @classmethod
    def beside(cls, config: Path) -> Iterator["PlayedWorld"]:
        """Those that stand beside a team's own catalogue."""
        folder = config.absolute().parent
        for name, written in worlds_in(folder).items():
            catalogue = written_catalogue(folder / written.catalogue if written.catalogue else config)
            yield cls(name, folder, written, catalogue)

    def at(self, address: str) -> "PlayedWorld":
        """The same, where it is served."""
        return replace(self, address=address)

    def called(self, name: str, written: WrittenWorld) -> "PlayedWorld":
        """Another one of the same team, by that name."""
        return replace(self, name=name, written=written)

    @property
    def wakes_by(self) -> str:
        """The alert that it begins with, or the scenario that somebody opens."""
        return self.written.alert.name if self.written.alert else self.written.scenario

    def sandbox(self) -> Sandbox:
        """Everything is there, and wrong in it is what the world says; so it is again after a reset."""
        return Sandbox(self.arrange)

    def ready(self, folder: Path) -> ReadyCatalogue:
        """The catalogue as it is for this address; secrets that are still to be written, in that folder."""
        made = ready(self.catalogue, self.address, nameless(self.written.state))
        for name, reference in self.catalogue.get("secrets", {}).items():
            if reference.startswith("file:"):
                made.catalogue["secrets"][name] = f"file:{folder / name}"
        return made

    def ready_anywhere(self, folder: Path) -> ReadyCatalogue:
        """The same, its playbooks and messages found from anywhere."""
        made = self.ready(folder)
        for key in _FILES & self.catalogue.keys():
            made.catalogue[key] = [self._from_anywhere(one) for one in self.catalogue[key]]
        return made

    def _from_anywhere(self, pattern: str) -> str:
        return pattern if ":" in pattern else str(self.folder / pattern)

    def write(self, folder: Path) -> Path:
        """Secrets and a catalogue that lead to this address; where that is.

        What ships is copied beside it. A team's own files stay where they are: an edit there takes effect
        here, and nobody's whole repository is copied.
        """
        made = self.ready_anywhere(folder.absolute())
        folder.mkdir(parents=True, exist_ok=True)
        if self.folder.parent == shipped():
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        path = folder / "stanch.yaml"
        path.write_text(yaml.safe_dump(made.catalogue, sort_keys=False), encoding="utf-8")
        secrets = folder / "secrets.sh"
        secrets.touch(mode=0o600)
        lines = (f"export {name}={shlex.quote(value)}\n" for name, value in sorted(made.secrets.items()))
        secrets.write_text("".join(lines), encoding="utf-8")
        return path

    def introduced(self, path: Path) -> str:
        """What is wrong here, what shall come of it, and what to type."""
        alert, where = self.written.alert, f"--config {shlex.quote(str(path))}"
        about = f" --service {alert.service}" if alert and alert.service else ""
        wanted = self.written.expect.model_dump(exclude_defaults=True)
        expected = ", ".join(f"{name.replace('_', ' ')}: {_plain(end)}" for name, end in wanted.items())
        secrets = shlex.quote(str(path.with_name("secrets.sh")))
        people = ", ".join(self.catalogue.get("people", {}))
        service = '{"service": "%s"}' % ((alert and alert.service) or next(iter(self.catalogue["services"])))
        return "\n".join(
            (
                f"{self.name}: {self.written.says}. Expected: {expected or 'nothing said'}",
                f"Catalogue: {path}",
                f"Secrets, and the tokens of {people}: {secrets}",
                f"Break something: curl {self.address}/sandbox/break -d '{service}'",
                f"Mend it, but for bad releases: curl {self.address}/sandbox/mend -d '{service}'",
                f"As at first: curl -X POST {self.address}/sandbox/reset",
                f"Try: . {secrets} && stanch plan {self.wakes_by}{about} {where}",
            )
        )

    def arrange(self, sandbox: Sandbox) -> None:
        """An empty sandbox becomes this world."""
        furnished = furnish(sandbox, self.catalogue, self.address)
        bring_about(furnished, self.written.state, self.written.since)


def _plain(end: object) -> str:
    return "yes" if end is True else ", ".join(map(str, end)) if isinstance(end, tuple) else str(end)
