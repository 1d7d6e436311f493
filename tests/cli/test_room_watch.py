"""People hear of a full disk while there is still room to tell them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from sandbox import Sandbox
from sandbox.server import serving
from stanch.cli.processes import room_watch
from stanch.model.team import Team
from stanch.secrets import Redactor

SAYS = "the disk of /data has 12 MB left"


async def told(
    monkeypatch: pytest.MonkeyPatch, room: Sequence[str], channel: str = ""
) -> list[dict[str, str]]:
    """What a channel has got after a few looks."""
    sandbox = Sandbox.slurpy()
    async with serving(sandbox) as url:
        monkeypatch.setenv("CHANNEL", f"{url}/people/inbox{channel}")
        team = Team.model_validate({"channels": {"team": {"webhook": "env:CHANNEL"}}})
        watching = room_watch.watch(lambda: team, Redactor(), lambda: room, timedelta(seconds=0.05))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(watching, 1)
        return [letter.body for letter in sandbox.inbox]


async def test_a_channel_is_told_once_a_day_of_a_disk_that_is_nearly_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (message,) = await told(monkeypatch, (SAYS,))

    assert (message["kind"], message["text"]) == ("disk", SAYS)


async def test_nothing_is_told_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await told(monkeypatch, ()) == []


async def test_a_channel_that_does_not_take_it_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await told(monkeypatch, (SAYS,), "/nowhere") == []
