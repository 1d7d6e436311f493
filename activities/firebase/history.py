"""Going back, where a vendor's history says only what was shown when: which earlier thing is safe."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Shown:
    """Something was put before visitors; `kept` while it could be again."""

    what: str
    at: datetime
    kept: bool


def before(every: Sequence[Shown]) -> Shown | None:
    """The newest that was shown before what is shown now, is kept, and that nobody went back from."""
    if not every:
        return None
    newest_first = sorted(every, key=lambda one: one.at, reverse=True)
    first = {one.what: one.at for one in newest_first}
    now, left = newest_first[0].what, _left(newest_first, first)
    older = (one for one in newest_first if one.kept and one.what not in {now, *left})
    return next((one for one in older if first[one.what] < first[now]), None)


def _left(newest_first: Sequence[Shown], first: dict[str, datetime]) -> set[str]:
    """What somebody went back from to something older, and did not return to."""
    left: set[str] = set()
    last = ""
    for one in reversed(newest_first):
        if last and first[one.what] < first[last]:
            left.add(last)
        left.discard(one.what)
        last = one.what
    return left
