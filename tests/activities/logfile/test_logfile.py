from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.integration import Surroundings
from activities.logfile.client import LARGEST, TAIL, Files
from activities.logfile.logs import FileTarget, ReadFile
from activities.portable.log_lines import LogCount
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.logfile.keys import LogfileKey
from sandbox.logfile.scenes import APP, SAID, app
from sandbox.logfile.world import LogfileWorld
from sandbox.server import serving
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT
from tests.activities.logfile.cases import URL

MEGABYTE = 1024 * 1024
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(app, SandboxClock(AT))
    yield made
    assert made.ledger.unexpected == []


@pytest.fixture
def world(sandbox: Sandbox) -> LogfileWorld:
    return sandbox.of(LogfileWorld)


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    (tmp_path / "logs").write_text(LogfileKey.ALL)
    return Surroundings(Provider(), Redactor(), references={"logs": f"file:{tmp_path / 'logs'}"})


@pytest.fixture
def files(sandbox: Sandbox, around: Surroundings) -> Files:
    return answered_by(around, httpx.ASGITransport(application(sandbox)))


def answered_by(around: Surroundings, transport: httpx.AsyncBaseTransport) -> Files:
    made = Files.connect(around)
    made.api.connection.answered_by(transport)
    return made


async def look(files: Files, url: str = URL, **arguments: Any) -> LogCount:
    at = {name: arguments.pop(name) for name in ("bearer", "zone") if name in arguments}
    target = Target(provider="logfile", name=url, at={"bearer": "logs", **at})
    return await ReadFile(files).read(
        Look(target=target, arguments={"matching": ["ERROR"], **arguments}, as_of=AT)
    )


async def test_lines_of_the_time_asked_for_are_counted(files: Files) -> None:
    found = await look(files, matching=["ERROR", "GET /cards"], count={"errors": "ERROR"}, within="10m")

    assert found.counts == {"errors": 30}
    assert found.line() == f"35 lines in 10 min: errors 30; last 02:59: 2026-11-21T02:59:50Z {SAID}"


async def test_a_file_that_begins_within_the_time_asked_for_is_at_least(files: Files) -> None:
    assert not (await look(files, within="50m")).is_cut
    assert (await look(files, within="2h")).is_cut


async def test_a_file_to_which_nobody_writes_any_more_proves_nothing(
    files: Files, world: LogfileWorld
) -> None:
    world.files[APP].text = ""
    world.say(APP, "GET /cards 200", timedelta(hours=3), timedelta(hours=2))

    found = await look(files, within="15m")

    assert (found.count, found.is_cut) == (0, True)
    assert found.line() == "at least 0 lines in 15 min: whether there were any is not known"


async def test_an_empty_file_says_that_nothing_is_known_before_it(files: Files, world: LogfileWorld) -> None:
    world.files[APP].text = ""

    found = await look(files)

    assert (found.count, found.is_cut) == (0, True)


async def test_only_the_end_of_a_long_file_is_read_and_its_cut_line_is_left_out(
    files: Files, world: LogfileWorld
) -> None:
    world.files[APP].text = ""
    world.say(APP, "ERROR " + "x" * 1000, *(timedelta(milliseconds=n) for n in range(6000, 0, -1)))

    found = await look(files)

    assert found.count == TAIL // len(f"2026-11-21T02:59:54Z ERROR {'x' * 1000}\n")
    assert found.is_cut


async def test_a_long_file_whose_end_reaches_back_far_enough_is_whole(
    files: Files, world: LogfileWorld
) -> None:
    world.files[APP].text = ""
    world.say(APP, "INFO " + "x" * 1000, *[timedelta(hours=1)] * 6000)
    world.say(APP, "ERROR", MINUTE)

    found = await look(files)

    assert (found.count, found.is_cut) == (1, False)


async def test_a_server_that_gives_no_parts_is_read_through_to_the_end(
    files: Files, world: LogfileWorld
) -> None:
    world.files[APP].gives_parts = False
    world.files[APP].text = f"{'x' * (TAIL + MEGABYTE)}\n{world.files[APP].text}"

    assert (await look(files)).count == 30


async def test_a_file_that_is_too_large_to_be_read_through_says_the_way_out(around: Surroundings) -> None:
    class Endless(httpx.AsyncByteStream):
        given = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                self.given += MEGABYTE
                yield b"x" * MEGABYTE

    stream = Endless()
    endless = httpx.MockTransport(lambda _: httpx.Response(200, stream=stream))

    with pytest.raises(Rejected, match="let it answer Range, or rotate the file"):
        await look(answered_by(around, endless))

    assert stream.given <= LARGEST + MEGABYTE


async def test_a_part_that_does_not_say_which_is_refused(around: Surroundings) -> None:
    part = httpx.MockTransport(lambda _: httpx.Response(206, text="2026-11-21T03:00:00Z said"))

    with pytest.raises(Rejected, match="without saying which"):
        await look(answered_by(around, part))


async def test_what_has_no_times_is_no_log(files: Files, world: LogfileWorld) -> None:
    world.files[APP].text = "<html>\nlog in\n</html>\n"

    with pytest.raises(Rejected, match=r"no line of http://sandbox\.example/logfile/app\.log says when"):
        await look(files)


async def test_a_stack_trace_counts_with_the_line_that_it_belongs_to(
    files: Files, world: LogfileWorld
) -> None:
    world.say(APP, "ERROR boom", MINUTE)
    world.files[APP].text += "Traceback (most recent call last):\n  KeyError: 'plan'\n"

    found = await look(files, matching=["KeyError"])

    assert (found.count, found.last_at) == (1, AT - MINUTE)


async def test_bytes_that_are_no_text_do_no_harm(around: Surroundings) -> None:
    body = b"2026-11-21T02:59:00Z ERROR \xff\xfe\r\n"
    odd = httpx.MockTransport(lambda _: httpx.Response(200, content=body))

    assert (await look(answered_by(around, odd))).last == "2026-11-21T02:59:00Z ERROR \ufffd\ufffd"


async def test_a_secret_in_a_line_is_blanked_out(files: Files, world: LogfileWorld) -> None:
    world.say(APP, f"ERROR key={LogfileKey.ALL}", timedelta(seconds=1))

    assert LogfileKey.ALL not in (await look(files)).model_dump_json()


async def test_an_open_file_takes_no_secret_and_another_does(files: Files, world: LogfileWorld) -> None:
    with pytest.raises(Unauthorized):
        await look(files, bearer="")
    world.files[APP].is_open = True

    assert (await look(files, bearer="")).count == 30


async def test_a_secret_that_the_team_does_not_have_is_named(files: Files) -> None:
    with pytest.raises(ConfigError, match=r"secrets\.pool is missing"):
        await look(files, bearer="pool")


async def test_what_follows_the_path_is_never_shown(sandbox: Sandbox, files: Files) -> None:
    said = []
    for trouble in (Trouble.RESET, Trouble.TIMEOUT):
        sandbox.order(Fault(trouble=trouble))
        with pytest.raises(Unavailable) as refused:
            await look(files, f"{URL}?version=abc")
        said.append(str(refused.value))
    with pytest.raises(Rejected) as missing:
        await look(files, f"{URL}.1?version=abc")

    assert not any("abc" in text for text in (*said, str(missing.value)))


async def test_a_redirect_is_not_followed(around: Surroundings) -> None:
    moved = httpx.MockTransport(lambda _: httpx.Response(302, headers={"location": "https://x.example/"}))

    with pytest.raises(Rejected, match="answered 302"):
        await look(answered_by(around, moved))


async def test_a_file_is_read_over_a_real_socket(sandbox: Sandbox, around: Surroundings) -> None:
    async with serving(sandbox) as base:
        found = await look(Files.connect(around), f"{base}/logfile/{APP}")

    assert found.count == 30


@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars/Olympus"}, {"url": "ftp://x.example/a"}, {"path": "/app.log"}]
)
def test_what_cannot_be_right_is_refused_while_loading(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FileTarget.model_validate({"url": URL, **wrong})


async def test_times_that_name_no_zone_are_in_the_one_that_is_asked_for(
    files: Files, world: LogfileWorld
) -> None:
    world.files[APP].text = "2026-11-21 03:59:00 ERROR\n"

    assert (await look(files, zone="Europe/Madrid")).last_at == AT - MINUTE
