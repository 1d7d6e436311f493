"""The line that `stanch up` ends with: it can be pasted, and says how far what it opens may go."""

from collections.abc import Callable
from pathlib import Path

import pytest

from activities.registry import catalogue
from stanch.cli.processes.first_alert import first_alert
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book

TEAM = """
services:
  backend: {{runs_on: {{provider: http, service: backend}}}}
people:
  ana: {{roles: [responder], token: env:OF_ANA}}
sources:
  {source}: {{token: env:OF_THE_SOURCE}}
playbooks: [playbook.yaml]
mode: auto
"""
SCENARIO = (
    "  {name}: {{opens_on: {{alert: {alert}, service: backend}}, severity: high, mode: {mode}, options: []}}"
)
HERE = Path(".stanch").absolute()
Books = Callable[..., Book]


@pytest.fixture
def book(tmp_path: Path) -> Books:
    def written(*scenarios: tuple[str, str], source: str = "alertmanager") -> Book:
        lines = [
            SCENARIO.format(name=f"one-{n}", alert=alert, mode=mode)
            for n, (alert, mode) in enumerate(scenarios)
        ]
        (tmp_path / "playbook.yaml").write_text("\n".join(["scenarios:", *lines]))
        (tmp_path / "stanch.yaml").write_text(TEAM.format(source=source))
        return load_book(tmp_path / "stanch.yaml", catalogue())

    return written


def test_the_most_careful_scenario_is_tried(book: Books) -> None:
    found = first_alert(book(("Down", "auto"), ("Slow", "approve")), HERE)

    assert found is not None
    assert found.command == 'STANCH_ALERT_TOKEN="$OF_THE_SOURCE" stanch alert Slow --service backend'
    assert found.does == "mode approve: it asks before it changes anything"


def test_a_data_folder_elsewhere_is_named(book: Books) -> None:
    found = first_alert(book(("Down", "approve")), Path("/var/lib/a b"))

    assert found is not None
    assert found.command.endswith("--data '/var/lib/a b'")


def test_where_no_name_is_written_out_or_no_alertmanager_speaks_nothing_is_proposed(book: Books) -> None:
    assert first_alert(book(("Down*", "approve")), HERE) is None
    assert first_alert(book(("Down", "approve"), source="sentry"), HERE) is None
