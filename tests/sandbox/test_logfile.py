import httpx
import pytest

from sandbox.clock import SandboxClock
from sandbox.logfile.keys import LogfileKey
from sandbox.logfile.scenes import APP, app
from sandbox.logfile.world import LogfileWorld
from sandbox.world import Sandbox
from tests.activities.contract.case import AT
from tests.sandbox.conftest import client_of


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(app, SandboxClock(AT))


async def ask(sandbox: Sandbox, key: str = LogfileKey.ALL, **headers: str) -> httpx.Response:
    async with client_of(sandbox, key) as client:
        return await client.get(f"/logfile/{APP}", headers=headers)


async def test_the_end_of_a_file_says_where_it_stands_in_it(sandbox: Sandbox) -> None:
    sandbox.of(LogfileWorld).files[APP].text = "0123456789"

    end, everything = await ask(sandbox, Range="bytes=-4"), await ask(sandbox, Range="bytes=-40")

    assert (end.status_code, end.text, end.headers["content-range"]) == (206, "6789", "bytes 6-9/10")
    assert (everything.status_code, everything.headers["content-range"]) == (206, "bytes 0-9/10")


async def test_a_server_that_gives_no_parts_gives_everything(sandbox: Sandbox) -> None:
    sandbox.of(LogfileWorld).files[APP].gives_parts = False

    answer = await ask(sandbox, Range="bytes=-4")

    assert (answer.status_code, len(answer.text) > 4) == (200, True)


async def test_an_empty_file_has_no_end(sandbox: Sandbox) -> None:
    sandbox.of(LogfileWorld).files[APP].text = ""

    assert (await ask(sandbox, Range="bytes=-4")).status_code == 416


async def test_a_file_is_not_for_everybody(sandbox: Sandbox) -> None:
    assert (await ask(sandbox, "x")).status_code == 403


async def test_another_range_is_unexpected(sandbox: Sandbox) -> None:
    assert (await ask(sandbox, Range="bytes=0-3")).status_code == 400
    assert len(sandbox.ledger.unexpected) == 1
