"""Changed files take effect whole or not at all, and what keeps them out is said."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from activities.registry import catalogue
from stanch.cli.processes.book_in_force import BookEdition, BookInForce
from stanch.errors import ConfigError
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.secrets import Redactor

TEAM = """
services: {backend: {runs_on: {provider: http, service: backend}}}
messages: [messages/*.txt]
playbooks: [playbook.yaml]
"""
PLAYBOOK = "scenarios: {down: {opens_on: {alert: Down, service: backend}, severity: high}}\n"
GRAVER = PLAYBOOK.replace("high", "critical")
BROKEN = PLAYBOOK.replace("severity", "severty")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stanch.yaml").write_text(TEAM)
    (tmp_path / "playbook.yaml").write_text(PLAYBOOK)
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "investigating.txt").write_text("We look at {{ impact }}\n")
    return tmp_path


@pytest.fixture
def in_force(folder: Path) -> BookInForce:
    return of(folder, partial(load_book, folder / "stanch.yaml", catalogue()))


def of(folder: Path, read: Callable[[], Book]) -> BookInForce:
    return BookInForce(folder / "stanch.yaml", read, Redactor())


def severities(in_force: BookInForce) -> list[str]:
    return [pinned.severity for pinned in in_force.edition.book.scenarios]


async def looked(in_force: BookInForce, times: int = 2) -> None:
    for _ in range(times):
        await in_force.look()


async def test_what_lies_still_for_one_look_takes_effect(folder: Path, in_force: BookInForce) -> None:
    read_at = in_force.edition.read_at
    (folder / "playbook.yaml").write_text(GRAVER)

    await looked(in_force, times=1)
    at_first = severities(in_force)
    await looked(in_force, times=1)

    assert (at_first, severities(in_force)) == (["high"], ["critical"])
    assert in_force.edition.read_at > read_at


async def test_a_file_that_is_being_written_is_waited_for(folder: Path, in_force: BookInForce) -> None:
    for text in ("", GRAVER[:20], GRAVER):
        (folder / "playbook.yaml").write_text(text)
        await looked(in_force, times=1)
        assert (severities(in_force), in_force.refused) == (["high"], "")

    await looked(in_force, times=1)

    assert severities(in_force) == ["critical"]


async def test_what_another_file_takes_the_place_of_takes_effect(folder: Path, in_force: BookInForce) -> None:
    (folder / "draft").write_text(GRAVER)
    (folder / "draft").rename(folder / "playbook.yaml")

    await looked(in_force)

    assert severities(in_force) == ["critical"]


async def test_a_changed_message_takes_effect(folder: Path, in_force: BookInForce) -> None:
    (folder / "messages" / "investigating.txt").write_text("It is {{ cause }}\n")

    await looked(in_force)

    assert in_force.edition.book.context.messages["investigating"] == "It is {{ cause }}\n"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("playbook.yaml", lambda path: path.write_text(BROKEN)),
        ("playbook.yaml", lambda path: path.write_text("")),
        ("playbook.yaml", Path.unlink),
        ("stanch.yaml", lambda path: path.write_text("services: [")),
        ("stanch.yaml", lambda path: path.write_text(TEAM.replace("http", "htp"))),
        ("stanch.yaml", Path.unlink),
        ("messages/investigating.txt", lambda path: path.write_text("{{ impct }}")),
    ],
)
async def test_what_is_wrong_is_refused_in_the_words_of_a_check_and_the_old_one_stays(
    folder: Path,
    in_force: BookInForce,
    caplog: pytest.LogCaptureFixture,
    name: str,
    change: Callable[[Path], object],
) -> None:
    before = in_force.edition
    change(folder / name)

    await looked(in_force, times=4)

    with pytest.raises(ConfigError) as wrong:
        load_book(folder / "stanch.yaml", catalogue())
    assert in_force.edition is before
    assert in_force.refused.startswith(f"{folder / name}: changed at ")
    assert str(wrong.value) in in_force.refused
    assert [record.message for record in caplog.records] == [in_force.refused]


async def test_what_is_mended_takes_effect_and_nothing_is_held_against_it(
    folder: Path, in_force: BookInForce
) -> None:
    (folder / "playbook.yaml").write_text(BROKEN)
    await looked(in_force)

    (folder / "playbook.yaml").write_text(GRAVER)
    await looked(in_force)

    assert (severities(in_force), in_force.refused) == (["critical"], "")


async def test_a_playbook_that_only_a_refused_catalogue_names_is_looked_at(
    folder: Path, in_force: BookInForce
) -> None:
    (folder / "new.yaml").write_text(BROKEN)
    (folder / "stanch.yaml").write_text(TEAM.replace("playbook.yaml", "new.yaml"))
    await looked(in_force)
    refused = in_force.refused

    (folder / "new.yaml").write_text(GRAVER)
    await looked(in_force)

    assert f"{folder / 'new.yaml'}:1" in refused
    assert (severities(in_force), in_force.refused) == (["critical"], "")


async def test_what_is_written_while_it_is_read_is_left_for_later(folder: Path) -> None:
    texts = [GRAVER]

    def read() -> Book:
        book = load_book(folder / "stanch.yaml", catalogue())
        if len(texts) < 1:
            return book
        (folder / "playbook.yaml").write_text(texts.pop())
        return book

    in_force = of(folder, read)
    texts.append(GRAVER + "# and more\n")

    await looked(in_force)
    in_between = severities(in_force)
    await looked(in_force, times=1)

    assert (in_between, severities(in_force)) == (["high"], ["critical"])


async def test_whoever_cannot_follow_keeps_everybody_back(folder: Path, in_force: BookInForce) -> None:
    taken: list[BookEdition] = []

    async def follows(edition: BookEdition) -> Callable[[], None]:
        return lambda: taken.append(edition)

    async def cannot(_: BookEdition) -> Callable[[], None]:
        raise ConfigError("env:NEW_TOKEN is not set")

    in_force.followers += [follows, cannot]
    (folder / "playbook.yaml").write_text(GRAVER)

    await looked(in_force)

    assert (taken, severities(in_force)) == ([], ["high"])
    assert "env:NEW_TOKEN is not set" in in_force.refused


async def test_a_hangup_reads_at_once(folder: Path, in_force: BookInForce) -> None:
    async with in_force.kept_up(every=timedelta(hours=1)):
        (folder / "playbook.yaml").write_text(GRAVER)

        os.kill(os.getpid(), signal.SIGHUP)

        async with asyncio.timeout(60):
            while severities(in_force) != ["critical"]:  # noqa: ASYNC110 - it happens elsewhere
                await asyncio.sleep(0.02)


async def test_files_are_looked_at_again_and_again(folder: Path, in_force: BookInForce) -> None:
    async with in_force.kept_up(every=timedelta(seconds=0.02)) as task:
        for text, said in ((GRAVER, "critical"), (PLAYBOOK, "high")):
            (folder / "playbook.yaml").write_text(text)
            with suppress(TimeoutError):
                async with asyncio.timeout(60):
                    while severities(in_force) != [said]:  # noqa: ASYNC110 - the same
                        await asyncio.sleep(0.02)
            assert severities(in_force) == [said]
        assert not task.done()
