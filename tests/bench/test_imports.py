"""What a worker costs that holds one vendor's credentials, and one that holds all."""

import statistics
import subprocess
import sys

import pytest
from report import say

from activities.registry import MODULES

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]
TRIES = 5
SCRIPT = """
import sys, time
began = time.perf_counter()
import workers.wiring
from activities.registry import parts
base = time.perf_counter() - began
parts(sys.argv[1:])
took = time.perf_counter() - began
status = open("/proc/self/status").read()
print(base * 1000, took * 1000, int(status.split("VmRSS:")[1].split()[0]) / 1024)
"""


def imported(*names: str) -> tuple[float, float, float]:
    """Milliseconds of the worker alone and with these, and megabytes: the medians of some tries."""
    figures = []
    for _ in range(TRIES):
        said = subprocess.run(
            [sys.executable, "-c", SCRIPT, *names], capture_output=True, text=True, check=True
        ).stdout
        figures.append([float(word) for word in said.split()])
    base, took, memory = (statistics.median(column) for column in zip(*figures, strict=True))
    return base, took, memory


def test_a_worker_imports_what_it_holds() -> None:
    seen = {name: imported(name) for name in MODULES}
    everything = imported()

    say("import of a worker without any provider", f"{everything[0]:.0f} ms", "")
    for name, (base, took, memory) in seen.items():
        say(f"import of {name}", f"{took - base:.0f} ms", f"{memory:.0f} MB in all")
    base, took, memory = everything
    say("import of all providers", f"{took - base:.0f} ms", f"{memory:.0f} MB in all")
    assert took >= base
