"""How long a guard thinks, in figures."""

import asyncio
import statistics
import time
from pathlib import Path

import pytest
from report import say

from stanch.model.change import Target
from stanch.model.guard import Holder
from tests.store.databases import KINDS, address, ask, opened

ASKED = 1000
AT_ONCE = 200
pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


@pytest.mark.parametrize("kind", KINDS)
async def test_questions_to_guards(kind: str, tmp_path: Path) -> None:
    store = await opened(address(kind, tmp_path))
    questions = [
        ask(
            target=Target(provider="fly", name=f"app-{number}"),
            holder=Holder(workflow_id=f"incident-{number}", run_id=f"r{number}", incident=f"INC-{number}"),
        )
        for number in range(ASKED + AT_ONCE)
    ]
    took = []
    for question in questions[:ASKED]:
        began = time.perf_counter()
        assert (await store.ask(question)).granted
        took.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    await asyncio.gather(*(store.ask(question) for question in questions[ASKED:]))

    parts = statistics.quantiles(took, n=100)
    say(f"a guard of {kind} grants, p50", f"{parts[49]:.1f} ms", "target 5 ms")
    say(f"a guard of {kind} grants, p99", f"{parts[98]:.1f} ms", "")
    say(f"{AT_ONCE} guards of {kind} at once", f"{AT_ONCE / (time.perf_counter() - began):.0f} a second", "")
    await store.close()
