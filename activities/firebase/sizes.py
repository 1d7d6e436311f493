"""Cloud Run's sizes: memory by its units, and the CPU that it takes at least.

cloud.google.com/run/docs/configuring/services/memory-limits and /cpu, read 2026-11.
"""

import re
from typing import Any

Size = dict[str, Any]
"""`{"memory": "1Gi", "cpu": "1"}`."""

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_MEBI, _GIBI = 2**20, 2**30
_MOST = 32 * _GIBI
_STEPS = tuple(128 * _MEBI * 2**doubled for doubled in range(9))
"""128MiB to 32GiB, each twice the one before (firebase-functions `MemoryOption`, read 2026-11)."""
_CPU_FROM = (
    (24 * _GIBI + 1, "8"), (8 * _GIBI + 1, "4"), (4 * _GIBI + 1, "2"), (2 * _GIBI, "1"), (_GIBI, "0.583"),
    (512 * _MEBI, "0.333"), (256 * _MEBI, "0.1666"), (0, "0.0833"),
)  # fmt: skip
"""From so much memory on, so many CPUs at least; below one CPU as functions are given them."""
_WITHIN = 0.01


def memory_of(written: str) -> int:
    """Bytes of `512Mi`, `1Gi`, and of `1GiB` and `1GB`, which firebase-functions takes for the same.

    Raises `ValueError` where it is none, or more or less than Cloud Run gives.
    """
    plain = re.sub(r"(?<=[MG])i?B$", "i", written.strip())
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(k|M|G|Ki|Mi|Gi)?", plain)
    if not found:
        message = f"{written} is no amount of memory; one is 512Mi or 1Gi"
        raise ValueError(message)
    size = int(float(found[1]) * _UNITS[found[2] or ""])
    if not 128 * 10**6 <= size <= _MOST:
        message = f"{written} is not between 128Mi and 32Gi"
        raise ValueError(message)
    return size


def following(memory: int) -> str:
    """The next amount that firebase-functions offers; the most where there is none."""
    return written(next((step for step in _STEPS if step > memory), _MOST))


def written(memory: int) -> str:
    """The shortest way to write so many bytes; what is no whole number of mebibytes is rounded up."""
    if memory % _GIBI == 0:
        return f"{memory // _GIBI}Gi"
    return f"{-(-memory // _MEBI)}Mi"


def megabytes(size: Size) -> int:
    """Mebibytes of a container's memory; 512 where Google leaves it out."""
    return bytes_of(size) // _MEBI


def size_of(container: dict[str, Any]) -> Size:
    """What a container is given; empty where Google says nothing."""
    limits = (container.get("resources") or {}).get("limits") or {}
    return {key: limits[key] for key in ("memory", "cpu") if limits.get(key)}


def holding(size: Size, memory: int) -> Size:
    """That much memory, and never less CPU than now or than the memory takes."""
    least = next(cpu for floor, cpu in _CPU_FROM if memory >= floor)
    kept = str(size.get("cpu") or "1")
    return {"memory": written(memory), "cpu": kept if _cpus(kept) >= float(least) - _WITHIN else least}


def is_smaller(one: Size, other: Size) -> bool:
    """True when it lacks memory or CPU that the other has."""
    return bytes_of(one) < bytes_of(other) or _cpus(one.get("cpu")) < _cpus(other.get("cpu")) - _WITHIN


def bytes_of(size: Size) -> int:
    """Of a container's memory; 512 mebibytes where Google leaves it out."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(k|M|G|Ki|Mi|Gi)?", str(size.get("memory") or "512Mi"))
    return int(float(found[1]) * _UNITS[found[2] or ""]) if found else 0


def _cpus(cpu: Any) -> float:
    text = str(cpu or "1")
    number = text.removesuffix("m")
    if not number.replace(".", "", 1).isdigit():
        return 0.0
    return float(number) / 1000 if text.endswith("m") else float(number)
