"""`stanch`, the command line: a door that speaks HTTP to the gateway, and the way to start the processes."""

import sys
from io import TextIOWrapper

from stanch.cli.app import app
from stanch.cli.failures import ExitCode


def main() -> None:
    """The whole life of one command, ended by its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show an arrow shows a question mark, not a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
