"""Fargate's task sizes: how many CPU units a task may have with how much memory.

docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services, read 2026-11.
"""

import re
from typing import NamedTuple

from stanch.errors import PolicyError
from stanch.rules import Rule

_GB = 1024
_SIZE = re.compile(r"([1-9][0-9]{2,5})/([1-9][0-9]{2,6})")
_MEMORY = {
    256: (512, _GB, 2 * _GB),
    512: tuple(range(_GB, 4 * _GB + 1, _GB)),
    1024: tuple(range(2 * _GB, 8 * _GB + 1, _GB)),
    2048: tuple(range(4 * _GB, 16 * _GB + 1, _GB)),
    4096: tuple(range(8 * _GB, 30 * _GB + 1, _GB)),
    8192: tuple(range(16 * _GB, 60 * _GB + 1, 4 * _GB)),
    16384: tuple(range(32 * _GB, 120 * _GB + 1, 8 * _GB)),
}


class Size(NamedTuple):
    """CPU units, of which 1024 are one virtual CPU, and MiB of memory."""

    cpu: int
    memory: int

    def __str__(self) -> str:
        return f"{self.cpu}/{self.memory}"

    def holds(self, other: "Size") -> bool:
        """Whether it has no less of either."""
        return self.cpu >= other.cpu and self.memory >= other.memory


LARGEST = Size(16384, 120 * _GB)


def read(text: str) -> Size:
    """`512/1024` as a size; raises `PolicyError` for what Fargate has not."""
    found = _SIZE.fullmatch(text)
    size = Size(int(found[1]), int(found[2])) if found else Size(0, 0)
    if size.memory not in _MEMORY.get(size.cpu, ()):
        raise PolicyError(
            Rule.UNKNOWN_SIZE, f"{text!r} is no size of Fargate's: CPU units and MiB, such as 1024/2048"
        )
    return size


def at_least(wanted: Size) -> Size | None:
    """The smallest size with no less of either; None where there is none."""
    for cpu, memories in _MEMORY.items():
        memory = next((one for one in memories if one >= wanted.memory), None)
        if cpu >= wanted.cpu and memory is not None:
            return Size(cpu, memory)
    return None


def after(size: Size) -> Size | None:
    """The next step of CPU with as much more memory; only more memory where there is no such step."""
    cpu = next((one for one in _MEMORY if one > size.cpu), None)
    if cpu is None:
        return at_least(Size(size.cpu, size.memory + 1))
    return at_least(Size(cpu, min(size.memory * cpu // size.cpu, _MEMORY[cpu][-1])))
