import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.a_place import PLAYBOOK, TEAM, Place
from tests.cli.conftest import ROOT


def test_what_is_worth_knowing_of_the_files_is_said(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("    options:", "      idle: {uses: fly.secrets}\n    options:"))

    text = place.run("check", "--offline").stdout
    document = json.loads(place.run("check", "--offline", "--json").stdout)

    assert "Worth knowing" in text
    assert "evidence.idle: nothing speaks of this evidence, so it is not read" in " ".join(text.split())
    assert [one["line"] > 0 for one in document["remarks"]] == [True]


def test_everything_wrong_in_the_files_is_listed_at_once(place: Place) -> None:
    place.write(
        playbook=PLAYBOOK.replace("fly.releases", "fly.relases").replace("fly.is_down", "fly.is_dwn"),
        team=TEAM.replace("owners: [ana]", "owners: [anna]"),
    )
    (place.folder / "playbooks" / "other.yaml").write_text("scenarios:\n  a: {severty: low}\n")

    result = place.run("check")

    text = " ".join(result.stdout.split())
    assert result.exit_code == 1
    assert "site.yaml:8:scenarios.site-down.evidence.release.uses:thereisnoreading" in text.replace(" ", "")
    assert "Did you mean fly.releases?" in text
    for said in ("fly.is_dwn", "severty", "there is no person anna. Did you mean ana?"):
        assert said in text
    assert "problems" in text


def test_problems_are_a_list_for_machines(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("fly.is_down", "fly.is_dwn"))

    result = place.run("check", "--json")

    document = json.loads(result.stdout)
    (problem,) = document["problems"]
    assert result.exit_code == 1
    assert (document["ok"], document["checks"]) == (False, [])
    assert problem["file"] == str(place.folder / "playbooks" / "site.yaml")
    assert problem["line"] == 12
    assert problem["text"].startswith("scenarios.site-down.options[0].when: line 1, column 1")
    assert problem["text"].endswith("^")


def test_many_problems_end_with_how_many_more_there_are(place: Place) -> None:
    place.write(extra="".join(f"x{number}: 1\n" for number in range(70)))

    problems = json.loads(place.run("check", "--json").stdout)["problems"]

    assert len(problems) == 51
    assert problems[-1] == {"file": "", "line": 0, "text": "and 20 more"}


def test_without_a_file_it_shows_how_to_begin(place: Place) -> None:
    (place.folder / "stanch.yaml").unlink()

    result = place.run("check")

    assert result.exit_code == 1
    assert "there is no such file" in " ".join(result.stdout.split())
    assert "runs_on: {provider: fly, app: my-app}" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "/service/backend/healthz]",
            "/service/backend/healthz, no-address]",
            "services.backend.health[1]: write an address as https://host/path",
        ),
        ("status_page: fly", "status_page: flyy", "providers.fly.status_page: there is no status page flyy."),
    ],
)
def test_what_the_files_alone_show_to_be_wrong_is_a_problem_with_its_place(
    place: Place, old: str, new: str, said: str
) -> None:
    place.write(TEAM.replace(old, new))

    result = place.run("check", "--json")

    document = json.loads(result.stdout)
    assert (result.exit_code, document["ok"], document["checks"]) == (1, False, [])
    assert [problem["text"].startswith(said) for problem in document["problems"]] == [True]


@pytest.mark.parametrize("change", ["missing", "edited"])
def test_make_check_fails_when_a_schema_has_drifted(tmp_path: Path, change: str) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("*.md"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def drift(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, str(tmp_path / "docs" / "drift.py"), *words]
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)

    assert drift("--check").returncode == 0
    schema = tmp_path / "docs" / "schemas" / "playbook.json"
    schema.unlink() if change == "missing" else schema.write_text("{}")

    assert "docs/schemas/playbook.json no longer says" in drift("--check").stderr
    assert drift().returncode == drift("--check").returncode == 0
