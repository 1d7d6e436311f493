"""A vendor's bad night: one or two troubles, and how a change may end in them."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from activities.send_log import SendLog
from sandbox.faults import Fault, Trouble
from sandbox.service import Ailment
from stanch.errors import StanchError
from stanch.model.change import Change
from tests.activities.contract.bench import RETRIED, Bench, Connections, wait_after
from tests.activities.contract.case import Case

ATTEMPTS = 40
REST = timedelta(minutes=30)


class End(StrEnum):
    """How a change ends: all of them are said to people."""

    DONE = "done"
    REFUSED = "refused with the reason"
    UNDER_WAY = "still under way"
    HANDED_OVER = "handed over"


@dataclass(frozen=True)
class Bad:
    """A trouble at reads or at writes, from the beginning or from the first write on."""

    name: str
    fault: Fault | None = None
    at: str = "write"

    def order(self, bench: Bench, write: int = 1) -> None:
        """It lies in wait, where it concerns writes for this one."""
        if self.fault is None:
            for service in bench.sandbox.services.values():
                service.ailments.add(Ailment.DOWN)
        elif self.at == "write":
            bench.order(write, self.fault)
        elif self.at == "read":
            bench.sandbox.order(self.fault.model_copy(update={**bench.case.looks}))
        else:
            bench.order(write, self.fault.model_copy(update={**bench.case.looks}))


def _always(trouble: Trouble, **facts: float) -> Fault:
    return Fault(trouble=trouble, times=None, **facts)  # type: ignore[arg-type]


BAD = {
    one.name: one
    for one in (
        Bad("late", _always(Trouble.LATE, seconds=120), "read"),
        Bad("stale", _always(Trouble.STALE, seconds=45), "read"),
        Bad("fragment", _always(Trouble.FRAGMENT), "read"),
        Bad("sparse", _always(Trouble.SPARSE), "read"),
        Bad("partial", _always(Trouble.PARTIAL), "read"),
        Bad("partial afterwards", Fault(trouble=Trouble.PARTIAL, times=2), "after"),
        Bad("replay", Fault(trouble=Trouble.REPLAY, status=500)),
        Bad("revert", Fault(trouble=Trouble.REVERT, seconds=20)),
        Bad("ignore", Fault(trouble=Trouble.IGNORE)),
        Bad("stuck", Fault(trouble=Trouble.STUCK)),
        Bad("no starts", _always(Trouble.STUCK)),
        Bad("half down", _always(Trouble.STATUS, status=503), "after"),
        Bad("away", _always(Trouble.STATUS, status=503)),
        Bad("never healthy"),
        Bad("not yet", Fault(status=404, times=2), "after"),
        Bad("409", Fault(status=409)),
        Bad("412 for ever", _always(Trouble.STATUS, status=412)),
        Bad("401 once", Fault(status=401)),
        Bad("403", Fault(status=403)),
        Bad("404", Fault(status=404)),
        Bad("422", Fault(status=422)),
        Bad("429", Fault(status=429, headers={"Retry-After": "7"})),
        Bad("500", Fault(status=500)),
        Bad("reset", Fault(trouble=Trouble.RESET)),
        Bad("timeout", Fault(trouble=Trouble.TIMEOUT)),
        Bad("lost", Fault(trouble=Trouble.ANSWER_LOST)),
        Bad("too late", Fault(trouble=Trouble.ANSWER_LATE)),
        Bad("garbage", Fault(trouble=Trouble.GARBAGE)),
        Bad("garbage read", Fault(trouble=Trouble.GARBAGE), "after"),
        Bad("empty", Fault(trouble=Trouble.EMPTY_LIST, times=2), "after"),
    )
}
"""By the words in which worlds order them."""


@dataclass
class Night:
    """One case in its troubles, beside the same case on a quiet night."""

    quiet: Bench
    bench: Bench
    said: str = ""

    @classmethod
    async def of(cls, case: Case, connections: Connections) -> "Night":
        """The quiet one has ended well."""
        quiet = Bench(case, connections)
        await quiet.settle(await quiet.plan())
        quiet.sandbox.pass_time(REST)
        return cls(quiet, Bench(case, connections))

    async def through(self, *troubles: tuple[Bad, int]) -> End:
        """Planned and carried out, as far as that goes; each trouble strikes from that write on."""
        for trouble, write in troubles:
            if trouble.at == "read":
                trouble.order(self.bench, write)
        try:
            change = await self.bench.plan()
        except StanchError as error:
            return self._ended(error, End.REFUSED)
        for trouble, write in troubles:
            if trouble.at != "read":
                trouble.order(self.bench, write)
        return await self._carried_out(change)

    async def _carried_out(self, change: Change) -> End:
        bench, known = self.bench, SendLog()
        for number in range(ATTEMPTS):
            known = bench.later(known)
            try:
                await bench.attempt(change, known)
            except RETRIED as error:
                self.said = str(error)
                bench.sandbox.pass_time(wait_after(error) * (1 + number // 4))
            except StanchError as error:
                return self._ended(error, End.HANDED_OVER)
            else:
                return End.DONE
        return End.UNDER_WAY

    def _ended(self, error: StanchError, end: End) -> End:
        self.said = str(error)
        return end

    def too_often(self) -> Counter[str]:
        """What was done more often than on a quiet night."""
        return Counter(self.bench.effects()) - Counter(self.quiet.effects())

    @property
    def was_put_back(self) -> bool:
        """Whether somebody else puts back what the change did, or has done so since."""
        return bool(self.bench.sandbox.put_back)

    def missing(self) -> str:
        """In short, what visitors do not have after it that they have after a quiet night."""
        self.bench.sandbox.faults.clear()
        self.bench.sandbox.pass_time(REST)
        found, wanted = repr(self.bench.look()), repr(self.quiet.look())
        if found == wanted:
            return ""
        at = next((n for n, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b), 0)
        return f"…{found[max(0, at - 40) : at + 40]}… is not …{wanted[at : at + 40]}…"
