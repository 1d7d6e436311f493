"""What Heroku writes about dynos, every 20 s, where `log-runtime-metrics` is switched on."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sandbox.heroku.dyno import SIZES, Dyno
from sandbox.traffic import Stretch

METRICS = "metrics"
"""In the place of a level, on lines of Heroku's own."""
_EVERY = 2
"""Beats."""
_CORES = {"performance-m": 2, "performance-l": 8}
"""Of others one: they share theirs with strangers."""


def lines_of(dynos: Iterable[Dyno], stretch: Stretch, *, metrics: bool) -> list[tuple[datetime, str, str]]:
    """What the service wrote, and what Heroku writes beside it where it does: when, level and text."""
    return sorted((*stretch.lines(), *(_of_dynos(dynos, stretch) if metrics else ())))


def dyno_of(line: str) -> str:
    """Of which dyno a line of metrics is."""
    return line.removeprefix("source=").partition(" ")[0]


def _of_dynos(dynos: Iterable[Dyno], stretch: Stretch) -> Iterator[tuple[datetime, str, str]]:
    """A line of load and a line of memory of each dyno."""
    up = [dyno for dyno in dynos if dyno.type == "web" and dyno.state == "up"]
    cpu, memory = stretch.metrics.cpu_used or 0.0, stretch.metrics.memory_used or 0.0
    for at in list(stretch.beats())[::_EVERY]:
        for dyno in up:
            begins = f"source={dyno.name} dyno=heroku.2808254.{dyno.id}"
            load, quota = cpu * _CORES.get(dyno.size, 1), SIZES[dyno.size][1]
            loads = " ".join(f"sample#load_avg_{minutes}m={load:.2f}" for minutes in (1, 5, 15))
            yield at, METRICS, f"{begins} {loads}"
            yield at, METRICS, f"{begins} {_memory(memory * quota, quota)}"


def _memory(used: float, quota: int) -> str:
    return (
        f"sample#memory_total={used:.2f}MB sample#memory_rss={used:.2f}MB sample#memory_cache=0.00MB"
        " sample#memory_swap=0.00MB sample#memory_pgpgin=348836pages sample#memory_pgpgout=343403pages"
        f" sample#memory_quota={quota:.2f}MB"
    )
