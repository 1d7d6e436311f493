"""Debian's own database servers for tests, which are skipped where one is not installed."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox.real_servers import NotInstalledError, program_of


def found(program: str, package: str, folders: Sequence[Path] = ()) -> str:
    """Where a program is; without it tests are skipped, but not where everything has to be installed."""
    try:
        return program_of(program, package, folders)
    except NotInstalledError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
