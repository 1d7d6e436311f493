"""Classes of RDS's instances and of ElastiCache's nodes, such as `db.t4g.large`: families of steps."""

import re

from stanch.errors import PolicyError
from stanch.rules import Rule

_MULTIPLES = (2, 4, 6, 8, 9, 12, 16, 18, 24, 32, 48)
"""The steps above `xlarge` that classes have or had; no family has all of them (user guide, read 2026-11)."""
_STEPS = ("micro", "small", "medium", "large", "xlarge")
_CLASS = re.compile(r"^((?:db|cache)\.[a-z0-9-]+)\.(?:(\d+)xlarge|([a-z]+))(\..+)?$")


def rank(size: str) -> tuple[str, int]:
    """The family of a class and its step in it; raises `PolicyError` for what is no class."""
    found = _CLASS.match(size)
    if found is None or (found[3] and found[3] not in _STEPS):
        example = "cache.t4g.small" if size.startswith("cache.") else "db.t4g.large"
        raise PolicyError(Rule.NO_SUCH_CLASS, f"{size!r} is no class of AWS's, such as {example}")
    step = _STEPS.index(found[3]) if found[3] else len(_STEPS) - 2 + int(found[2])
    return f"{found[1]}{found[4] or ''}", step


def above(size: str) -> list[str]:
    """Larger classes of the same family, the next one first; whether AWS offers one it says itself."""
    family, step = rank(size)
    kind, series, *rest = family.split(".")
    names = [*_STEPS, *(f"{times}xlarge" for times in _MULTIPLES)]
    every = [".".join((kind, series, name, *rest)) for name in names]
    return [one for one in every if rank(one)[1] > step]


def is_larger(one: str, other: str) -> bool:
    """True of a higher step, whatever the family."""
    return rank(one)[1] > rank(other)[1]


def is_as_good(value: str, was: str, to: str) -> bool:
    """True of a class of the family that is at least `to`, on the way up."""
    return is_larger(to, was) and rank(value)[0] == rank(to)[0] and not is_larger(to, value)


def within(name: str, size: str, wanted: str, allowed: tuple[str, ...]) -> tuple[str, str]:
    """What is wanted, or the largest that is allowed, and that one; both of the family that runs already."""
    for one, rule in ((wanted, Rule.OTHER_FAMILY), *((one, Rule.LARGEST_SIZE) for one in allowed)):
        if rank(one)[0] != rank(size)[0]:
            raise PolicyError(
                rule,
                f"{one} is of another family than {size}, the class of {name}:"
                " it may have less memory or another processor",
            )
    largest = min(allowed, key=lambda one: rank(one)[1])
    return (largest if is_larger(wanted, largest) else wanted), largest
