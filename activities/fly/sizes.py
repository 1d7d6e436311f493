"""Fly's machine presets by name: kind, CPUs and the memory each starts with.

fly.io/docs/machines/guides-examples/machine-sizing, read 2026-11.
"""

from typing import Any

Guest = dict[str, Any]

SIZES: dict[str, Guest] = {
    f"{label}-{cpus}x": {"cpu_kind": kind, "cpus": cpus, "memory_mb": cpus * memory}
    for label, kind, memory, sizes in (
        ("shared-cpu", "shared", 256, (1, 2, 4, 8)),
        ("performance", "performance", 2048, (1, 2, 4, 8, 16)),
    )
    for cpus in sizes
}
MOST_PER_CPU = {"shared": 2048, "performance": 8192}
_RANKS = {"shared": 0, "performance": 1}


def holding(size: Guest, memory_mb: int) -> Guest | None:
    """A size with at least so much memory; None where it cannot have that much."""
    if memory_mb > size["cpus"] * MOST_PER_CPU[size["cpu_kind"]]:
        return None
    return {**size, "memory_mb": max(size["memory_mb"], memory_mb)}


def is_smaller(one: Guest, other: Guest) -> bool:
    """True when the one ranks below the other."""
    return rank(one) < rank(other)


def rank(guest: Guest) -> tuple[int, int, int]:
    """By kind of CPU, then by number of CPUs, then by memory."""
    kind = _RANKS.get(str(guest.get("cpu_kind")), 0)
    return kind, int(guest.get("cpus") or 0), int(guest.get("memory_mb") or 0)
