"""Lines that are kept in a file for people."""

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.fly.client import Fly
from activities.fly.history import ReadLogs
from activities.portable.kept_lines import FILES, LARGEST, kept
from activities.portable.log_lines import LogCount, LoggedLine
from sandbox.clock import SandboxClock
from sandbox.fly.scenes import slurpy
from sandbox.fly.world import FlyWorld
from sandbox.world import Sandbox
from stanch.errors import Unavailable
from stanch.model.evidence import Look
from stanch.secrets import Redactor
from tests.activities.contract.case import AT
from tests.activities.fly.cases import BACKEND
from tests.activities.fly.flying import fly_of

SECRET = "a-token-of-ours"
LOOK = Look(target=BACKEND, as_of=AT, arguments={"within": "1h"})


@pytest.fixture
def fly() -> Fly:
    sandbox = Sandbox(slurpy, SandboxClock(AT))
    app = sandbox.of(FlyWorld).apps[BACKEND.name]
    app.say("Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789", at=AT - timedelta(minutes=2))
    app.say("GET /kept 200", at=AT - timedelta(minutes=1))
    return fly_of(sandbox)


async def asked(fly: Fly, folder: Path | None, **arguments: Any) -> LogCount:
    look = LOOK.model_copy(update={"arguments": arguments})
    return await ReadLogs(fly, folder).read(look)


def files_in(folder: Path) -> list[Path]:
    return [*folder.iterdir()]


def text_of(found: LogCount) -> str:
    return Path(found.kept).read_text()


def written(folder: Path, *lines: LoggedLine, look: Look = LOOK) -> Path:
    return kept(lines, look, Redactor([SECRET]), folder, "fly.logs")


async def test_lines_are_kept_oldest_first_and_the_answer_names_the_file(fly: Fly, tmp_path: Path) -> None:
    found = await asked(fly, tmp_path, keep=True)

    text = text_of(found)
    assert found.line().endswith(f"; kept in {found.kept}")
    assert text.index("Authorization") < text.index("GET /kept 200")
    assert "abcdefghijklmnop" not in text
    assert found.kept.startswith(f"{tmp_path}/logs-fly.logs-slurpy-backend-20261121T030000Z-")
    assert "GET /kept" not in found.model_dump_json()


@pytest.mark.parametrize("keep", [True, False])
async def test_nothing_is_kept_where_nobody_asked_or_there_is_no_place(
    fly: Fly, tmp_path: Path, *, keep: bool
) -> None:
    found = await asked(fly, None if keep else tmp_path, keep=keep)

    assert (found.kept, files_in(tmp_path)) == ("", [])


async def test_only_lines_that_match_are_kept(fly: Fly, tmp_path: Path) -> None:
    found = await asked(fly, tmp_path, keep=True, matching="/kept")

    assert [line[-13:] for line in text_of(found).splitlines()] == ["GET /kept 200"]


def test_asked_again_it_is_the_same_file_and_its_owners_alone(tmp_path: Path) -> None:
    first = written(tmp_path, LoggedLine(at=AT, text="one"))
    second = written(tmp_path, LoggedLine(at=AT, text=f"two \ud800 {SECRET}", source="web.1"))

    assert first == second
    assert second.read_text() == "2026-11-21T03:00:00+00:00 web.1 two ? (secret)\n"
    assert [*tmp_path.iterdir()] == [first]
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_what_is_too_much_for_a_file_is_the_oldest(tmp_path: Path) -> None:
    lines = (LoggedLine(at=AT - timedelta(seconds=n), text=f"{n} {'x' * 100_000}") for n in range(60))

    text = written(tmp_path, *lines).read_text()

    assert len(text) <= LARGEST
    assert [line[26:28].strip() for line in text.splitlines()][-1] == "0"
    assert " 59 x" not in text


def test_the_newest_files_stay(tmp_path: Path) -> None:
    other = tmp_path / "INC-1.md"
    other.write_text("a post-mortem")
    for number in range(FILES):
        old = tmp_path / f"logs-{number}.log"
        old.touch()
        os.utime(old, (number, number))

    new = written(tmp_path, LoggedLine(at=AT, text="one"))

    assert len([*tmp_path.glob("logs-*.log")]) == FILES
    assert new.exists()
    assert other.exists()
    assert not (tmp_path / "logs-0.log").exists()


def test_a_target_that_is_an_address_makes_no_folder(tmp_path: Path) -> None:
    target = BACKEND.model_copy(update={"name": "https://logs.example/../app.log"})

    path = written(tmp_path, look=LOOK.model_copy(update={"target": target}))

    assert path.parent == tmp_path


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable, match=r"nothing can be kept in .*file"):
        written(tmp_path / "file", LoggedLine(at=AT, text="one"))
