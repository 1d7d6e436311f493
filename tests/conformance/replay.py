"""Every case of every integration, lived through in front of a recorder."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.vendors import behind
from sandbox.world import Sandbox
from stanch.errors import StanchError
from stanch.model.change import UndoKind
from stanch.model.evidence import Look
from tests.activities.contract.bench import BASE, Bench, Connections, Line
from tests.activities.contract.case import AT, SOURCES, Case, ReadingCase
from tests.activities.contract.cases import CASES, READINGS
from tests.conformance.calls import CALLS
from tests.conformance.exchange import Exchange, Recorder


@dataclass
class Replay:
    """What one vendor's cases said to its fake, and what it answered."""

    folder: Path
    recorder: Recorder = field(default_factory=Recorder)

    async def of(self, vendor: str) -> list[Exchange]:
        """Everything that was said to this vendor, whatever its outcome."""
        connections = Connections(self.folder)
        for case in CASES:
            if case.integration.provider == vendor:
                await self._change(case, connections)
        for reading in READINGS:
            if reading.integration.provider == vendor:
                await self._look(reading, connections)
        for method, path, body in CALLS.get(vendor, lambda _: ())(sandbox := Sandbox.everything()):
            await self._call(sandbox, method, path, body)
        return self.recorder.of(vendor)

    async def _change(self, case: Case, connections: Connections) -> None:
        bench = self._bench(case, connections)
        change = await bench.plan()
        await bench.settle(change)
        if change.undo.kind is UndoKind.RESTORES:
            await bench.settle(change.undone())
        await self._put_right(case, connections)
        await self._moved(case, connections)
        await self._proved(case, connections)

    async def _put_right(self, case: Case, connections: Connections) -> None:
        if case.put_right:
            bench = self._bench(case, connections)
            change = await bench.plan()
            await bench.settle(change)
            await bench.settle(change.put_right())

    async def _moved(self, case: Case, connections: Connections) -> None:
        """Somebody else comes first: the vendor refuses in its own words, or we see it."""
        bench = self._bench(case, connections)
        change = await bench.plan()
        case.foreign(bench.sandbox)
        with contextlib.suppress(StanchError):
            await bench.settle(change)

    async def _proved(self, case: Case, connections: Connections) -> None:
        if case.integration.credential:
            outside = connections.to(case)
            self._attach(case, outside, Sandbox(case.scene, SandboxClock(AT)))
            await case.integration.credential.prove(outside, case.target)
            if case.integration.finder:
                await case.integration.finder.look(outside)

    async def _look(self, case: ReadingCase, connections: Connections) -> None:
        outside = connections.to(case)
        self._attach(case, outside, Sandbox(case.scene, SandboxClock(AT)))
        asked = Look(target=case.target, arguments=case.arguments, as_of=AT, first_bad_at=case.first_bad_at)
        await SOURCES[case.reading][1](outside).read(asked)
        if case.integration.credential and not case.integration.verbs:
            await case.integration.credential.prove(outside, case.target or case.integration.itself)
            if case.integration.finder:
                await case.integration.finder.look(outside)

    async def _call(self, sandbox: Sandbox, method: str, path: str, body: Any) -> None:
        transport = httpx.ASGITransport(self.recorder.around(application(sandbox)))
        keys = behind(path).keys
        headers = {"Authorization": f"Bearer {keys[0]}"} if keys else {}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
            await client.request(method, path, **({} if body is None else {"json": body}))

    def _bench(self, case: Case, connections: Connections) -> Bench:
        bench = Bench(case, connections)
        bench.line = Line(self.recorder.around(application(bench.sandbox)))
        return bench

    def _attach(self, case: Case | ReadingCase, outside: object, sandbox: Sandbox) -> None:
        case.attach(outside, Line(self.recorder.around(application(sandbox))))
