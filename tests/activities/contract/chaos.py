"""A vendor's bad night: one or two troubles, and how a change may end in them."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial

from activities.send_log import SendLog
from sandbox.troubles import NAMES, order
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


AT_READS = ("late", "stale", "fragment", "sparse", "partial")
"""From the beginning, at everything that only reads."""
AFTERWARDS = ("partial", "not_yet_404", "half_down", "garbage", "empty")
"""From a write on, at everything that only reads."""
AT_WRITES = tuple(
    name for name in NAMES if name not in (*AT_READS, "empty", "not_yet_404", "lock_release_fails")
)
"""From a write on, whatever is called."""


@dataclass(frozen=True)
class Bad:
    """A trouble by its name, and what it strikes."""

    name: str
    at: str

    def __str__(self) -> str:
        return f"{self.name} {self.at}"

    def order(self, bench: Bench, write: int = 1) -> None:
        """It lies in wait, where it concerns writes for this one."""
        looks = {} if self.at == "writes" else dict(bench.case.looks)
        if self.at == "reads":
            order(bench.sandbox, self.name, **looks)
        else:
            bench.line.before(write, partial(order, bench.sandbox, self.name, **looks))


BAD = {
    str(one): one
    for at, names in (
        ("reads", AT_READS),
        ("after", AFTERWARDS),
        ("writes", (*AT_WRITES, "lock_release_fails")),
    )
    for one in (Bad(name, at) for name in names)
}


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
            if trouble.at == "reads":
                trouble.order(self.bench, write)
        try:
            change = await self.bench.plan()
        except StanchError as error:
            return self._ended(error, End.REFUSED)
        for trouble, write in troubles:
            if trouble.at != "reads":
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
