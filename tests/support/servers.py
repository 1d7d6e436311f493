"""Debian's own database servers, started once for a run of tests and ended with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

RUNNING = ExitStack()
"""Closed when the run is over."""

_PATIENCE = 30.0


def found(program: str, package: str, folders: Sequence[Path] = ()) -> str:
    """Where a program is; without it tests are skipped, but not where everything has to be installed."""
    where = shutil.which(program, path=os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
    if where is None:
        assert not os.environ.get("CI"), f"install {package}"
        pytest.skip(f"install {package}")
    return where


def home(user: str) -> Path:
    """A folder of its own for a server; as root, of the user that it has to run as."""
    folder = Path(tempfile.mkdtemp(prefix="stanch-"))
    RUNNING.callback(shutil.rmtree, folder, ignore_errors=True)
    if os.geteuid() == 0:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


def without_root(user: str) -> list[str]:
    """What a command begins with so that root's rights are dropped; the child ends with this process."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--pdeathsig=INT"]


def started(
    command: Sequence[str], folder: Path, is_ready: Callable[[], bool], *, speaks: str = ""
) -> subprocess.Popen[bytes]:
    """A server that answers, in that language; ended with the run, by its number."""
    words = RUNNING.enter_context((folder / "words").open("wb"))
    language = {"LANGUAGE": speaks} if speaks else {}
    process = subprocess.Popen(command, cwd=folder, stdout=words, stderr=words, env=os.environ | language)
    RUNNING.callback(_ended, process)
    deadline = time.monotonic() + _PATIENCE
    while not is_ready():
        assert process.poll() is None, (folder / "words").read_text()
        assert time.monotonic() < deadline, f"{command[0]} does not answer"
        time.sleep(0.05)
    return process


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
