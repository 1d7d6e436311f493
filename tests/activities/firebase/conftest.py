from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.firebase.client import Firebase
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.firebase.project import Project
from sandbox.firebase.scenes import packs
from sandbox.firebase.service import Service
from sandbox.world import Sandbox
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.firebase.acting import connected
from tests.activities.firebase.cases import project_in, service_in


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(packs, SandboxClock(AT))


@pytest.fixture
def project(sandbox: Sandbox) -> Project:
    return project_in(sandbox)


@pytest.fixture
def service(sandbox: Sandbox) -> Service:
    return service_in(sandbox)


@pytest.fixture
def line(sandbox: Sandbox) -> Line:
    return Line(application(sandbox))


@pytest.fixture
def firebase(sandbox: Sandbox, line: Line, tmp_path: Path) -> Firebase:
    return connected(sandbox, tmp_path, line=line)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
