"""What goes wrong in a service while something is so: in some copies, on some paths, with some numbers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.instances import ServiceInstance

Holds = Callable[[ServiceInstance], bool]
"""Whether it is so for a copy, at this moment."""
Remark = tuple[str, int]
"""A line that is written although nobody is failed, and how often a minute."""


@dataclass(frozen=True)
class Symptom:
    """It is there while it holds for a copy, and gone by itself when it does not."""

    holds: Holds
    says: str = ""
    """What is answered and written down; nothing where it only shows in numbers."""
    paths: tuple[str, ...] = ()
    """Where it is so, and on all that begins so; everywhere if nowhere is said."""
    share: float = 1.0
    """Of all requests."""
    seconds: float = 0.0
    """So long an answer takes at least."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What other numbers are meanwhile, by name."""
    remarks: tuple[Remark, ...] = ()
    fills_memory: bool = False
    """A copy takes all the memory that it is given, however much that is."""

    @property
    def is_whole(self) -> bool:
        """A copy that has it can do nothing."""
        return bool(self.says) and not self.paths and self.share == 1

    @property
    def complaints(self) -> tuple[str, ...]:
        """What is written down of it: for each path where it is so, if it is not so everywhere."""
        everywhere = (self.says,) if self.says else ()
        return tuple(f"{self.says} GET {path}" for path in self.paths if self.says) or everywhere

    def fails(self, path: str) -> bool:
        """Whether an answer on this path is a failure; what befalls a part of all is not shown by one."""
        return bool(self.says) and any(path.startswith(one.strip("/")) for one in self.paths)


def numbers_of(symptoms: Iterable[Symptom]) -> dict[str, float]:
    """What other numbers are while these are there."""
    return {name: value for one in symptoms for name, value in one.numbers.items()}


def remarks_of(symptoms: Iterable[Symptom]) -> tuple[Remark, ...]:
    """What is written down beside failures, however many copies have it."""
    return tuple(sorted({remark for one in symptoms for remark in one.remarks}))
