import os
import sys
from dataclasses import dataclass
from pathlib import Path

from workers.embedded.binary import Binary
from workers.embedded.ports import LOOPBACK

LEASH = Path(__file__).with_name("leash.py")
# Measured on server 1.32: the first activity starts three times sooner than with Temporal's defaults, which
# polls each queue 20 times a second; write-ahead logging with full synchronisation is safe on power loss.
# Only what lists show may wait: written four times a second it is out of a change's way, 8 ms of 70.
PRAGMAS = ("journal_mode=wal", "synchronous=full", "busy_timeout=10000")
PACE = (
    "history.transferProcessorMaxPollRPS=2000",
    "history.timerProcessorMaxPollRPS=2000",
    "history.visibilityProcessorMaxPollRPS=4",
    'history.timerProcessorMaxTimeShift="1ms"',
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)
# The second spelling is that of newer servers; a server ignores keys it does not know.
TIME_SKIPPING = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    "system.workflowTimeSkippingEnabled=true",
    "frontend.WorkflowTimeSkippingMaxSkipPerSession=100000",
)


@dataclass(frozen=True)
class ServerCommand:
    """How the server is started: which program, on which file, at which ports."""

    binary: Binary
    database: Path
    port: int
    ui_port: int
    time_skipping: bool

    @property
    def address(self) -> str:
        """Where it will answer gRPC."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def ui_url(self) -> str:
        """Where it will show its pages."""
        return f"http://{LOOPBACK}:{self.ui_port}"

    def arguments(self) -> list[str]:
        """The whole command line, leash first. Nothing listens beyond the loopback address or calls out."""
        pace = (*PACE, *TIME_SKIPPING) if self.time_skipping else PACE
        return [
            *(
                sys.executable,
                "-I",
                "-S",
                str(LEASH),
                str(os.getpid()),
                str(self.binary.path),
                "server",
                "start-dev",
            ),
            *(
                "--ip",
                LOOPBACK,
                "--port",
                str(self.port),
                "--ui-port",
                str(self.ui_port),
                "--ui-disable-news-fetch",
            ),
            *("--db-filename", str(self.database), "--log-level", "error", "--log-format", "json"),
            *(word for pragma in PRAGMAS for word in ("--sqlite-pragma", pragma)),
            *(word for value in pace for word in ("--dynamic-config-value", value)),
        ]
