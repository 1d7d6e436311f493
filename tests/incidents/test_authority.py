"""Who reaches Temporal, without the door's key and without anybody's token, changes nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attacker import QUEUE, Foreign, Pretender, temporal, why, words
from books import ASKED_BACK, BY_TWO, RESTART, ROLL_BACK, only
from keeper import guard_of, half_done
from stage import DOOR, Stage, kinds, texts
from temporalio.client import ActivityFailureError, WorkflowHistoryEventFilterType, WorkflowUpdateFailedError
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from stanch.control import Accepted
from stanch.model.decision import Decision, Say
from stanch.model.incident import IncidentState, Phase, Start
from stanch.model.notice import Notice
from stanch.model.plan import Order, PlanOrder, Revert
from stanch.model.playbook import PinnedStep
from stanch.model.record import IncidentRecord, Paperwork
from stanch.model.verb import Approval
from stanch.policy.signing import sign_notice, sign_pinned

OFF = "temporal_door: off\n"
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


async def asked(stage: Stage, *options: str, **more: Any) -> Accepted:
    stage.playbook(only(*options), **more)
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    return incident


async def refusal(stage: Stage, incident: Accepted, word: Decision, id: str = "another-id") -> str:  # noqa: A002
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await stage.client.get_workflow_handle(incident.workflow_id).execute_update("decide", word, id=id)
    return str(failed.value.cause)


async def lives_on(stage: Stage, incident: Accepted) -> None:
    """It still hears what the door says, and nothing was changed."""
    await stage.say(incident, Say.NOTE, note="are you there?")
    assert stage.effects() == []


async def signal(stage: Stage, incident: Accepted, *given: Any) -> None:
    await stage.client.get_workflow_handle(incident.workflow_id).signal("notice", args=given)


ALTERED: list[tuple[dict[str, Any], str]] = [
    ({}, "has been heard already"),
    ({"person": "li"}, "is not signed with the door key"),
    ({"digest": "0123456789ab"}, "is not signed with the door key"),
    ({"incident": "incident-shop"}, "is not signed with the door key"),
    ({"run": "another-run"}, "is not signed with the door key"),
    ({"asked": 9}, "is not signed with the door key"),
    ({"arguments": {"count": 1}}, "is not signed with the door key"),
    ({"signature": ""}, "does not have the role approver"),
]


async def test_a_word_copied_out_of_history_does_not_count_again(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO, extra=OFF)
    await stage.say(incident, Say.APPROVE, "ana")
    [word] = await words(stage.client, incident)

    for number, (altered, because) in enumerate(ALTERED):
        again = word.model_copy(update=altered)
        assert because in await refusal(stage, incident, again, id=f"another-{number}"), altered

    assert (await stage.view(incident)).state.approvals == ("ana",)
    await lives_on(stage, incident)


async def test_a_word_copied_into_the_next_incident_of_its_group_does_not_count(stage: Stage) -> None:
    first = await asked(stage, BY_TWO)
    await stage.say(first, Say.APPROVE, "ana")
    [word] = await words(stage.client, first)
    await stage.say(first, Say.RESOLVE)
    await stage.until(first, Phase.CLOSED)
    second = await stage.open(stage.alert(started_at=stage.began + timedelta(minutes=1)))
    assert (await stage.until(second, Phase.APPROVE)).digest == word.digest

    assert "said to an earlier incident" in await refusal(stage, second, word)

    await lives_on(stage, second)


async def test_a_word_about_a_plan_does_not_count_for_the_same_plan_asked_anew(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)
    late = await stage.word(incident, Say.APPROVE, "ana", asked=0)

    assert "is asked anew since ana saw it" in await stage.refused(incident, Say.APPROVE, asked=0)

    assert late.digest == (await stage.view(incident)).digest
    await lives_on(stage, incident)


async def test_a_change_that_was_asked_for_by_hand_is_not_asked_for_again(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)
    assert stage.book is not None
    step = stage.book.verb_step("backend", "fly.restart", {})
    await stage.say(incident, Say.RUN, step=step)
    [word] = await words(stage.client, incident)

    assert "has been heard already" in await refusal(stage, incident, word)

    assert len((await stage.view(incident)).state.requested) <= 1
    await lives_on(stage, incident)


async def test_an_unsigned_request_for_a_change_is_refused_and_handed_over(stage: Stage) -> None:
    stage.playbook(only())
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)
    assert stage.book is not None
    step = stage.book.verb_step("backend", "fly.restart", {}).model_copy(update={"floor": Approval.NOBODY})

    await stage.pass_on(await stage.word(incident, Say.RUN, step=step))

    view = await stage.where(incident, lambda view: "refused" in kinds(view))
    assert "stands in no playbook that the gateway has signed" in texts(view, "refused")[0]
    await lives_on(stage, incident)


def forged(stage: Stage, signed_by_nobody: str = "") -> Notice:
    """A notice with a playbook of the attacker's own, in which nobody is asked."""
    stage.playbook(only(RESTART, severity="critical", name="forged"), extra=signed_by_nobody)
    assert stage.book is not None
    alert = stage.alert(fingerprint="forged", started_at=stage.began + timedelta(seconds=30))
    return Notice(alerts=(alert,), pinned=stage.book.match(alert), proved=True, issued_at=datetime.now(UTC))


FORGED = ("", "00000000.0123", "no signature at all")


@pytest.mark.parametrize(("door", "joins"), [("off", 1), ("trusted", 2)])
async def test_a_notice_that_the_door_has_not_signed_brings_no_playbook(
    stage: Stage, door: str, joins: int
) -> None:
    incident = await asked(stage, BY_TWO, extra=f"temporal_door: {door}\n")
    before = (await stage.view(incident)).state.pinned

    for signature in FORGED:
        await signal(stage, incident, forged(stage).model_copy(update={"signature": signature}))

    view = await stage.where(incident, lambda view: kinds(view).count("refused") == len(FORGED))
    assert all("without the gateway's signature" in text for text in texts(view, "refused"))
    assert (view.state.firing, view.state.phase, view.state.waiting) == (joins, Phase.APPROVE, ())
    assert view.state.pinned == before
    await lives_on(stage, incident)


async def issued(stage: Stage, incident: Accepted, ago: timedelta, *, resolved: bool = False) -> Notice:
    """A notice of the gateway's, from a while ago."""
    assert stage.book is not None
    alert = stage.alert()
    notice = Notice(
        alerts=(stage.resolved(alert) if resolved else alert,),
        pinned=None if resolved else sign_pinned(stage.book.match(alert), DOOR),
        issued_at=datetime.now(UTC) - ago,
    )
    return sign_notice(notice, incident.workflow_id, DOOR)


async def test_an_old_notice_of_the_gateways_opens_nothing(stage: Stage) -> None:
    stage.playbook(only(RESTART))
    old = await issued(stage, Accepted("", "incident-backend"), timedelta(minutes=11))
    handle = await stage.client.start_workflow(
        "IncidentWorkflow",
        Start(group="incident-backend"),
        id="incident-backend",
        task_queue="stanch",
        start_signal="notice",
        start_signal_args=[old],
    )

    view = await stage.where(Accepted("", handle.id), lambda view: view.state.timeline)

    assert "an old notice, sent again: it joins nothing" in texts(view, "refused")
    assert view.state.firing == 0
    assert stage.effects() == []


async def test_a_notice_sent_again_after_its_alert_has_resolved_is_of_the_past(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)
    old = await issued(stage, incident, timedelta(minutes=1))
    await stage.send(stage.resolved(stage.alert()))
    await stage.where(incident, lambda view: not view.state.firing)

    await signal(stage, incident, old)

    view = await stage.where(incident, lambda view: "past" in kinds(view))
    assert view.state.firing == 0
    await lives_on(stage, incident)


async def test_an_old_word_that_an_alert_has_resolved_does_not_end_what_fires_again(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)
    old = await issued(stage, incident, timedelta(minutes=1), resolved=True)
    await stage.send(stage.resolved(stage.alert()))
    await stage.send(stage.alert())
    await stage.where(incident, lambda view: "fires again" in str(texts(view, "alert")))

    await signal(stage, incident, old)

    await lives_on(stage, incident)
    assert (await stage.view(incident)).state.firing == 1


ALERT = {"source": "x", "fingerprint": "x", "name": "X", "firing": True, "started_at": "2026-11-21T03:00:00Z"}
MALFORMED: dict[str, list[Any]] = {
    "no argument": [],
    "two arguments": [{"alerts": []}, {"alerts": []}],
    "not a notice": ["burning"],
    "an instant without its offset": [{"alerts": [{**ALERT, "started_at": "2026-11-21T03:00:00"}]}],
    "an end without its offset": [
        {"alerts": [{**ALERT, "firing": False, "ended_at": "2026-11-21T03:00:00"}]}
    ],
    "an issue without its offset": [{"alerts": [ALERT], "issued_at": "2026-11-21T03:00:00"}],
    "the first of all instants": [{"alerts": [{**ALERT, "started_at": "0001-01-01T00:00:00+14:00"}]}],
    "the last of all instants": [{"alerts": [{**ALERT, "started_at": "9999-12-31T23:59:59-14:00"}]}],
    "a word about a run that was never": [{"alerts": [ALERT], "seen_run": "../../escaped"}],
}


async def test_an_incident_outlives_whatever_it_is_signalled(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)

    for given in MALFORMED.values():
        await signal(stage, incident, *given)
        await lives_on(stage, incident)

    assert (await stage.view(incident)).state.phase is Phase.APPROVE


async def test_an_incident_outlives_a_word_without_anything_in_it(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)
    command = ("workflow", "signal", "--workflow-id", incident.workflow_id, "--name")

    for name in ("approve", "reject", "acknowledge", "resolve", "abort"):
        code, said = await temporal(stage.client, *command, name)
        assert code == 0, said
        await lives_on(stage, incident)


WRONG: dict[str, Any] = {
    "nothing": {},
    "an instant without its offset": {
        "say": "note",
        "person": "ana",
        "incident": "incident-backend",
        "at": "2026-11-21T03:00:00",
    },
}


async def test_a_word_that_cannot_be_read_is_refused(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)
    command = ("workflow", "update", "execute", "--workflow-id", incident.workflow_id, "--name", "decide")

    for given in WRONG.values():
        code, said = await temporal(stage.client, *command, given=given)
        assert code != 0
        assert "unable to update workflow" in said.lower() or "failed" in said.lower(), said
        await lives_on(stage, incident)


def escaped() -> IncidentState:
    return IncidentState(number="../../../escaped", opened_at=AT, phase=Phase.CLOSE)


async def test_an_incident_that_is_started_with_a_state_is_refused(stage: Stage) -> None:
    start = Start(group="incident-forged", state=escaped()).model_dump(mode="json")
    command = ("workflow", "start", "--type", "IncidentWorkflow", "--task-queue", "stanch")

    code, said = await temporal(stage.client, *command, "--workflow-id", "incident-forged", given=start)

    assert code == 0, said
    assert "this one was started from outside" in await why(stage.client, "incident-forged")


@pytest.mark.parametrize(
    "again", [{"cron_schedule": "@every 1s"}, {"retry_policy": RetryPolicy(maximum_attempts=3)}], ids=str
)
async def test_a_state_that_comes_with_a_schedule_or_with_retries_is_refused(
    stage: Stage, again: Mapping[str, Any]
) -> None:
    handle = await stage.client.start_workflow(
        "IncidentWorkflow",
        Start(group="incident-forged", state=escaped()),
        id="incident-forged",
        task_queue="stanch",
        **again,
    )

    first = stage.client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)
    ends = [
        event
        async for event in first.fetch_history_events(
            wait_new_event=True, event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT
        )
    ]
    failed = ends[-1].workflow_execution_failed_event_attributes.failure.message
    anew = ends[-1].workflow_execution_continued_as_new_event_attributes.failure.message
    assert "this one was started from outside" in (failed or anew)
    assert stage.effects() == []


async def made(stage: Stage) -> Accepted:
    """An incident that has begun to roll back."""
    stage.playbook(only(ROLL_BACK))
    stage.sandbox.pace.machine_checks = 1000
    incident = await stage.open()
    await half_done(stage, incident)
    await stage.say(incident, Say.ABORT)
    await stage.until(incident, Phase.HANDED_OVER)
    return incident


async def revert_of(stage: Stage, incident: Accepted) -> Revert:
    view = await stage.view(incident)
    return Revert(
        number=view.state.number,
        service="backend",
        severity=view.state.severity,
        headline="",
        applied=view.state.applied[0],
        after=timedelta(0),
        checks=(),
    )


@pytest.mark.parametrize("kind", ["RevertWorkflow", "PaperworkWorkflow"])
@pytest.mark.parametrize("of", [None, Foreign], ids=["alone", "by a workflow of the attacker's own"])
async def test_what_outlives_an_incident_is_started_by_that_incident_only(
    stage: Stage, kind: str, of: type | None
) -> None:
    incident = await made(stage)
    before = stage.effects()
    record = IncidentRecord(workflow_id=incident.workflow_id, state=escaped(), closed_at=AT)
    given: Any = Paperwork(record=record)
    if kind == "RevertWorkflow":
        given = await revert_of(stage, incident)

    if of is None:
        await stage.client.start_workflow(kind, given, id="forged", task_queue="stanch")
        said = await why(stage.client, "forged")
    else:
        said = await had(
            stage, of, {"workflow": kind, "input": given.model_dump(mode="json"), "id": "forged"}
        )

    assert "this was started from outside" in said
    assert stage.effects() == before


async def had(stage: Stage, kind: type, asked: Mapping[str, Any], id: str = "incident-attacker") -> str:  # noqa: A002
    """What a worker of the attacker's own gets from ours."""
    async with Worker(
        stage.client, task_queue=QUEUE, workflows=[kind], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        name = "Foreign" if kind is Foreign else "IncidentWorkflow"
        return str(await stage.client.execute_workflow(name, asked, id=id, task_queue=QUEUE))


async def waiting_order(stage: Stage, incident: Accepted) -> Order:
    """The change that waits for people, as it stands in history."""
    plan = (await stage.view(incident)).state.plan
    assert plan is not None
    change = plan.steps[0].change
    return Order(change=change, digests=(change.digest,))


async def test_a_change_that_is_asked_for_without_an_incident_is_refused(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)
    order = await waiting_order(stage, incident)

    handle = await stage.client.start_activity(
        "fly.roll_back",
        order,
        id="alone",
        task_queue="stanch-fly",
        start_to_close_timeout=timedelta(seconds=10),
    )

    with pytest.raises(ActivityFailureError) as failed:
        await handle.result()
    assert "fly.roll_back works for incidents, not for anybody alone" in str(failed.value.cause)
    await lives_on(stage, incident)


HOLDER = {"workflow_id": "incident-backend", "run_id": "1", "incident": "INC-20261121-000001"}
TARGET = {"provider": "fly", "name": "slurpy-backend"}
STATE = {"number": "INC-20261121-000001", "opened_at": "2026-11-21T03:00:00Z"}
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "fly.releases": ("stanch-fly", {"target": TARGET, "as_of": "2026-11-21T03:00:00Z"}),
    "guard.let_go": ("stanch", {"target": TARGET, "release": {"holder": HOLDER}}),
    "journal.close": (
        "stanch",
        {"workflow_id": "incident-backend", "state": STATE, "closed_at": "2026-11-21T03:00:00Z"},
    ),
}


async def test_nothing_is_done_for_a_workflow_of_another_kind(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)
    order = await waiting_order(stage, incident)
    wanted = {"fly.roll_back": ("stanch-fly", order.model_dump(mode="json")), **OTHERS}

    for name, (queue, given) in wanted.items():
        said = await had(stage, Foreign, {"activity": name, "input": given, "queue": queue})
        assert f"{name} works for incidents, not for Foreign" in said

    await lives_on(stage, incident)


async def test_a_change_of_one_incident_is_not_made_for_what_calls_itself_another(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)
    order = await waiting_order(stage, incident)
    given = {"activity": "fly.roll_back", "input": order.model_dump(mode="json"), "queue": "stanch-fly"}

    said = await had(stage, Pretender, given)

    assert "it belongs to incident-backend, not to who asks for it" in said
    await lives_on(stage, incident)


async def test_the_lock_of_an_open_incident_is_not_given_back_by_what_calls_itself_another(
    stage: Stage,
) -> None:
    incident = await asked(stage, BY_TWO)
    held = (await guard_of(stage)).holder
    assert held is not None
    given = {"target": TARGET, "release": {"holder": held.model_dump()}}

    said = await had(stage, Pretender, {"activity": "guard.let_go", "input": given, "queue": "stanch"})

    assert "are taken and given back by itself" in said
    assert (await guard_of(stage)).holder == held
    await lives_on(stage, incident)


async def test_a_step_of_the_attackers_own_is_not_planned_for_what_calls_itself_an_incident(
    stage: Stage,
) -> None:
    incident = await asked(stage, BY_TWO)
    plan = (await stage.view(incident)).state.plan
    assert plan is not None
    step: PinnedStep = plan.steps[0].step.model_copy(
        update={"floor": Approval.NOBODY, "asking": plan.asking.model_copy(update={"who": Approval.NOBODY})}
    )
    order = PlanOrder.model_validate(
        {"request": {"target": step.target.model_dump(), "as_of": AT}, "step": step.model_dump(mode="json")}
    )
    given = {"activity": "fly.roll_back:plan", "input": order.model_dump(mode="json"), "queue": "stanch-fly"}

    said = await had(stage, Pretender, given)

    assert "stands in no playbook that the gateway has signed" in said
    await lives_on(stage, incident)
