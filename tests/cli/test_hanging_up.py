"""A terminal that is closed ends what runs in it, as Ctrl-C does."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT
from tests.cli.test_terminal import Terminal, terminal


@pytest.fixture(autouse=True)
def who_hangs_up_is_heard() -> Iterator[None]:
    """Also where these tests were begun by nohup, whose children would take no notice."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def closed(screen: Terminal) -> int:
    """The shell says it, and then the system; each at a moment of its own."""
    for _ in range(2):
        screen.process.send_signal(signal.SIGHUP)
    return screen.exit_code()


@pytest.mark.parametrize("world", ["empty", "slurpy-1a"])
def test_a_sandbox_ends_with_its_terminal_and_not_by_the_signal(world: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    with terminal(environment, "sandbox", "--world", world, "--port", "0", "--data", str(tmp_path)) as screen:
        screen.read_until('"base_url"')
        code = closed(screen)

    assert code >= 0, screen.seen
    assert "Traceback" not in screen.seen


def test_whoever_was_started_to_outlive_its_terminal_goes_on(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    try:
        with terminal(environment, "sandbox", "--world=empty", "--port=0", f"--data={tmp_path}") as screen:
            signal.signal(signal.SIGHUP, before)
            screen.read_until('"base_url"')
            screen.process.send_signal(signal.SIGHUP)
            screen.read_until("\0", patience=1)
            still_runs = screen.process.poll() is None
    finally:
        signal.signal(signal.SIGHUP, before)

    assert still_runs
