"""An incident is its state: what it knows survives a new run at any moment."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from books import ASKED_BACK, FLAG_OF_SHOP, RESTART, ROLL_BACK, SCALE, only
from stage import Stage, kinds, texts
from storm import notify, of_storm, without_pace
from temporalio import workflow
from temporalio.client import WorkflowExecutionDescription

from sandbox.holding import AllHold
from sandbox.mischief import Breaking, break_service, mend_service
from sandbox.symptoms import Symptom
from stanch.control import Accepted, Group
from stanch.model.alert import ASKED
from stanch.model.decision import Claim, Say
from stanch.model.incident import IncidentState, Outcome, Phase
from stanch.model.pause import Pause
from stanch.model.plan import Fate
from stanch.model.record import View
from stanch.policy import thinning
from workflows.memory import IncidentMemory

SECONDS = "with: {samples: 1}, every: 1s, stays_good_for: 1s, settles_within: 1s, samples: 2"
QUICKLY = {"verify": f"{{uses: probe, {SECONDS}}}", "watch": "{for: 1s}"}


@pytest.fixture
def ever_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each phase is worked on by a run of its own: every history is long as soon as one phase is over."""
    begin = IncidentMemory.__init__

    def beginning(self: IncidentMemory, state: IncidentState, outside: Any) -> None:
        begin(self, state, outside)
        self.began_with = state.phase  # type: ignore[attr-defined]

    monkeypatch.setattr(IncidentMemory, "__init__", beginning)
    monkeypatch.setattr(IncidentMemory, "is_long", lambda self: self.state.phase is not self.began_with)


async def runs_of(stage: Stage, incident: Accepted) -> int:
    query = f"WorkflowId = '{incident.workflow_id}'"
    return len([row async for row in stage.client.list_workflows(query)])


def first_run(now: WorkflowExecutionDescription) -> str:
    return now.raw_description.workflow_execution_info.first_run_id


async def until(stage: Stage, incident: Accepted, *phases: Phase) -> View:
    """A run that has just ended does not answer for a moment."""
    return await stage.until(incident, *phases)


@pytest.mark.usefixtures("ever_anew")
class TestARunForEachPhase:
    @pytest.mark.soak
    async def test_an_automatic_fix(self, stage: Stage) -> None:
        stage.playbook(only(ROLL_BACK, **QUICKLY))
        alert = stage.alert()
        incident = await stage.open(alert)
        await until(stage, incident, Phase.WATCH)
        await stage.send(stage.resolved(alert))

        view = await until(stage, incident, Phase.CLOSED)

        assert view.state.outcome is Outcome.FIXED
        assert stage.effects() == ["fly.update_machine"] * 2
        assert [one.fate for one in view.state.applied] == [Fate.KEPT]

    async def test_an_approved_change(self, stage: Stage) -> None:
        stage.playbook(only(ASKED_BACK, **QUICKLY))
        alert = stage.alert()
        incident = await stage.open(alert)
        await until(stage, incident, Phase.APPROVE)
        await stage.say(incident, Say.APPROVE)
        await until(stage, incident, Phase.WATCH)
        await stage.send(stage.resolved(alert))

        view = await until(stage, incident, Phase.CLOSED)

        assert view.state.applied[0].approved_by == ("ana",)
        told = {letter.body["key"] for letter in stage.sandbox.inbox if letter.body["kind"] == "approval"}
        assert len(told) == 1

    async def test_a_change_that_does_not_help_is_taken_back_and_the_next_one_tried(
        self, stage: Stage
    ) -> None:
        stage.nothing_is_wrong()
        break_service(stage.sandbox, Breaking(service="backend"))
        stage.playbook(only(ROLL_BACK, SCALE, **QUICKLY))

        incident = await stage.open()

        view = await until(stage, incident, Phase.HANDED_OVER)
        assert [one.fate for one in view.state.applied] == [Fate.UNDONE, Fate.KEPT]

    @pytest.mark.soak
    async def test_a_rejection(self, stage: Stage) -> None:
        stage.playbook(only(ASKED_BACK, **QUICKLY))
        incident = await stage.open()
        await until(stage, incident, Phase.APPROVE)

        await stage.say(incident, Say.REJECT)

        view = await until(stage, incident, Phase.HANDED_OVER)
        assert stage.effects() == []
        assert view.state.handed_over_because == "no option is left"

    async def test_a_rejected_change_by_hand_starts_no_automation(self, stage: Stage) -> None:
        stage.playbook(only(RESTART, ROLL_BACK, **QUICKLY))
        stage.machines_are_well()
        await stage.control.pause(Pause(by="ana"))
        incident = await stage.open()
        await until(stage, incident, Phase.HANDED_OVER)
        await stage.control.resume("all", "ana")
        assert stage.book is not None
        await stage.say(incident, Say.RUN, step=stage.book.verb_step("backend", "fly.scale", {"count": 3}))
        await until(stage, incident, Phase.APPROVE)

        await stage.say(incident, Say.REJECT)

        view = await stage.where(incident, lambda view: kinds(view).count("hand-over") == 2)
        assert "asked for by hand" in view.state.handed_over_because
        assert stage.effects() == []

    @pytest.mark.soak
    async def test_a_hold_that_passes(self, stage: Stage) -> None:
        stage.playbook(only("- {hold: wait and see}", **QUICKLY))
        alert = stage.alert()
        incident = await stage.open(alert)
        await until(stage, incident, Phase.HOLD)
        mend_service(stage.sandbox, "backend")
        stage.nothing_is_wrong()
        await stage.send(stage.resolved(alert))

        view = await until(stage, incident, Phase.CLOSED)

        assert view.state.outcome is Outcome.BY_ITSELF

    async def test_what_was_chosen_from_a_list_that_has_changed_since(self, stage: Stage) -> None:
        if_so = '- {when: asked.code == "503", uses:'
        options = [one.replace("- {uses:", if_so) for one in (FLAG_OF_SHOP, ASKED_BACK)]
        opens_on = "{asked: {code: {one_of: [health.statuses]}}, service: backend}"
        health = "health: {uses: probe, with: {samples: 1}}"
        stage.playbook(only(*options, opens_on=opens_on, evidence=health, **QUICKLY))
        stage.nothing_is_wrong()
        break_service(stage.sandbox, Breaking(service="backend"))
        assert stage.book
        group = Group(
            "incident-backend",
            stage.book.open("site-down", {"code": "503"}, "ana"),
            (stage.alert("site-down", source=ASKED),),
        )
        incident = await stage.control.take(group)
        assert incident
        await until(stage, incident, Phase.APPROVE)
        mend_service(stage.sandbox, "backend")
        stage.sandbox.services["backend"].symptoms.append(Symptom(AllHold(), "500: broken otherwise"))

        await stage.say(incident, Say.APPROVE)

        view = await stage.where(
            incident, lambda view: view.state.plan and view.state.plan.option == "fly.roll_back"
        )
        assert view.state.settled == {"code": "503"}
        assert texts(view, "choose") == ["chosen: code=503"], "nobody is asked again"

    async def test_what_follows_by_the_facts_of_the_decision(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def is_long(self: IncidentMemory) -> bool:
            return self.state.phase is Phase.VERIFY is not self.began_with  # type: ignore[attr-defined]

        monkeypatch.setattr(IncidentMemory, "is_long", is_long)
        monkeypatch.setattr(thinning, "LARGEST_STATE", 0)
        followed = '{manual: "Revert ${release.name}"}, {uses: fly.scale, with: {count: 3}}'
        stage.playbook(only(f"- {{uses: fly.roll_back, approval: nobody, then: [{followed}]}}", **QUICKLY))

        incident = await stage.open()

        view = await until(stage, incident, Phase.APPROVE)
        assert [item.do for item in view.state.to_do] == ["Revert v42"], "it was rolled back from"
        assert view.state.evidence["release"].result is None, "it has gone with the run that read it"
        assert await runs_of(stage, incident) > 1


async def test_what_did_not_fit_into_the_next_run_is_read_anew_before_it_is_decided_by(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_long(self: IncidentMemory) -> bool:
        return self.state.phase is Phase.DECIDE and workflow.info().continued_run_id is None

    monkeypatch.setattr(IncidentMemory, "is_long", is_long)
    monkeypatch.setattr(thinning, "LARGEST_STATE", 0)
    stage.playbook(only("- {when: release.is_suspect, uses: fly.roll_back, approval: nobody}"))

    incident = await stage.open()

    view = await stage.where(incident, lambda view: view.state.applied)
    assert texts(view, "passed-over") == []
    assert await runs_of(stage, incident) > 1


async def test_a_hand_over_is_told_although_the_run_ends_with_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_long(self: IncidentMemory) -> bool:
        return self.state.phase is Phase.HANDED_OVER and workflow.info().continued_run_id is None

    monkeypatch.setattr(IncidentMemory, "is_long", is_long)
    monkeypatch.setattr(thinning, "LARGEST_STATE", 0)
    stage.playbook(only())

    incident = await stage.open()

    await stage.until(incident, Phase.HANDED_OVER)
    async with asyncio.timeout(10):
        while not stage.sandbox.inbox:  # noqa: ASYNC110 - the inbox has no event
            await asyncio.sleep(0.05)
    assert await runs_of(stage, incident) > 1
    assert (await stage.view(incident)).state.evidence["release"].result is None, "too large to carry over"


async def test_what_helped_is_not_taken_back_when_the_service_fails_otherwise(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, watch="{for: 30m}"))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.send(stage.resolved(alert))
    break_service(stage.sandbox, Breaking(service="backend"))
    again = alert.model_copy(update={"started_at": datetime.now(UTC) + timedelta(hours=1)})
    gone = again.model_copy(update={"firing": False, "ended_at": datetime.now(UTC) + timedelta(hours=2)})

    await stage.send(again, gone)

    await stage.where(incident, lambda view: "recurrence" in kinds(view))
    await stage.skip(incident, timedelta(minutes=5))
    view = await stage.where(incident, lambda view: "hand-over" in kinds(view))
    assert stage.effects() == ["fly.update_machine"] * 2
    assert [one.fate for one in view.state.applied] == [Fate.KEPT]
    assert texts(view, "quiet") == ["the alerts have resolved"]


async def test_a_rejection_that_arrives_before_a_new_run_has_begun_is_heard(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, said = IncidentMemory.__init__, asyncio.Event()

    def beginning(self: IncidentMemory, state: IncidentState, outside: Any) -> None:
        if workflow.info().continued_run_id and not said.is_set():
            message = "what is said meanwhile comes with the task that begins the run"
            raise RuntimeError(message)
        begin(self, state, outside)

    def is_long(self: IncidentMemory) -> bool:
        return self.state.phase is Phase.APPROVE and workflow.info().continued_run_id is None

    monkeypatch.setattr(IncidentMemory, "__init__", beginning)
    monkeypatch.setattr(IncidentMemory, "is_long", is_long)
    stage.playbook(only(ASKED_BACK))
    incident = await stage.open()
    handle = stage.client.get_workflow_handle(incident.workflow_id)
    async with asyncio.timeout(10):
        while (now := await handle.describe()).run_id == (first := first_run(now)):  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.05)

    before = stage.client.get_workflow_handle(incident.workflow_id, run_id=first)
    digest = (await before.query("view", result_type=View)).digest

    await handle.signal("reject", Claim(digest=digest))
    said.set()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert view.state.handed_over_because == "no option is left"
    assert stage.effects() == []


async def test_words_that_are_said_while_a_new_run_begins_are_each_heard_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        IncidentMemory, "is_long", lambda _: workflow.info().get_current_history_length() > 15
    )
    without_pace(stage)
    stage.playbook(only())
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)
    word = await stage.word(incident, Say.NOTE)
    notes = [
        word.model_copy(update={"note": f"{number}.", "at": word.at + timedelta(milliseconds=number)})
        for number in range(30)
    ]
    waiting = iter(notes)

    async def person() -> None:
        for note in waiting:
            assert (await stage.control.say(note)).accepted

    await asyncio.gather(*(person() for _ in range(6)), notify(stage, of_storm(stage, 75), at_once=3))

    view = await stage.view(incident)
    assert sorted(texts(view, "note")) == sorted(f"note: {note.note}" for note in notes)
    assert await runs_of(stage, incident) > 5
