"""Keys, people, doors, freezes and limits are those in force now, whatever an open incident began with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from books import ASKED_BACK, BY_TWO, only
from ending import end_running
from stage import DOOR, Stage, texts
from temporalio.client import Client, WorkflowUpdateFailedError

from stanch.control import Accepted, Control
from stanch.model.decision import Say
from stanch.model.freeze import Freeze, WeeklyFreeze
from stanch.model.incident import Phase
from stanch.model.pause import EVERYTHING
from stanch.policy.signing import Keyring, sign
from stanch.secrets import Redactor
from stanch.store import Address
from workers.crew import working
from workers.embedded import EmbeddedTemporal
from workers.interceptors import WorkerInterceptor
from workers.opened_store import stored
from workers.process import connected
from workers.replay_check import rehearsed
from workers.wiring import WORKFLOWS, Setting

NEW = Keyring(b"the door's next key")
BOTH = Keyring(NEW.current, (DOOR.current,))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A Temporal of these tests' own: their workers come and go."""
    folder = tmp_path_factory.mktemp("in-force")
    async with EmbeddedTemporal(folder, port=None, ui_port=None, time_skipping=True) as server:
        yield await connected(server)


@pytest_asyncio.fixture(loop_scope="session")
async def away(stage: Stage, elsewhere: Client, tmp_path: Path) -> AsyncIterator[Stage]:
    """The same stage, at that Temporal."""
    async with stored(Address.of_file(tmp_path / "stanch.db"), elsewhere) as store:
        await store.resume(EVERYTHING, "a test", datetime.now(UTC))
        yield Stage(stage.sandbox, stage.url, elsewhere, store, tmp_path)
        await end_running(elsewhere, "WorkflowType = 'IncidentWorkflow' AND ExecutionStatus = 'Running'")


@asynccontextmanager
async def at_work(stage: Stage, keys: Keyring = DOOR, **team: Any) -> AsyncIterator[None]:
    """Workers with these keys and this team; gateway and workers have the same keys."""
    assert stage.book is not None
    stage.control = Control(stage.client, keys, stage.store)
    setting = Setting(
        stage.book.team.model_copy(update=team), stage.folder / "journal", keys, Redactor(), stage.store
    )
    async with working(stage.client, setting):
        yield


async def waiting(stage: Stage, option: str, *approvers: str) -> Accepted:
    """An incident of earlier workers, whose plan waits for whoever is missing."""
    stage.playbook(only(option))
    async with at_work(stage):
        incident = await stage.open()
        await stage.until(incident, Phase.APPROVE)
        for person in approvers:
            await stage.say(incident, Say.APPROVE, person)
    return incident


async def test_an_incident_goes_on_when_the_door_has_a_new_key_and_keeps_the_old_one(away: Stage) -> None:
    incident = await waiting(away, BY_TWO, "ana")

    async with at_work(away, BOTH):
        await away.say(incident, Say.APPROVE, "li")

        view = await away.where(incident, lambda view: view.state.applied)
        assert view.state.applied[0].approved_by == ("ana", "li")
        assert away.effects()


async def test_under_a_new_key_alone_an_incident_goes_on_and_changes_nothing(away: Stage) -> None:
    incident = await waiting(away, BY_TWO, "ana")
    old = sign(await by_li(away, incident), DOOR)

    async with at_work(away, NEW):
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await away.pass_on(old)
        await away.say(incident, Say.APPROVE, "li")

        view = await away.until(incident, Phase.HANDED_OVER)
        assert "is not signed with the door key of this worker" in str(refused.value.cause)
        assert "it was not planned by a worker of this door" in str(texts(view, "failed"))
        assert away.effects() == []
        await away.say(incident, Say.RESOLVE)
        await away.until(incident, Phase.CLOSED)


async def by_li(stage: Stage, incident: Accepted) -> Any:
    async with at_work(stage):
        return await stage.word(incident, Say.APPROVE, "li")


@pytest.mark.parametrize("keys", [DOOR, BOTH, NEW], ids=["the same", "old and new", "new"])
async def test_a_history_with_forged_notices_replays_under_any_key(away: Stage, keys: Keyring) -> None:
    incident = await waiting(away, ASKED_BACK)
    async with at_work(away):
        handle = away.client.get_workflow_handle(incident.workflow_id)
        for number in range(2):
            forged = {"alerts": [away.alert(fingerprint=f"forged-{number}").model_dump(mode="json")]}
            await handle.signal("notice", {**forged, "signature": "00000000.0"})
            await away.send(away.alert(fingerprint=f"real-{number}"))
        await away.where(incident, lambda view: len(texts(view, "refused")) == 2)

    found = await rehearsed(away.client, WORKFLOWS, [WorkerInterceptor(Redactor(), keys)])

    assert (found.looked_at, found.stuck) == (1, ())


async def test_an_approver_who_has_left_since_is_not_one_of_two(away: Stage) -> None:
    incident = await waiting(away, BY_TWO, "ana")
    assert away.book is not None
    people = {name: person for name, person in away.book.team.people.items() if name != "ana"}

    async with at_work(away, people=people):
        await away.say(incident, Say.APPROVE, "li")

        view = await away.until(incident, Phase.HANDED_OVER)
        assert "ana is not an approver any more" in str(texts(view, "failed"))
        assert away.effects() == []


async def test_an_unsigned_approval_counts_no_more_once_the_door_is_closed(away: Stage) -> None:
    incident = await waiting(away, ASKED_BACK)

    async with at_work(away, temporal_door="off"):
        await away.pass_on(await away.word(incident, Say.APPROVE, "ana", signature=""))

        view = await away.until(incident, Phase.HANDED_OVER)
        assert "temporal-ui did not say it through the gateway" in str(texts(view, "failed"))
        assert away.effects() == []


async def test_a_freeze_that_has_begun_since_holds(away: Stage) -> None:
    incident = await waiting(away, ASKED_BACK)
    now = datetime.now(UTC)
    freeze = Freeze(starts=now - timedelta(hours=1), ends=now + timedelta(days=30), why="the sale")

    async with at_work(away, freezes=(freeze,)):
        await away.say(incident, Say.APPROVE)

        view = await away.until(incident, Phase.HANDED_OVER)
        assert "freeze: " in view.state.handed_over_because
        assert away.effects() == []


async def test_a_freeze_of_every_week_that_was_written_since_holds(away: Stage) -> None:
    incident = await waiting(away, ASKED_BACK)
    halves = (("Mon 00:00", "Thu 12:00"), ("Thu 12:00", "Mon 00:00"))
    every = [WeeklyFreeze(starts=one, ends=end, time_zone="UTC", why="the sale") for one, end in halves]

    async with at_work(away, weekly_freezes=tuple(every)):
        await away.say(incident, Say.APPROVE)

        view = await away.until(incident, Phase.HANDED_OVER)
        assert "freeze: frozen until" in view.state.handed_over_because
        assert away.effects() == []


async def test_a_budget_that_was_taken_away_since_is_gone(away: Stage) -> None:
    incident = await waiting(away, ASKED_BACK)
    assert away.book is not None
    services = dict(away.book.team.services)
    none = services["backend"].limits.model_copy(update={"changes_per_hour": 0})
    services["backend"] = services["backend"].model_copy(update={"limits": none})

    async with at_work(away, services=services):
        await away.say(incident, Say.APPROVE)

        view = await away.until(incident, Phase.HANDED_OVER)
        assert "too many changes: " in view.state.handed_over_because
        assert away.effects() == []
