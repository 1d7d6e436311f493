"""Every verb as an incident runs it: planned, approved, made over a socket, found useless and taken back."""

import json
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from stage import DOOR, Stage
from temporalio.client import Client

from activities.registry import catalogue
from sandbox.clock import SandboxClock, digest_of
from sandbox.server import serving_in_thread
from sandbox.world import Sandbox
from stanch.control import Accepted
from stanch.model.change import UndoKind
from stanch.model.decision import Say
from stanch.model.incident import Phase
from stanch.model.pause import EVERYTHING
from stanch.model.plan import Fate
from stanch.model.record import View
from stanch.playbooks.load import load_book
from stanch.secrets import Redactor
from stanch.store import Address
from tests.activities.contract.case import VERBS, Case
from tests.activities.contract.cases import CASES
from workers.crew import working
from workers.embedded import EmbeddedTemporal
from workers.opened_store import stored
from workers.process import connected
from workers.wiring import Setting

pytestmark = pytest.mark.usefixtures("small_batches")

PEOPLE = ("ana", "li")
FIRST_OF_EACH = tuple({case.integration.name: case for case in reversed(CASES)}.values())
OTHERS = tuple(case for case in CASES if case not in FIRST_OF_EACH)
A_WHILE = timedelta(minutes=5)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    folder = tmp_path_factory.mktemp("every-verb")
    async with EmbeddedTemporal(folder, port=None, ui_port=None, time_skipping=True) as server:
        yield await connected(server)


def kept_in(folder: Path) -> Callable[[str], str]:
    """Secrets in files, by reference."""

    def keep(secret: str) -> str:
        path = folder / digest_of(secret)[:12]
        path.write_text(secret)
        return f"file:{path}"

    return keep


def team_of(case: Case, url: str, folder: Path) -> dict[str, Any]:
    """The `stanch.yaml` of a team that has nothing but what the case is about."""
    keep, integration = kept_in(folder), case.integration
    secrets = {name: f"file:{folder / name}" for name in case.secrets}
    for name, value in case.secrets.items():
        if value is not None:
            (folder / name).write_text(value)
    spec = catalogue().targets[case.target.provider]
    provider = {"token": keep(case.key), "base_url": f"{url}/{integration.provider}", **case.settings(keep)}
    return {
        "providers": {integration.provider: provider} if integration.vendor else {},
        "secrets": {"admin": keep(case.key), **secrets},
        "services": {
            "it": {
                "runs_on": {"provider": case.target.provider, spec.name: case.target.name, **case.target.at},
                "health": [f"{url}/service/nowhere/healthz"],
                "limits": {key: value for key, value in case.limits.items() if value},
            }
        },
        "people": {name: {"roles": ["responder", "approver"]} for name in PEOPLE},
        "playbooks": ["playbook.yaml"],
        "mode": "auto",
    }


def playbook_of(case: Case, url: str) -> dict[str, Any]:
    """One option, and a check that no change can make good."""
    arguments = {
        key: value.replace("{base}", url) if isinstance(value, str) else value
        for key, value in case.arguments.items()
    }
    restores = VERBS[case.verb][1].spec.undo is UndoKind.RESTORES
    step = {"uses": case.verb, "with": arguments, "if_no_help": "undo" if restores else "keep"}
    scenario = {
        "opens_on": {"alert": "Broken", "service": "it"},
        "severity": "high",
        "mode": "approve",
        "options": [step],
        "verify": {"uses": "probe", "every": "1s", "stays_good_for": "1s", "settles_within": "2s"},
    }
    return {"scenarios": {"broken": scenario}}


async def over(stage: Stage, incident: Accepted) -> View:
    """Approved by as many as it takes, and followed until nothing is left to be done."""
    for _ in range(200):
        view = await stage.view(incident)
        if view.state.phase is Phase.APPROVE and view.digest:
            for person in PEOPLE[: view.state.plan.asking.who.people if view.state.plan else 0]:
                await stage.say(incident, Say.APPROVE, person)
            await stage.where(incident, lambda view: view.state.phase is not Phase.APPROVE)
        elif view.state.phase is Phase.HANDED_OVER:
            return view
        else:
            stage.sandbox.pass_time(A_WHILE)
            await stage.skip(incident, A_WHILE)
    message = f"it never ended: {[entry.text for entry in view.state.timeline]}"
    raise AssertionError(message)


async def through_an_incident(case: Case, temporal: Client, folder: Path) -> None:
    sandbox = Sandbox(case.scene, SandboxClock())
    sandbox.pace.hurry(math.inf)
    async with AsyncExitStack() as stack:
        url = stack.enter_context(serving_in_thread(sandbox))
        (folder / "stanch.yaml").write_text(json.dumps(team_of(case, url, folder)))
        (folder / "playbook.yaml").write_text(json.dumps(playbook_of(case, url)))
        # Of its own: another case's skipped time would be on record, and this one's changes come too soon.
        store = await stack.enter_async_context(stored(Address.of_file(folder / "stanch.db"), temporal))
        await store.resume(EVERYTHING, "a test", datetime.now(UTC))
        book = load_book(folder / "stanch.yaml", catalogue())
        stage = Stage(sandbox, url, temporal, store, folder, book)
        setting = Setting(book.team, folder / "journal", DOOR, Redactor(), store)
        await stack.enter_async_context(working(temporal, setting))
        before = case.look(sandbox)
        incident = await stage.open(stage.alert("Broken", "it"))
        view = await over(stage, incident)
        await stage.say(incident, Say.RESOLVE)
        await stage.closed(incident)

    restores = VERBS[case.verb][1].spec.undo is UndoKind.RESTORES
    after = case.undo_effects if restores else case.put_right
    assert stage.effects() == [*case.effects, *after], [entry.text for entry in view.state.timeline]
    assert [applied.fate for applied in view.state.applied] == [Fate.UNDONE if restores else Fate.KEPT]
    assert not restores or case.look(sandbox) == before
    assert sandbox.ledger.unexpected == []


@pytest.mark.parametrize("case", FIRST_OF_EACH, ids=str)
async def test_a_verb_of_each_provider_is_made_and_taken_back_by_an_incident(
    case: Case, temporal: Client, tmp_path: Path
) -> None:
    await through_an_incident(case, temporal, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("case", OTHERS, ids=str)
async def test_every_other_verb_is_made_and_taken_back_by_an_incident(
    case: Case, temporal: Client, tmp_path: Path
) -> None:
    await through_an_incident(case, temporal, tmp_path)
