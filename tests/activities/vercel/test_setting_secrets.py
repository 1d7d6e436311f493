from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.set_secret import SetSecret, SetWebhookSecret
from sandbox.faults import Fault
from sandbox.vercel.project import Project
from sandbox.vercel.variable import Variable
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Unavailable
from stanch.model.change import Change, UndoKind
from stanch.model.verb import Approval
from tests.activities.vercel.deploying import carried_out, operations, planned, vercel_of

KEY = "PAYMENT_KEY"
OLD, NEW = "the-old-payment-key", "the-new-payment-key"
SET: dict[str, Any] = {"key": KEY, "value": {"secret": "payment"}}
BEFORE: dict[str, Any] = {**SET, "before": {"secret": "former"}}


@pytest.fixture
def vercel(sandbox: Sandbox, tmp_path: Path) -> Vercel:
    (tmp_path / "payment").write_text(NEW)
    (tmp_path / "former").write_text(OLD)
    references = {name: f"file:{tmp_path / name}" for name in ("payment", "former")}
    return vercel_of(sandbox, references=references)


@pytest.fixture
def stored(project: Project) -> Variable:
    return project.keep(KEY, OLD, "sensitive")


def says(change: Change) -> str:
    return change.model_dump_json() + str(SetSecret.commands(change))


async def test_a_secret_is_set_and_carried_by_a_new_build_and_neither_value_is_ever_shown(
    sandbox: Sandbox, vercel: Vercel, project: Project, stored: Variable
) -> None:
    sandbox.services["shop"].secrets_needed[KEY] = NEW
    change = await planned(SetSecret(vercel), **SET)

    await carried_out(sandbox, SetSecret(vercel), change)

    live = project.deployment(project.live)
    assert live is not None
    assert (stored.value, stored.comment, live.environment[KEY]) == (NEW, change.marker, NEW)
    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]
    assert OLD not in says(change) + str(sandbox.ledger.entries)
    assert NEW not in says(change) + str(sandbox.ledger.entries)
    assert '"$PAYMENT"' in SetSecret.commands(change)[0]


async def test_what_cannot_be_read_is_taken_back_only_to_what_the_team_keeps(
    sandbox: Sandbox, vercel: Vercel, project: Project, stored: Variable
) -> None:
    verb, before = SetSecret(vercel), project.live
    change = await planned(verb, **BEFORE)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert (stored.value, project.live, change.undo.kind) == (OLD, before, UndoKind.RESTORES)
    assert await carried_out(sandbox, verb, change.undone()) == set()


async def test_without_the_former_value_there_is_no_way_back_and_it_says_how_there_would_be(
    vercel: Vercel, stored: Variable
) -> None:
    change = await planned(SetSecret(vercel), **SET)

    assert change.undo.kind is UndoKind.NONE
    assert "`before`" in change.undo.why


async def test_a_secret_that_rotated_since_it_was_approved_is_not_set(
    sandbox: Sandbox, vercel: Vercel, stored: Variable, tmp_path: Path
) -> None:
    change = await planned(SetSecret(vercel), **SET)
    (tmp_path / "payment").write_text("rotated-meanwhile")

    with pytest.raises(Moved, match="rotated"):
        await carried_out(sandbox, SetSecret(vercel), change)

    assert stored.value == OLD


async def test_a_value_that_can_be_read_is_compared_and_not_shown(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    readable = project.keep(KEY, NEW)
    readable.updated = project.deployments[0].created - 1000

    change = await planned(SetSecret(vercel), **SET)
    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(vercel), **BEFORE)

    assert (change.units, refused.value.rule) == ((), "before-is-another")
    assert NEW not in says(change) + str(refused.value)


async def test_somebody_who_set_it_after_our_build_is_found_though_the_comment_is_still_ours(
    sandbox: Sandbox, vercel: Vercel, stored: Variable
) -> None:
    verb = SetSecret(vercel)
    change = await planned(verb, **BEFORE)
    await carried_out(sandbox, verb, change)
    sandbox.pass_time(timedelta(minutes=1))
    stored.value, stored.updated = "of somebody else", sandbox.origin.milliseconds()

    with pytest.raises(Moved):
        await converge(verb, change.undone(), set())

    assert stored.value == "of somebody else"


async def test_a_list_that_lost_every_variable_is_not_believed(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(SetSecret(vercel), **SET)
    project.variables.clear()

    with pytest.raises(Unavailable, match="lists no variable"):
        await converge(SetSecret(vercel), change, set())


async def test_a_vendor_that_repeats_the_secret_does_not_get_it_into_the_error(
    sandbox: Sandbox, vercel: Vercel, stored: Variable
) -> None:
    change = await planned(SetSecret(vercel), **SET)
    sandbox.order(Fault(status=422, method="PATCH", body={"error": f"{NEW} is too short"}))

    with pytest.raises(Rejected) as refused:
        await converge(SetSecret(vercel), change, set())

    assert "too short" in str(refused.value)
    assert NEW not in str(refused.value)


async def test_a_webhooks_secret_takes_two_people(vercel: Vercel) -> None:
    wanted = {**SET, "key": "STRIPE_WEBHOOK_SECRET"}

    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(vercel), **wanted)
    change = await planned(SetWebhookSecret(vercel), **wanted)

    assert refused.value.rule == "webhook-secret"
    assert (SetSecret.spec.floor, SetWebhookSecret.spec.floor) == (Approval.ONE, Approval.TWO)
    assert "old secret is refused" in change.effects[2]


async def test_the_same_value_before_and_after_is_no_rotation(
    vercel: Vercel, stored: Variable, tmp_path: Path
) -> None:
    (tmp_path / "former").write_text(NEW)

    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(vercel), **BEFORE)

    assert refused.value.rule == "same-secret"


async def test_a_secret_shared_with_previews_says_so(vercel: Vercel, stored: Variable) -> None:
    stored.target = ["production", "preview"]

    change = await planned(SetSecret(vercel), **SET)

    assert "shared with preview" in change.effects[-1]


async def test_a_secret_is_not_set_where_the_new_build_would_not_go_live(
    vercel: Vercel, project: Project
) -> None:
    project.auto_assign = False

    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(vercel), **SET)

    assert refused.value.rule == "auto-assign-off"
