import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli import samples
from tests.cli.conftest import PROGRAM
from tests.cli.fake_gateway import FakeGateway
from tests.cli.samples import FIRST

PATIENCE = 50.0
"""Seconds: a command loads slowly where much else runs."""
SAYS_SO = "nothing was"
"""How a command begins that was left at its question; once it is said, the command ends by itself."""


class Terminal:
    """A real terminal with one command in it."""

    def __init__(self, process: "subprocess.Popen[bytes]", end: int) -> None:
        self.process = process
        self.seen = ""
        self._end = end

    def read_until(self, text: str, patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        while text not in self.seen and time.monotonic() < deadline:
            if not self._read():
                return

    def _read(self) -> bool:
        if not select.select([self._end], [], [], 0.2)[0]:
            return True
        try:
            more = os.read(self._end, 65536)
        except OSError:
            return False
        self.seen += more.decode()
        return bool(more)

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def at_the_end(self) -> int:
        """Nothing more is typed."""
        self.type("\x04")
        return self.exit_code()

    def interrupted(self) -> int:
        """Ctrl-C, again where it came in the moment before the question was listened to."""
        for _ in range(20):
            self.process.send_signal(signal.SIGINT)
            self.read_until(SAYS_SO, patience=1)
            if SAYS_SO in self.seen or self.process.poll() is not None:
                break
        return self.exit_code()

    def exit_code(self) -> int:
        self.read_until("\0")
        return self.process.wait(timeout=PATIENCE)


@contextmanager
def terminal(environment: dict[str, str], *words: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    coloured = {**environment, "TERM": "xterm-256color"}
    process = subprocess.Popen([*PROGRAM, *words], env=coloured, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_what_was_shown_on_the_terminal_is_what_is_approved(
    gateway: FakeGateway, environment: dict[str, str]
) -> None:
    view = gateway.add(samples.waiting())

    with terminal(environment, "approve") as screen:
        screen.read_until("[y/N]")
        screen.type("y\n")
        code = screen.exit_code()

    assert code == 0
    assert "roll backend back from v42 to v41" in screen.seen
    assert f"Approve {view.digest} of {FIRST}?" in screen.seen
    assert gateway.said == [(FIRST, "approve", {"digest": view.digest})]


def test_a_plan_that_changed_while_it_was_read_is_not_approved(
    gateway: FakeGateway, environment: dict[str, str]
) -> None:
    view = gateway.add(samples.waiting())

    with terminal(environment, "approve") as screen:
        screen.read_until("[y/N]")
        gateway.add(view.model_copy(update={"digest": "ffffffffffff"}))
        screen.type("y\n")
        code = screen.exit_code()

    assert code == 1
    assert gateway.said == []


def test_anything_but_yes_approves_nothing(gateway: FakeGateway, environment: dict[str, str]) -> None:
    gateway.add(samples.waiting())

    with terminal(environment, "approve", "--lower", "count=2") as screen:
        screen.read_until("[y/N]")
        screen.type("\n")
        code = screen.exit_code()

    assert code == 1
    assert "Lowered to count=2" in screen.seen
    assert "nothing was approved" in screen.seen
    assert gateway.said == []


def test_ctrl_c_at_the_question_approves_nothing(gateway: FakeGateway, environment: dict[str, str]) -> None:
    gateway.add(samples.waiting())

    with terminal(environment, "approve") as screen:
        screen.read_until("[y/N]")
        code = screen.interrupted()

    assert code == 130
    assert "nothing was approved" in screen.seen
    assert "Traceback" not in screen.seen
    assert gateway.said == []


def test_the_end_of_the_input_approves_nothing(gateway: FakeGateway, environment: dict[str, str]) -> None:
    gateway.add(samples.waiting())

    with terminal(environment, "approve") as screen:
        screen.read_until("[y/N]")
        code = screen.at_the_end()

    assert code == 1
    assert gateway.said == []


def test_a_terminal_gets_colours_unless_it_wants_none(
    gateway: FakeGateway, environment: dict[str, str]
) -> None:
    gateway.add(samples.waiting())

    with terminal(environment, "show") as colourful:
        colourful.exit_code()
    with terminal({**environment, "NO_COLOR": "1"}, "show") as plain:
        plain.exit_code()

    assert "\x1b[" in colourful.seen
    assert FIRST in plain.seen
    assert "\x1b[" not in plain.seen
