"""A secret of a Worker: set, taken back, told apart from somebody else's, and shown nowhere."""

from pathlib import Path
from typing import Any

import pytest

from activities.cloudflare.client import Cloudflare
from activities.cloudflare.roll_back import RollBack
from activities.cloudflare.set_secret import SetSecret, SetWebhookSecret
from activities.converging import converge
from sandbox.cloudflare.version import text
from sandbox.cloudflare.worker import Worker
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError
from stanch.model.change import Change, UndoKind
from tests.activities.cloudflare.cases import NEW, OLD, SENDGRID
from tests.activities.cloudflare.working import carried_out, cloudflare_of, planned

SET: dict[str, Any] = {"key": SENDGRID, "value": {"secret": "next"}}
BEFORE: dict[str, Any] = {**SET, "before": {"secret": "former"}}


@pytest.fixture
def keeper(sandbox: Sandbox, worker: Worker, tmp_path: Path) -> Cloudflare:
    values = {"next": NEW, "former": OLD, "signing": "whsec_of_the_sandbox"}
    for name, value in values.items():
        (tmp_path / name).write_text(value)
    return cloudflare_of(sandbox, references={name: f"file:{tmp_path / name}" for name in values})


def says(change: Change) -> str:
    return change.model_dump_json() + str(SetSecret.commands(change))


async def rule_of(keeper: Cloudflare, **arguments: Any) -> str:
    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(keeper), **arguments)
    return refused.value.rule


async def test_a_secret_is_set_beside_all_others_and_no_value_is_shown(
    sandbox: Sandbox, keeper: Cloudflare, worker: Worker
) -> None:
    names = sorted(one["name"] for one in worker.newest.bindings)
    change = await planned(SetSecret(keeper), **BEFORE)

    await carried_out(SetSecret(keeper), change)

    assert worker.secrets == {SENDGRID: NEW}
    assert worker.live == {worker.newest.id: 100}
    assert sorted(one["name"] for one in worker.newest.bindings) == names
    for value in (OLD, NEW):
        assert value not in says(change) + str(worker.newest.body()) + str(sandbox.ledger.effects())


async def test_it_goes_back_to_what_the_team_says_that_stood_there(
    keeper: Cloudflare, worker: Worker
) -> None:
    change = await planned(SetSecret(keeper), **BEFORE)
    await carried_out(SetSecret(keeper), change)

    await carried_out(SetSecret(keeper), change.undone())

    assert worker.secrets == {SENDGRID: OLD}


async def test_a_secret_that_was_not_there_is_taken_away_again(keeper: Cloudflare, worker: Worker) -> None:
    change = await planned(SetSecret(keeper), key="SEARCH_TOKEN", value={"secret": "next"})
    await carried_out(SetSecret(keeper), change)

    await carried_out(SetSecret(keeper), change.undone())

    assert worker.secrets == {SENDGRID: OLD}
    assert "SEARCH_TOKEN" not in {one["name"] for one in worker.newest.bindings}


async def test_there_is_no_way_back_to_what_nobody_holds(keeper: Cloudflare) -> None:
    change = await planned(SetSecret(keeper), **SET)

    assert change.undo.kind is UndoKind.NONE
    assert "never shows" in change.undo.why


async def test_who_changes_any_secret_meanwhile_is_somebody_else(keeper: Cloudflare, worker: Worker) -> None:
    change = await planned(SetSecret(keeper), **SET)
    worker.change_secret("ANOTHER", "by ana")

    with pytest.raises(Moved, match="changed"):
        await converge(SetSecret(keeper), change, set())


async def test_another_of_our_secrets_is_none_of_this_one_s_business(
    keeper: Cloudflare, worker: Worker
) -> None:
    change = await planned(SetSecret(keeper), **SET)
    other = await planned(SetSecret(keeper), key="SEARCH_TOKEN", value={"secret": "former"})
    await carried_out(SetSecret(keeper), other)

    await carried_out(SetSecret(keeper), change)

    assert worker.secrets == {SENDGRID: NEW, "SEARCH_TOKEN": OLD}


async def test_what_a_change_of_ours_noted_is_held_against_before(keeper: Cloudflare) -> None:
    await carried_out(SetSecret(keeper), await planned(SetSecret(keeper), **SET))

    again = await planned(SetSecret(keeper), **BEFORE)

    assert again.nothing_to_do == f"{SENDGRID} was set to the team's next already"
    other = {"value": {"secret": "signing"}, "key": SENDGRID, "before": {"secret": "former"}}
    with pytest.raises(PolicyError) as refused:
        await planned(SetWebhookSecret(keeper), **other)
    assert refused.value.rule == "before-is-another"


async def test_an_older_version_runs_with_the_secret_of_now_and_that_has_to_be_said(
    keeper: Cloudflare,
) -> None:
    await carried_out(SetSecret(keeper), await planned(SetSecret(keeper), **SET))

    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(keeper))

    assert refused.value.rule == "secrets-changed"


async def test_a_variable_is_no_secret_and_webhooks_take_two(keeper: Cloudflare, worker: Worker) -> None:
    worker.newest.bindings.append(text("SEARCH_TOKEN", "for all to see"))

    assert await rule_of(keeper, key="SEARCH_TOKEN", value={"secret": "next"}) == "not-a-variable"
    assert await rule_of(keeper, key="HOOK", value={"secret": "signing"}) == "webhook-secret"


async def test_nothing_is_set_beside_a_newer_version_that_nobody_gets(
    keeper: Cloudflare, worker: Worker
) -> None:
    worker.upload("a-preview")

    assert await rule_of(keeper, **SET) == "newest-not-deployed"
