"""A world of a shipped playbook: its files, what is said of it, and that a reset brings it back."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from activities.registry import catalogue
from sandbox.fly.world import FlyWorld
from stanch.cli.worlds.chosen_worlds import the_one
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.errors import ConfigError
from stanch.playbooks.load import load_book

HERE = "http://127.0.0.1:7999"
POST = Path(__file__).parents[1] / "worlds" / "post" / "stanch.yaml"
"""A team's own folder, which does not ship."""
NOWHERE = Path("nowhere") / "stanch.yaml"


def test_the_files_of_a_world_lead_to_its_sandbox(tmp_path: Path) -> None:
    played = PlayedWorld.named("slurpy-1a", HERE)

    path = played.write(tmp_path / "slurpy-1a")

    written = yaml.safe_load(path.read_text())
    secrets = path.with_name("secrets.sh")
    assert written["services"]["backend"]["base"] == f"{HERE}/service/backend"
    assert "export FLY_API_TOKEN=fly-sandbox-key\n" in secrets.read_text()
    assert secrets.stat().st_mode & 0o077 == 0
    assert (path.parent / "slurpy.yaml").exists()


def test_a_world_says_what_is_wrong_what_shall_come_of_it_and_what_to_type(tmp_path: Path) -> None:
    said = PlayedWorld.named("slurpy-1a", HERE).introduced(tmp_path / "stanch.yaml")

    assert said.startswith(
        "slurpy-1a: The newest release fails on every request. Expected: cured by: roll_back"
    )
    assert f"stanch plan SiteDown --service backend --config {tmp_path}/stanch.yaml" in said


def test_a_reset_brings_the_world_back() -> None:
    sandbox = PlayedWorld.named("slurpy-1a", HERE).sandbox()
    before = sandbox.services["backend"].measure().error_rate
    sandbox.of(FlyWorld).deploy("slurpy-backend")
    sandbox.pass_time(timedelta(minutes=1))
    cured = sandbox.services["backend"].measure().error_rate

    sandbox.reset()

    assert (before, cured, sandbox.services["backend"].measure().error_rate) == (1, 0, 1)


def test_a_world_that_nobody_knows_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no world slurpy-1aa\. Did you mean slurpy-1a"):
        the_one(NOWHERE, "slurpy-1aa")


def test_a_team_s_own_worlds_come_before_those_that_ship() -> None:
    assert the_one(POST, "post-1a").folder == POST.parent
    assert the_one(POST, "slurpy-1").name == "slurpy-1a"
    with pytest.raises(ConfigError, match=r"no world post-11\. Did you mean post-1"):
        the_one(POST, "post-11")


def test_a_team_s_own_files_stay_where_they_are_and_are_found(tmp_path: Path) -> None:
    played = the_one(POST, "post-1a").at(HERE)

    path = played.write(tmp_path / "post-1a")

    assert sorted(one.name for one in path.parent.iterdir()) == ["secrets.sh", "stanch.yaml"]
    book = load_book(path, catalogue())
    assert "database-failed" in {one.scenario for one in book.scenarios}
    assert "major" in book.context.messages
