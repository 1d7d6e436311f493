"""A store that cannot be asked, or cannot remember, allows nothing and says why."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from stanch.errors import Unavailable
from stanch.model.pause import Pause
from stanch.store import Address, Store
from tests.store.databases import AT, BACKEND, ask, made_at, mortal, opened

WITHOUT_RIGHTS = """
import asyncio, os, sys
from pathlib import Path
from stanch.errors import Unavailable
from stanch.model.guard import Ask
from stanch.store import Address, Store

async def main(file, question):
    store = Store(Address.of_file(Path(file)))
    store.unfit = ""
    {handicap}
    try:
        said = str(await store.ask(Ask.model_validate_json(question)))
    except Unavailable as error:
        said = str(error)
    print(said)
    print((await store.health()).why)
    sys.stdout.flush()
    os._exit(0)

asyncio.run(main(*sys.argv[1:]))
"""
READ_ONLY = "os.geteuid() or os.setuid(65534)"
"""Root may write everything."""
FULL = """
    file = Path(file); file.parent.chmod(0o755); file.chmod(0o644)
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
"""


async def what_is_said(folder: Path, handicap: str) -> list[str]:
    """Of a process that opens the store and has this handicap from then on."""
    file = folder / "stanch.db"
    await (await opened(Address.of_file(file))).close()
    return await asyncio.to_thread(_said, file, WITHOUT_RIGHTS.replace("{handicap}", handicap.strip()))


def _said(file: Path, script: str) -> list[str]:
    file.chmod(0o444)
    file.parent.chmod(0o555)
    for above in file.parent.parents:
        if above.name.startswith(("popen-", "pytest-")):
            above.chmod(0o755)
    command = [sys.executable, "-c", script, str(file), ask().model_dump_json()]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    file.parent.chmod(0o755)
    assert said.returncode == 0, said.stderr
    return said.stdout.splitlines()


async def test_a_file_that_may_only_be_read_means_no(tmp_path: Path) -> None:
    asked, condition = await what_is_said(tmp_path, READ_ONLY)

    assert "does not answer" in asked
    assert "readonly database" in asked
    assert "readonly database" in condition


async def test_a_full_disk_means_no(tmp_path: Path) -> None:
    asked, _ = await what_is_said(tmp_path, FULL)

    assert "does not answer" in asked


async def test_a_folder_that_is_not_there_means_no(tmp_path: Path) -> None:
    store = Store(Address.of_file(tmp_path / "gone" / "stanch.db"))

    with pytest.raises(Unavailable, match="does not answer"):
        await store.prepare()

    assert (await store.health()).says == "away: nothing is changed until it answers"
    await store.close()


async def test_a_server_that_stops_in_the_middle_means_no_until_it_is_back() -> None:
    server = mortal()
    store = await opened(made_at(server))
    assert (await store.ask(ask())).granted

    server.stop()

    with pytest.raises(Unavailable, match="does not answer"):
        await store.ask(ask(step="INC-1/2"))
    with pytest.raises(Unavailable):
        await store.pause(Pause(by="ana"), AT)
    server.start()
    assert (await store.ask(ask())).granted
    assert len((await store.guard(BACKEND)).made) == 1
    await store.close()


async def test_a_server_that_may_only_be_read_means_no() -> None:
    server = mortal()
    address = made_at(server)
    store = await opened(address)
    server.boss.execute(
        f"ALTER DATABASE {address.url.database} SET default_transaction_read_only = on".encode()
    )
    store._engine.dispose()

    with pytest.raises(Unavailable, match="read-only transaction"):
        await store.ask(ask())

    assert "read-only transaction" in (await store.health()).why
    await store.close()
