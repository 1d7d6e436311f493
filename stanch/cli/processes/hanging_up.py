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
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell without job control keeps Ctrl-C from what it puts into the background.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)
