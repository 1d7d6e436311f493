"""A port that was asked for is had or refused by name; only a default one may move, and says so."""

import os
import socket
from collections.abc import Iterator

import pytest

from stanch.cli.processes.ports import LOCALHOST, CannotListen, Wish, holder_of


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((LOCALHOST, 0)) as holder:
        yield int(holder.getsockname()[1])


@pytest.mark.parametrize("host", [LOCALHOST, "0.0.0.0"])  # noqa: S104 - it is refused
def test_a_port_that_was_asked_for_and_is_taken_is_refused_with_who_has_it(taken: int, host: str) -> None:
    wish = Wish("--port", 7330, taken, host)

    with pytest.raises(CannotListen) as refused:
        wish.listening()

    assert str(refused.value) == (
        f"port {taken} is taken by pid {os.getpid()}: stop what listens there, or choose another with --port"
    )


def test_a_default_port_that_is_taken_moves_and_says_so(
    taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with Wish("--port", taken).listening() as found:
        port = found.getsockname()[1]

    assert port != taken
    assert capsys.readouterr().err == (
        f"port {taken} is taken by pid {os.getpid()}: listening on {port} instead\n"
    )


def test_a_default_port_beyond_this_machine_does_not_move(taken: int) -> None:
    with pytest.raises(CannotListen, match="is taken"):
        Wish("--port", taken, host="0.0.0.0").listening()  # noqa: S104 - it is refused


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotListen, match=r"choose (one|another) with --host"):
        Wish("--port", 7330, 7330, "192.0.2.1").listening()


def test_nobody_has_a_port_that_is_free(taken: int) -> None:
    with Wish("--port", taken).listening() as found:
        port = found.getsockname()[1]

    assert holder_of(port) is None
