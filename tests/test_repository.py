import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = {"requirements.lock": ["install"], "requirements-dev.lock": ["install", "dev"]}
PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?P<rest>.*(?:\n    --hash=sha256:\w+.*)*)", re.MULTILINE
)


def asked_for(groups: list[str]) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = [
        line for group in groups for line in project["dependency-groups"][group] if isinstance(line, str)
    ]
    return [Requirement(line) for line in (*project["project"]["dependencies"], *listed)]


def make(target: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    words = [
        "make",
        "--no-print-directory",
        target,
        *(f"{name}={value}" for name, value in variables.items()),
    ]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_what_the_project_asks_for(lock: str) -> None:
    pins = {pin["name"]: pin["version"] for pin in PIN.finditer((ROOT / lock).read_text())}

    for requirement in asked_for(LOCKS[lock]):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_has_hashes_for_every_package_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert all("--hash=sha256:" in pin["rest"] for pin in PIN.finditer(text))
    assert "://" not in text
    assert "--index" not in text


def test_both_locks_agree() -> None:
    runtime, dev = (
        {pin["name"]: pin["version"] for pin in PIN.finditer((ROOT / lock).read_text())} for lock in LOCKS
    )

    assert runtime.items() <= dev.items()


def test_help_shows_every_target() -> None:
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets

    shown = make("help", ROOT).stdout

    assert re.findall(r"^  make ([a-z-]+) ", shown, re.MULTILINE) == targets[1].split()


def test_without_python_make_says_in_one_sentence_what_to_do(clone: Path) -> None:
    said = make("test", clone, PYTHON="python-nowhere").stderr

    assert said.splitlines()[0].startswith("python-nowhere does not run: install Python 3.11 or newer")


@pytest.mark.parametrize(
    ("fails_on", "complaint"),
    [("version_info", "is older than 3.11"), ("ensurepip", "cannot make virtual environments")],
)
def test_an_unfit_python_is_refused_in_one_sentence(clone: Path, fails_on: str, complaint: str) -> None:
    python = clone / "python"
    python.write_text(f'#!/bin/sh\ncase "$2" in *{fails_on}*) exit 1;; esac\n')
    python.chmod(0o755)

    said = make("test", clone, PYTHON=str(python)).stderr

    assert complaint in said.splitlines()[0]
    assert not (clone / ".venv").exists()


def test_a_failed_installation_says_where_to_look_and_is_tried_again(clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho no route to host\nexit 1\n")
    python.chmod(0o755)

    first, second = make("test", clone), make("test", clone)

    for attempt in (first, second):
        assert "could not be installed (why: .venv/pip.log): check the network" in attempt.stderr
    assert (clone / ".venv" / "pip.log").read_text() == "no route to host\n"


OF_AN_EXAMPLE = {"activities/netlify/disable_builds.py"}
"""What a reader is told how to write, and so is not there."""


def test_every_file_that_a_page_names_is_there() -> None:
    named = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|md|yaml|yml|toml))`")
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]

    found = {name for page in pages for name in named.findall(page.read_text())}

    assert {name for name in found - OF_AN_EXAMPLE if not (ROOT / name).exists()} == set()
