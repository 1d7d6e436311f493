"""Everything that befalls Stanch, by name; a seed chooses one of them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.kill import histories
from tests.kill.clocks import wrong_clocks
from tests.kill.ground import at_work
from tests.kill.rounds import Round, Strike, Trouble
from tests.kill.store_kills import granted_and_killed, postgres_killed

_HEARTBEAT_TIMEOUT = 10.0
"""As in `workflows/calls.py`: after so long Temporal gives an attempt to somebody else."""
_UNTIL_IT_IS_ITS_TURN = 2.0
"""What is looked at once a second has been given to somebody by then."""
_ITS_SAY = 2.0
"""So long the stopped worker may do whatever it still has in hand; what must not happen cannot be awaited."""
_SECOND = "worker-2"


def _killed(part: str) -> Callable[[Round], AbstractAsyncContextManager[Strike]]:
    """SIGKILL, and started again at once."""

    @asynccontextmanager
    async def around(round_: Round) -> AsyncIterator[Strike]:
        async def strike() -> None:
            await round_.some_moment()
            await round_.stack.kill(part)

        yield strike

    return around


@asynccontextmanager
async def _worker_killed(round_: Round) -> AsyncIterator[Strike]:
    """SIGKILL, and started again at once."""
    stack = round_.stack

    async def strike() -> None:
        await round_.some_moment()
        worker = stack.processes["worker"].pid
        await stack.kill("worker")
        round_.in_hand = await histories.in_hand(stack, worker)

    yield strike


@asynccontextmanager
async def _zombie(round_: Round) -> AsyncIterator[Strike]:
    """The worker stands still until others have its work, and goes on with what it has in hand."""
    stack = round_.stack

    async def strike() -> None:
        await round_.some_moment()
        worker = stack.processes["worker"]
        worker.send_signal(signal.SIGSTOP)
        stack.start(_SECOND)
        await asyncio.sleep(_UNTIL_IT_IS_ITS_TURN)
        round_.in_hand = await histories.in_hand(stack, worker.pid)
        await asyncio.sleep(_HEARTBEAT_TIMEOUT + round_.chance.uniform(0, 3) - _UNTIL_IT_IS_ITS_TURN)
        worker.send_signal(signal.SIGCONT)
        await asyncio.sleep(_ITS_SAY)

    yield strike
    stack.stop(_SECOND)


@asynccontextmanager
async def _pair(round_: Round) -> AsyncIterator[Strike]:
    """Two workers share the queues; one of them dies, and comes back after a while."""
    stack = round_.stack
    stack.start(_SECOND)
    await at_work(stack, _SECOND)

    async def strike() -> None:
        await round_.some_moment()
        part = round_.chance.choice(("worker", _SECOND))
        worker = stack.processes[part].pid
        stack.stop(part)
        round_.in_hand = await histories.in_hand(stack, worker)
        await asyncio.sleep(round_.chance.uniform(0, 3))
        stack.start(part)

    yield strike
    stack.stop(_SECOND)


async def _in_hand(round_: Round) -> bool:
    """Whoever was struck had something in hand."""
    return round_.in_hand


async def _under_way(round_: Round) -> bool:
    """An incident was open when it came."""
    return await histories.under_way(round_.stack, round_.at)


async def _asked_again(round_: Round) -> bool:
    """What the guard had granted was not heard of, and was asked for again."""
    return await histories.asked_again(round_.stack)


TROUBLES = {
    "worker": Trouble(_worker_killed, _in_hand),
    "gateway": Trouble(_killed("gateway"), _under_way),
    "temporal": Trouble(_killed("temporal"), _under_way),
    "zombie": Trouble(_zombie, _in_hand),
    "pair": Trouble(_pair, _in_hand),
    "store": Trouble(granted_and_killed, _asked_again),
    "clock": Trouble(wrong_clocks, _under_way),
    "postgres": Trouble(postgres_killed, _asked_again, over="postgresql"),
}


def trouble_of(seed: int) -> str:
    """The table in turn."""
    return list(TROUBLES)[seed % len(TROUBLES)]
