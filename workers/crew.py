"""The workers of a process, one for each task queue; what they work with is exchanged under their hands.

A worker that ended for it would cut off what it is at, and its queue would wait meanwhile. So workers stay:
each attempt takes the activities of the latest team when it begins. Only a queue that is new gets a worker,
and one that nobody needs any more loses its own.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from temporalio.client import Client
from temporalio.worker import Worker

from activities.channels.channels import NO_MESSAGES
from stanch.errors import ConfigError
from stanch.model.team import Team
from workers.interceptors import AtHand
from workers.wiring import Post, Setting, posts, worker


class Crew:
    """Workers at work."""

    def __init__(self, client: Client, setting: Setting, only: Iterable[str] = ()) -> None:
        self._client = client
        self._setting = setting
        self._at_hand = AtHand()
        self._at_work: dict[str, tuple[Worker, asyncio.Task[None]]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Has an outcome once a worker that was to go on has ended."""
        self._take(posts(client, setting, only))

    @property
    def queues(self) -> tuple[str, ...]:
        """The task queues that are worked on."""
        return tuple(self._at_work)

    async def prepared(
        self, team: Team, only: Iterable[str] = (), messages: Mapping[str, str] = NO_MESSAGES
    ) -> Callable[[], None]:
        """What puts another team in the place of the present one at once, once everything of it is connected.

        Raises `ConfigError` where that cannot be.
        """
        # A worker that leaves still has its queue, which may be wanted again.
        await asyncio.gather(*self._leaving, return_exceptions=True)
        found = posts(self._client, replace(self._setting, team=team, messages=messages), only)

        def put_in_place() -> None:
            self._take(found)
            settle()

        return put_in_place

    def _take(self, found: list[Post]) -> None:
        self._at_hand.lay_out(each for post in found for each in post.activities)
        for post in found:
            if post.queue not in self._at_work:
                self._begin(post)
        for queue in self._at_work.keys() - {post.queue for post in found}:
            self._dismiss(queue)

    def _begin(self, post: Post) -> None:
        beginner = worker(self._client, self._setting, post, self._at_hand)
        task = asyncio.create_task(beginner.run())
        self._at_work[post.queue] = beginner, task
        task.add_done_callback(lambda ended: self._noticed(post.queue, ended))

    def _dismiss(self, queue: str) -> None:
        """It takes nothing more, and has some seconds for what it is at."""
        leaver, task = self._at_work.pop(queue)
        leaving = asyncio.create_task(_left(leaver, task))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    def _noticed(self, queue: str, ended: "asyncio.Task[None]") -> None:
        if queue in self._at_work and self._at_work[queue][1] is ended and not self.broken.done():
            why = None if ended.cancelled() else ended.exception()
            self.broken.set_exception(why or ConfigError(f"nobody works on {queue} any more"))

    async def dismiss(self) -> None:
        """All end gracefully."""
        for queue in self.queues:
            self._dismiss(queue)
        await asyncio.gather(*self._leaving, return_exceptions=True)


async def _left(leaver: Worker, task: "asyncio.Task[None]") -> None:
    await leaver.shutdown()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def working(client: Client, setting: Setting, only: Iterable[str] = ()) -> AsyncIterator[Crew]:
    """Workers at work inside; all of them are stopped gracefully."""
    crew = Crew(client, setting, only)
    try:
        yield crew
    finally:
        await crew.dismiss()


def settle() -> None:
    """What has been loaded stays: looking through it for garbage took a fifteenth of the processor's time.

    What an earlier team was worked for with goes, and with it the connections that nobody closes. For a
    process that goes on for long now; it takes half a second.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
