"""Telling people, in a loop of its own: a broken channel never holds up a change."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from stanch.model.incident import Message
from stanch.policy import telling
from workflows import calls
from workflows.memory import Memory
from workflows.waiting import reason

_LAST_WORDS = timedelta(minutes=5)
"""How long a closing incident waits for channels that have not taken their message yet."""


class Outbox:
    """Messages on their way."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._sending: set[asyncio.Task[None]] = set()
        self._broken: set[str] = set()

    def say(self, kind: str, text: str) -> None:
        """Tell every channel; returns at once."""
        state = self._memory.state
        for channel in self._memory.pinned.tell:
            message = Message(
                channel=channel,
                kind=kind,
                incident=state.number,
                service=self._memory.pinned.service.name,
                severity=state.severity,
                headline=telling.headline(state),
                text=text,
                key=f"{state.number}/{channel}/{len(state.timeline)}-{kind}",
            )
            task = asyncio.ensure_future(self._send(message))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, message: Message) -> None:
        try:
            await calls.tell(message)
        except ActivityError as error:
            if message.channel not in self._broken:
                self._broken.add(message.channel)
                self._memory.note("channel", f"{message.channel} did not take a message: {reason(error)[1]}")

    async def empty(self) -> None:
        """Everything has been told, or is given up."""
        if self._sending:
            await calls.within(lambda: not self._sending, _LAST_WORDS, "channels that have not answered")
        for task in list(self._sending):
            task.cancel()
        await workflow.wait_condition(lambda: not self._sending)
