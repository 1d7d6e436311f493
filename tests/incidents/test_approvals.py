"""Who may approve what, and when it is too late."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from books import ASKED_BACK, BY_TWO, RESTART, SCALE, only
from stage import DOOR, Stage, kinds, texts
from temporalio.client import WorkflowUpdateFailedError

from stanch.control import Accepted
from stanch.model.decision import Claim, Decision, Say
from stanch.model.incident import Phase
from stanch.model.record import View
from stanch.policy.signing import Keyring, sign

ASKED_SCALE = SCALE.replace("nobody", "one")


def late(then: str) -> str:
    return f"- {{uses: fly.roll_back, approval: {{who: one, within: 10m, then: {then}}}}}"


async def asked(stage: Stage, *options: str, **more: dict[str, str]) -> Accepted:
    stage.playbook(only(*options), **more)
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    return incident


async def applied(stage: Stage, incident: Accepted) -> View:
    return await stage.where(incident, lambda view: view.state.applied)


async def refusal(stage: Stage, decision: Decision) -> str:
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await stage.pass_on(decision)
    return str(failed.value.cause)


@pytest_asyncio.fixture(loop_scope="session")
async def waiting(stage: Stage) -> AsyncIterator[Accepted]:
    yield await asked(stage, ASKED_BACK)
    assert stage.effects() == []


async def test_two_different_people_approve_and_nothing_is_changed_before_the_second(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)

    first = await stage.say(incident, Say.APPROVE, "ana")

    assert first.text == "approved by ana; 1 more needed"
    assert stage.effects() == []
    await stage.say(incident, Say.APPROVE, "li")
    view = await applied(stage, incident)
    assert view.state.applied[0].approved_by == ("ana", "li")


async def test_the_timeline_says_which_yes_was_said_on_a_page(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)

    await stage.say(incident, Say.APPROVE, "ana", door="page")
    await stage.say(incident, Say.APPROVE, "li")

    view = await applied(stage, incident)
    said = [entry.by for entry in view.state.timeline if entry.kind == "approve"]
    assert said == ["ana, on the page", "li"]
    assert view.state.applied[0].approved_by == ("ana", "li")


async def test_what_nobody_has_signed_was_said_on_no_page(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)

    await stage.pass_on(await stage.word(incident, Say.NOTE, "ana", door="page", note="hello"))

    (entry,) = [one for one in (await stage.view(incident)).state.timeline if one.kind == "note"]
    assert entry.by == "temporal-ui"


async def test_who_comes_too_late_hears_who_was_first(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)
    late_word = await stage.word(incident, Say.APPROVE, "li")
    await stage.say(incident, Say.REJECT, "ana")
    await stage.where(incident, lambda view: view.state.phase is not Phase.APPROVE)

    because = await refusal(stage, sign(late_word, DOOR))

    assert because.startswith("Refused: it was rejected already at ")
    assert because.endswith(", by ana")
    assert stage.effects() == []


async def test_the_same_person_is_never_two_people(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)
    await stage.say(incident, Say.APPROVE, "ana")
    again = await stage.word(incident, Say.APPROVE, "ana")
    handle = stage.client.get_workflow_handle(incident.workflow_id)

    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await handle.execute_update("decide", sign(again, DOOR), id="another-id-of-hers")

    assert "ana has approved this already" in str(failed.value.cause)
    assert stage.effects() == []


async def test_an_unsigned_word_is_never_half_of_two(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)
    await stage.say(incident, Say.APPROVE, "ana")

    because = await refusal(stage, await stage.word(incident, Say.APPROVE, "li"))

    assert "never counts as half of a two-person approval" in because
    assert stage.effects() == []


async def test_an_unsigned_word_counts_as_that_of_temporal_ui(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)

    await stage.pass_on(await stage.word(incident, Say.APPROVE, "li"))

    view = await applied(stage, incident)
    assert view.state.applied[0].approved_by == ("temporal-ui",)


async def test_the_same_word_twice_is_one_word(stage: Stage) -> None:
    incident = await asked(stage, BY_TWO)
    word = sign(await stage.word(incident, Say.APPROVE, "ana"), DOOR)

    answers = [await stage.pass_on(word) for _ in range(2)]

    assert answers[0] == answers[1]
    assert (await stage.view(incident)).state.approvals == ("ana",)


async def test_a_person_without_the_role_is_refused(stage: Stage, waiting: Accepted) -> None:
    assert "sam does not have the role approver" in await stage.refused(waiting, Say.APPROVE, "sam")


async def test_a_digest_that_is_not_the_waiting_plans_is_refused(stage: Stage, waiting: Accepted) -> None:
    because = await stage.refused(waiting, Say.APPROVE, digest="0123456789ab")

    assert "the plan changed: 0123456789ab was named" in because


async def test_an_approval_without_a_digest_is_refused(stage: Stage, waiting: Accepted) -> None:
    assert "no digest was named" in await stage.refused(waiting, Say.APPROVE, digest="")


async def test_a_forged_signature_is_refused(stage: Stage, waiting: Accepted) -> None:
    word = sign(await stage.word(waiting, Say.APPROVE), Keyring(b"somebody else's key"))

    assert "is not signed with the door key of this worker" in await refusal(stage, word)


async def test_a_signed_word_with_another_name_put_in_is_refused(stage: Stage, waiting: Accepted) -> None:
    word = sign(await stage.word(waiting, Say.APPROVE, "ana"), DOOR)

    because = await refusal(stage, word.model_copy(update={"person": "li"}))

    assert "is not signed with the door key of this worker" in because


@pytest.mark.parametrize("elsewhere", [{"incident": "incident-shop"}, {"run": "another-run"}])
async def test_a_signed_word_cannot_be_carried_elsewhere(
    stage: Stage, waiting: Accepted, elsewhere: dict[str, str]
) -> None:
    word = sign((await stage.word(waiting, Say.APPROVE)).model_copy(update=elsewhere), DOOR)
    handle = stage.client.get_workflow_handle(waiting.workflow_id)

    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await handle.execute_update("decide", word)

    assert "this word was said to" in str(failed.value.cause)


async def test_an_approval_from_the_temporal_ui_shows_the_name_as_claimed(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK)
    handle = stage.client.get_workflow_handle(incident.workflow_id)
    digest = (await stage.view(incident)).digest

    await handle.signal("approve", Claim(person="ana", digest=digest))

    view = await applied(stage, incident)
    said = [entry.by for entry in view.state.timeline if entry.kind == "approve"]
    assert said == ["temporal-ui, claiming to be ana"]
    assert view.state.applied[0].approved_by == ("temporal-ui",)


async def test_a_closed_temporal_door_refuses_and_writes_it_down(stage: Stage) -> None:
    incident = await asked(stage, ASKED_BACK, extra="temporal_door: off\n")
    handle = stage.client.get_workflow_handle(incident.workflow_id)

    await handle.signal("approve", Claim(person="ana", digest=(await stage.view(incident)).digest))

    view = await stage.where(incident, lambda view: "refused" in kinds(view))
    assert "temporal-ui does not have the role approver" in texts(view, "refused")[0]
    assert stage.effects() == []


async def test_a_rejected_plan_makes_way_for_the_next_option(stage: Stage) -> None:
    stage.machines_are_well()
    incident = await asked(stage, ASKED_BACK, RESTART)

    await stage.say(incident, Say.REJECT, note="not on a Saturday")

    view = await applied(stage, incident)
    (said,) = texts(view, "reject")
    assert "roll slurpy-backend back from v42 to v41" in said
    assert said.endswith(": not on a Saturday")
    assert stage.effects() == ["fly.restart_machine"] * 2


async def test_a_plan_that_nobody_answers_is_skipped_where_the_playbook_says_so(stage: Stage) -> None:
    stage.machines_are_well()
    incident = await asked(stage, late("skip"), RESTART)

    await stage.skip(incident, timedelta(minutes=11))

    view = await applied(stage, incident)
    assert "nobody approved" in texts(view, "skipped")[0]
    assert stage.effects() == ["fly.restart_machine"] * 2


async def test_a_plan_that_nobody_refuses_proceeds_where_the_playbook_says_so(stage: Stage) -> None:
    incident = await asked(stage, late("proceed"))

    await stage.skip(incident, timedelta(minutes=11))

    view = await applied(stage, incident)
    assert view.state.applied[0].approved_by == ()
    assert "proceeding, as the playbook says" in texts(view, "approve")[0]


async def test_a_plan_that_nobody_answers_is_asked_again_and_can_still_be_approved(stage: Stage) -> None:
    incident = await asked(stage, late("escalate"))
    await stage.skip(incident, timedelta(minutes=21))
    assert kinds(await stage.view(incident)).count("escalation") == 2
    assert stage.effects() == []

    await stage.say(incident, Say.APPROVE)

    assert (await applied(stage, incident)).state.applied[0].approved_by == ("ana",)
