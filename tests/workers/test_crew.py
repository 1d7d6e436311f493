"""What workers leave behind when others take their place."""

import weakref
from pathlib import Path
from typing import Any

from activities.registry import catalogue
from stanch.playbooks.load import load_book
from stanch.policy.signing import Keyring
from stanch.secrets import Redactor
from workers.crew import Crew, settle, working
from workers.embedded import EmbeddedTemporal
from workers.process import connected
from workers.wiring import Setting


async def test_what_earlier_workers_worked_with_is_gone_with_its_connections(tmp_path: Path) -> None:
    (tmp_path / "stanch.yaml").write_text("services: {}\n")
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "one.yaml").write_text("scenarios: {}\n")
    team = load_book(tmp_path / "stanch.yaml", catalogue()).team
    async with EmbeddedTemporal(tmp_path / "data", port=None, ui_port=None) as server:
        setting = Setting(team, tmp_path / "journal", Keyring(b"key"), Redactor())
        client = await connected(server)
        async with working(client, setting, ["probe"]) as crew:
            settle()
            first = weakref.ref(_probing(crew))
            assert first() is not None
        del crew

        async with working(client, setting, ["probe"]):
            settle()
            assert first() is None


def _probing(crew: Crew) -> Any:
    return crew._at_hand.of("probe", _nobody)


def _nobody() -> None:
    raise AssertionError
