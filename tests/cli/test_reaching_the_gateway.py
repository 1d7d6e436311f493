import json
import socket
from pathlib import Path
from threading import Thread

import pytest

from tests.cli import samples
from tests.cli.conftest import Stanch
from tests.cli.fake_gateway import FakeGateway, refused
from tests.cli.samples import FIRST


@pytest.fixture
def data(surroundings: dict[str, str]) -> Path:
    folder = Path(surroundings["STANCH_DATA"])
    (folder / "tokens").mkdir(parents=True)
    return folder


def keep(data: Path, name: str, token: str, mode: int = 0o600) -> None:
    (data / "tokens" / name).write_text(f"{token}\n")
    (data / "tokens" / name).chmod(mode)


def announce(data: Path, url: str) -> None:
    (data / "gateway.json").write_text(json.dumps({"url": url, "pid": 1}))


def test_the_data_folder_knows_address_and_person(stanch: Stanch, gateway: FakeGateway, data: Path) -> None:
    announce(data, gateway.url)
    keep(data, "ana", "token-of-ana")
    keep(data, "source-alertmanager", "not a person's")

    result = stanch("incidents", STANCH_URL="", STANCH_TOKEN="")

    assert result.exit_code == 0


def test_options_win_over_the_environment(stanch: Stanch, gateway: FakeGateway, tmp_path: Path) -> None:
    result = stanch(
        "incidents", "--url", gateway.url, "--data", str(tmp_path), STANCH_URL="http://127.0.0.1:9"
    )

    assert result.exit_code == 0


def test_without_any_gateway_it_says_how_to_start_one(stanch: Stanch) -> None:
    result = stanch("incidents", STANCH_URL="")

    assert result.exit_code == 3
    assert "start one with `stanch up`" in result.stderr.replace("Start", "start")


def test_a_gateway_that_does_not_answer_is_named(stanch: Stanch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    result = stanch("incidents", STANCH_URL=url)

    assert result.exit_code == 3
    assert (
        result.stderr
        == f"stanch: no gateway answers at {url} (Connection refused): start one with `stanch up`\n"
    )


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"url": 3}', '{"url": "http://evil.example:80"}', '{"url": ""}']
)
def test_a_data_folder_from_elsewhere_cannot_send_a_token_elsewhere(
    stanch: Stanch, data: Path, content: str
) -> None:
    (data / "gateway.json").write_text(content)

    result = stanch("incidents", STANCH_URL="")

    assert result.exit_code == 2
    assert "gateway.json" in result.stderr


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8080", "http://", "http://a:b", "http://a b"])
def test_what_is_no_address_is_a_misuse(stanch: Stanch, url: str) -> None:
    result = stanch("incidents", "--url", url)

    assert result.exit_code == 2
    assert "is not an address" in result.stderr


def test_nobody_is_asking_without_a_token(stanch: Stanch) -> None:
    result = stanch("incidents", STANCH_TOKEN="")

    assert result.exit_code == 2
    assert "set STANCH_TOKEN" in result.stderr


def test_of_several_people_one_must_be_chosen(stanch: Stanch, data: Path) -> None:
    keep(data, "ana", "token-of-ana")
    keep(data, "li", "token-of-li")

    result = stanch("incidents", STANCH_TOKEN="")

    assert result.exit_code == 2
    assert "(ana, li)" in result.stderr


def test_a_token_that_others_can_read_is_not_used(stanch: Stanch, data: Path) -> None:
    keep(data, "ana", "token-of-ana", mode=0o644)

    result = stanch("incidents", STANCH_TOKEN="")

    assert result.exit_code == 2
    assert "chmod 600" in result.stderr


@pytest.mark.parametrize("token", ["two words", "ümlaut", ""])
def test_a_file_without_one_token_is_said(stanch: Stanch, data: Path, token: str) -> None:
    keep(data, "ana", token)

    result = stanch("incidents", STANCH_TOKEN="")

    assert result.exit_code == 2
    assert str(data / "tokens" / "ana") in result.stderr


def test_a_wrong_token_is_named_by_where_it_came_from_and_never_shown(stanch: Stanch) -> None:
    result = stanch("incidents", STANCH_TOKEN="token-of-a-stranger")

    assert result.exit_code == 1
    assert "does not accept the token of STANCH_TOKEN" in result.stderr
    assert "stranger" not in result.stderr


def test_a_missing_role_is_said_as_the_gateway_says_it(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())

    result = stanch("undo", FIRST, STANCH_TOKEN="token-of-li")

    assert result.exit_code == 1
    assert "li does not have the role approver" in result.stderr


def test_a_word_to_a_closed_incident_is_refused(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())
    gateway.close(FIRST)

    result = stanch("ack", FIRST, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"error": {"code": "closed", "message": f"{FIRST} is closed"}}


STATUSES = [
    (400, 2),
    (401, 1),
    (403, 1),
    (404, 1),
    (409, 1),
    (413, 2),
    (422, 2),
    (429, 1),
    (500, 3),
    (503, 3),
]


@pytest.mark.parametrize(("status", "exit_code"), STATUSES)
def test_every_error_has_its_exit_code_and_its_reason(
    stanch: Stanch, gateway: FakeGateway, status: int, exit_code: int
) -> None:
    gateway.instead = refused(status, "some-code", "the reason\x1b[2J")

    people, machines = stanch("ack", FIRST), stanch("ack", FIRST, "--json")

    assert (people.exit_code, machines.exit_code) == (exit_code, exit_code)
    assert "the reason\\x1b[2J" in people.stderr
    assert json.loads(machines.stdout)["error"]["code"] == "some-code"
    assert machines.stderr == ""


@pytest.mark.parametrize("status", [403, 404, 409, 429, 503, 418])
def test_an_error_without_a_reason_still_says_something(
    stanch: Stanch, gateway: FakeGateway, status: int
) -> None:
    gateway.instead = (status, {"detail": "whatever"})

    result = stanch("incidents")

    assert result.exit_code in (1, 3)
    assert len(result.stderr) > 30


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ((200, b"<html>welcome</html>"), "is no gateway of this version"),
        ((200, b"[]"), "is no gateway of this version"),
        ((200, b'{"incidents": [{"number": 3}]}'), "is no gateway of this version"),
        ((502, b"<html>bad gateway</html>"), "answers 502 and no more"),
        ((307, b""), "points to https://elsewhere.example/"),
    ],
)
def test_something_else_that_answers_is_not_believed(
    stanch: Stanch, gateway: FakeGateway, answer: tuple[int, bytes], complaint: str
) -> None:
    gateway.raw = answer

    result = stanch("incidents")

    assert result.exit_code == 3
    assert complaint in result.stderr


def test_a_word_whose_answer_is_lost_may_have_arrived_and_says_so(stanch: Stanch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.close()

        thread = Thread(target=hang_up)
        thread.start()
        result = stanch("ack", FIRST, STANCH_URL=url)
        thread.join()

    assert result.exit_code == 3
    assert "may have arrived" in result.stderr
