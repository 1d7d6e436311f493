"""A shipped team's world on a socket, and Stanch's command line against it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from sandbox import Sandbox
from sandbox.catalogues import ready
from sandbox.furnishing import Furnished, furnish
from sandbox.server import serving_in_thread
from stanch.cli.app import app
from stanch.playbooks import worlds


def catalogue_of(team: str, name: str = "") -> dict[str, Any]:
    """A catalogue that ships with Stanch, as it is written."""
    return worlds.catalogue_of(team, name)[1]


@dataclass
class PlayedWorld:
    """A team's world, and where its catalogue for the sandbox stands."""

    furnished: Furnished
    folder: Path

    @property
    def sandbox(self) -> Sandbox:
        """Everything that is there."""
        return self.furnished.sandbox

    def asked(self, *words: str) -> Any:
        """What a command of Stanch's answers, as JSON."""
        places = ["--config", str(self.folder / "stanch.yaml"), "--data", str(self.folder / "data"), "--json"]
        said = CliRunner().invoke(app, [*words, *places])
        assert said.stdout, said.output
        return json.loads(said.stdout)


@contextlib.contextmanager
def played(
    catalogue: dict[str, Any], playbook: str, folder: Path, patch: pytest.MonkeyPatch
) -> Iterator[PlayedWorld]:
    """The healthy world of a catalogue, with this playbook in the place of its own."""
    sandbox = Sandbox()
    with serving_in_thread(sandbox) as url:
        made = ready(catalogue | {"playbooks": ["playbook.yaml"], "messages": []}, url)
        for name, value in made.secrets.items():
            patch.setenv(name, value)
        (folder / "stanch.yaml").write_text(yaml.safe_dump(made.catalogue))
        (folder / "playbook.yaml").write_text(playbook)
        yield PlayedWorld(furnish(sandbox, catalogue, url), folder)
