"""What has no settings of its own stands on those of its account."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stanch.errors import ConfigError
from stanch.model.base import Written
from stanch.model.evidence import Reading
from stanch.model.verb import Catalogue, ReadingSpec
from stanch.playbooks.load import load_book
from tests.playbooks.conftest import SCENARIO, TEAM

DOORS = """    evidence:
      doors: {uses: fly.doors, target: frontend, with: {port: 5432}}
    options:
      - {when: doors.count > 0, uses: fly.restart, approval: one}
"""
LINES = """    options:
      - {uses: box.tune, target: frontend, approval: one, with: {size: 2}}
"""


class Doors(Reading):
    count: int


class DoorsArguments(Written):
    port: int
    app: dict[str, str] | None = None


@pytest.mark.parametrize("target", ["frontend", "box:web-1"])
def test_a_reading_of_another_place_on_the_account_is_told_who_wants_in(
    tmp_path: Path, catalogue: Catalogue, target: str
) -> None:
    spec = ReadingSpec("fly.doors", "doors", Doors, DoorsArguments, "fly", also_of=("box",), visitor="app")
    known = replace(catalogue, readings={**catalogue.readings, "fly.doors": spec})
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "stanch.yaml").write_text(TEAM)
    (tmp_path / "playbooks" / "site.yaml").write_text(SCENARIO + DOORS.replace("frontend", target))

    (reading,) = load_book(tmp_path / "stanch.yaml", known).scenarios[0].evidence

    assert (reading.target.key if reading.target else "") == "box:web-1"
    assert reading.arguments == {"port": 5432, "app": {"app": "slurpy-backend"}}


@pytest.fixture
def with_account(tmp_path: Path, catalogue: Catalogue) -> Callable[[str], str]:
    """The status page that a step at `box` waits for, where boxes belong to Fly's account."""
    settings = {name: keys for name, keys in catalogue.settings.items() if name != "box"}
    known = replace(catalogue, accounts={"box": "fly"}, settings=settings)

    def page(team: str) -> str:
        (tmp_path / "playbooks").mkdir(exist_ok=True)
        (tmp_path / "stanch.yaml").write_text(team)
        (tmp_path / "playbooks" / "site.yaml").write_text(SCENARIO + LINES)
        book = load_book(tmp_path / "stanch.yaml", known)
        return book.scenarios[0].options[0].steps[0].page

    return page


def test_the_status_page_is_that_of_the_account(with_account: Callable[[str], str]) -> None:
    assert with_account(TEAM) == "fly"


def test_settings_are_written_under_the_account(with_account: Callable[[str], str]) -> None:
    team = TEAM.replace("services:", "  box: {token: env:BOX}\nservices:", 1)

    with pytest.raises(ConfigError, match=r"box has no settings of its own. Write them under fly, whose"):
        with_account(team)
