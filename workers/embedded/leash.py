"""A program on a leash: it runs in this process's place and dies with the process that started it.

Run as a script, in front of the program: `python leash.py <parent pid> <program> <arguments...>`.
It imports only the standard library, so that it starts without the site packages.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """The parent's death kills this process, also after it has become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        # Linux ties this to the *thread* that started us, and keeps it over exec. SIGKILL and not SIGTERM: a
        # server that hangs while stopping would be the very orphan; its database is safe either way.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the leash was on
            sys.exit(1)
    os.execv(program, sys.argv[2:])  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
