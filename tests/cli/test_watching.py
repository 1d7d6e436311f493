import json
import signal
import subprocess
import threading
import time

from stanch.model.incident import Phase
from stanch.model.message import TimelineEntry
from tests.cli import samples
from tests.cli.conftest import PROGRAM, Stanch
from tests.cli.fake_gateway import FakeGateway
from tests.cli.samples import FIRST

FAST = ("--every", "0.1")


def grow(gateway: FakeGateway) -> None:
    """Each look shows a line more; the last one shows the end."""
    lines = [TimelineEntry(at=samples.NOW, kind="note", text=f"line {number}") for number in range(1, 4)]
    for shown in range(1, 4):
        gateway.script.append(samples.waiting(timeline=tuple(lines[:shown])))
    gateway.script.append(samples.waiting(timeline=tuple(lines), phase=Phase.CLOSED))


def test_each_line_is_printed_once_until_the_incident_is_closed(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())
    grow(gateway)

    result = stanch("watch", FIRST, *FAST)

    assert result.exit_code == 0
    assert [line.split()[-1] for line in result.stdout.splitlines() if " line " in line] == ["1", "2", "3"]
    assert result.stdout.count("waiting for") == 1
    assert gateway.looks == 4


def test_machines_get_the_whole_incident_when_it_is_closed(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())
    grow(gateway)

    result = stanch("watch", FIRST, "--json", *FAST)

    assert json.loads(result.stdout)["state"]["phase"] == "closed"


def test_a_gateway_that_is_away_for_a_while_is_borne(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())

    def go_away() -> None:
        gateway.raw = (503, b"gone")

    def come_back() -> None:
        gateway.close(FIRST)
        gateway.raw = None

    for after, turn in ((0.3, go_away), (0.9, come_back)):
        threading.Timer(after, turn).start()

    result = stanch("watch", FIRST, "--until-closed", *FAST)

    assert result.exit_code == 0
    assert result.stdout.count("the gateway does not answer; still trying") == 1
    assert "closed: resolved by a person" in result.stdout


def test_the_first_look_has_no_patience(stanch: Stanch) -> None:
    result = stanch("watch", FIRST, "--until-closed", STANCH_URL="http://127.0.0.1:9")

    assert result.exit_code == 3


def test_ctrl_c_ends_it_quietly_with_130(gateway: FakeGateway, environment: dict[str, str]) -> None:
    gateway.add(samples.waiting())
    process = subprocess.Popen(
        [*PROGRAM, "watch", *FAST], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while gateway.looks < 2 and time.monotonic() < deadline:
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)

    assert process.returncode == 130
    assert stderr == ""
