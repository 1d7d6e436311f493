"""Debian's own database servers, started where they are needed and ended with the process."""

import os
import pwd
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.util import Finalize
from pathlib import Path
from subprocess import Popen, TimeoutExpired

from sandbox.wires import LOCALHOST

RUNNING = ExitStack()
"""Closed when the process ends."""

_PATIENCE = 30.0
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="starter")
"""A server ends with the thread that started it, so that is one which stays."""


class NotInstalledError(RuntimeError):
    """A server's program is not on this machine; the message says how it gets there."""


def program_of(name: str, where_from: str, folders: Sequence[Path] = ()) -> str:
    """Where a program is."""
    where = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
    if where is None:
        raise NotInstalledError(f"{name} is not on this machine: apt install {where_from}")
    return where


def any_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as found:
        found.bind((LOCALHOST, 0))
        return int(found.getsockname()[1])


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
) -> Popen[bytes]:
    """A server that answers, in that language; ended with the process, by its number."""
    words = RUNNING.enter_context((folder / "words").open("wb"))
    language = {"LANGUAGE": speaks} if speaks else {}

    def start() -> Popen[bytes]:
        return Popen(command, cwd=folder, stdout=words, stderr=words, env=os.environ | language)  # noqa: S603 - our own

    process = _STARTER.submit(start).result()
    RUNNING.callback(_ended, process)
    deadline = time.monotonic() + _PATIENCE
    while not is_ready():
        if process.poll() is not None:
            raise RuntimeError((folder / "words").read_text())
        if time.monotonic() > deadline:
            raise TimeoutError(f"{command[0]} does not answer")
        time.sleep(0.05)
    return process


def _ended(process: Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_PATIENCE)
    except TimeoutExpired:
        process.kill()
        process.wait()


Finalize(None, RUNNING.close, exitpriority=1)  # also where a process ends that multiprocessing began
