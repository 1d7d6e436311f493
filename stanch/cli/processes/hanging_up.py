"""A terminal that is closed: what runs in it ends as with Ctrl-C, and takes along what it has started."""

import signal
from types import FrameType


def end_with_terminal() -> None:
    """From now on SIGHUP interrupts; whoever was started to outlive its terminal, as by nohup, goes on."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(_: int, __: FrameType | None) -> None:
    """Once: the shell says it, and the system says it again, while all that runs is being ended."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.raise_signal(signal.SIGINT)
