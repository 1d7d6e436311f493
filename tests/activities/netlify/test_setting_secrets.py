"""A secret variable at Netlify: set, carried by a build, taken back, and shown nowhere."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.converging import converge
from activities.netlify.client import Netlify
from activities.netlify.set_config import SetConfig
from activities.netlify.set_secret import SetSecret, SetWebhookSecret
from sandbox.faults import Fault, Trouble
from sandbox.netlify.site import Site, Variable
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Unavailable
from stanch.model.change import Change, UndoKind
from stanch.model.verb import Approval
from tests.activities.netlify.publishing import carried_out, netlify_of, operations, planned

KEY = "PAYMENT_KEY"
OLD, NEW = "the-old-payment-key", "the-new-payment-key"
SET: dict[str, Any] = {"key": KEY, "value": {"secret": "payment"}}
BEFORE: dict[str, Any] = {**SET, "before": {"secret": "former"}}


@pytest.fixture
def netlify(sandbox: Sandbox, tmp_path: Path) -> Netlify:
    (tmp_path / "payment").write_text(NEW)
    (tmp_path / "former").write_text(OLD)
    (tmp_path / "signing").write_text("whsec_of_the_sandbox")
    references = {name: f"file:{tmp_path / name}" for name in ("payment", "former", "signing")}
    return netlify_of(sandbox, references=references)


@pytest.fixture
def stored(site: Site) -> Variable:
    return site.keep(KEY, OLD, "production", is_secret=True)


def says(change: Change) -> str:
    return change.model_dump_json() + str(SetSecret.commands(change))


def values(site: Site) -> dict[str, str]:
    return {context: value for context, (_, value) in site.variables[KEY].values.items()}


async def rule_of(netlify: Netlify, **arguments: Any) -> str:
    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(netlify), **arguments)
    assert OLD not in str(refused.value)
    assert NEW not in str(refused.value)
    return refused.value.rule


async def test_a_secret_is_set_and_carried_by_a_new_build_and_neither_value_is_ever_shown(
    sandbox: Sandbox, netlify: Netlify, site: Site, stored: Variable
) -> None:
    change = await planned(SetSecret(netlify), **SET)

    await carried_out(sandbox, SetSecret(netlify), change)

    assert site.live is not None
    assert (values(site), site.live.environment[KEY]) == ({"production": NEW}, NEW)
    assert operations(sandbox) == ["set_env", "build"]
    assert OLD not in says(change) + str(sandbox.ledger.entries)
    assert NEW not in says(change) + str(sandbox.ledger.entries)
    assert 'env:set PAYMENT_KEY "$PAYMENT" --context production --secret' in SetSecret.commands(change)[0]


async def test_a_new_one_is_flagged_as_a_secret_for_production_alone(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    await carried_out(sandbox, SetSecret(netlify), await planned(SetSecret(netlify), **SET))

    made = site.variables[KEY]
    assert (made.is_secret, list(made.values)) == (True, ["production"])
    assert made.scopes == ("builds", "functions", "runtime")
    with pytest.raises(PolicyError) as refused:
        await planned(SetConfig(netlify), key=KEY, value="false")
    assert refused.value.rule == "holds-a-secret"


async def test_what_other_contexts_have_stays_and_the_undo_takes_only_productions_away(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    site.keep(KEY, OLD, "deploy-preview", is_secret=True)
    verb = SetSecret(netlify)
    change = await planned(verb, **SET)
    await carried_out(sandbox, verb, change)
    assert values(site) == {"deploy-preview": OLD, "production": NEW}

    await carried_out(sandbox, verb, change.undone())

    assert (values(site), change.undo.kind) == ({"deploy-preview": OLD}, UndoKind.RESTORES)
    assert "env:unset PAYMENT_KEY --context production" in str(verb.commands(change.undone()))


async def test_what_cannot_be_read_is_taken_back_only_to_what_the_team_keeps(
    sandbox: Sandbox, netlify: Netlify, site: Site, stored: Variable
) -> None:
    verb, before = SetSecret(netlify), site.published
    change = await planned(verb, **BEFORE)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert (values(site), site.published, change.undo.kind) == (
        {"production": OLD},
        before,
        UndoKind.RESTORES,
    )
    assert await carried_out(sandbox, verb, change.undone()) == set()


async def test_without_the_former_value_there_is_no_way_back_and_it_says_how_there_would_be(
    netlify: Netlify, stored: Variable
) -> None:
    change = await planned(SetSecret(netlify), **SET)

    assert change.undo.kind is UndoKind.NONE
    assert "`before`" in change.undo.why


async def test_a_lost_answer_is_found_by_whose_token_touched_it(
    sandbox: Sandbox, netlify: Netlify, stored: Variable
) -> None:
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="PATCH", path="/env/"))
    change = await planned(SetSecret(netlify), **SET)
    sandbox.pass_time(timedelta(minutes=1))
    with pytest.raises(Unavailable):
        await carried_out(sandbox, SetSecret(netlify), change)

    await carried_out(sandbox, SetSecret(netlify), change)

    assert operations(sandbox) == ["set_env", "build"]


async def test_what_somebody_else_set_after_our_build_is_left_alone(
    sandbox: Sandbox, netlify: Netlify, stored: Variable
) -> None:
    verb = SetSecret(netlify)
    change = await planned(verb, **BEFORE)
    await carried_out(sandbox, verb, change)
    sandbox.pass_time(timedelta(minutes=1))
    stored.values["production"] = ("v9", "of somebody else")
    stored.updated, stored.by = sandbox.clock.now(), "Ana"

    with pytest.raises(Moved, match="by Ana"):
        await converge(verb, change.undone(), set())


async def test_a_secret_that_rotated_since_it_was_approved_is_not_set(
    sandbox: Sandbox, netlify: Netlify, site: Site, stored: Variable, tmp_path: Path
) -> None:
    change = await planned(SetSecret(netlify), **SET)
    (tmp_path / "payment").write_text("rotated-meanwhile")

    with pytest.raises(Moved, match="rotated"):
        await carried_out(sandbox, SetSecret(netlify), change)

    assert values(site) == {"production": OLD}


async def test_a_variable_that_members_could_read_is_refused_unless_nothing_is_to_do(
    netlify: Netlify, site: Site
) -> None:
    site.keep(KEY, OLD)
    assert await rule_of(netlify, **SET) == "not-flagged"
    site.keep(KEY, NEW)

    change = await planned(SetSecret(netlify), **SET)

    assert (change.units, NEW in says(change)) == ((), False)


async def test_one_that_came_without_its_flag_meanwhile_is_not_given_the_secret(
    sandbox: Sandbox, netlify: Netlify, site: Site, stored: Variable
) -> None:
    change = await planned(SetSecret(netlify), **SET)
    stored.is_secret = False

    with pytest.raises(PolicyError, match="not flagged"):
        await converge(SetSecret(netlify), change, set())

    assert values(site) == {"production": OLD}


async def test_an_answer_that_lost_the_values_is_not_believed(
    sandbox: Sandbox, netlify: Netlify, stored: Variable
) -> None:
    change = await planned(SetSecret(netlify), **SET)
    stored.values.clear()

    with pytest.raises(Unavailable, match="without any value"):
        await converge(SetSecret(netlify), change, set())


async def test_a_list_that_lost_every_variable_is_not_believed(
    sandbox: Sandbox, netlify: Netlify, site: Site
) -> None:
    change = await planned(SetSecret(netlify), **SET)
    site.variables.clear()

    with pytest.raises(Unavailable, match="lists no variable"):
        await converge(SetSecret(netlify), change, set())


async def test_a_vendor_that_repeats_the_secret_does_not_get_it_into_the_error(
    sandbox: Sandbox, netlify: Netlify, stored: Variable
) -> None:
    change = await planned(SetSecret(netlify), **SET)
    sandbox.order(Fault(status=422, method="PATCH", body={"message": f"{NEW} is too short"}))

    with pytest.raises(Rejected) as refused:
        await converge(SetSecret(netlify), change, set())

    assert "too short" in str(refused.value)
    assert NEW not in str(refused.value)


@pytest.mark.parametrize(
    ("key", "secret"), [("STRIPE_WEBHOOK_SECRET", "payment"), ("STRIPE_ENDPOINT", "signing")]
)
async def test_a_webhooks_secret_takes_two_people(netlify: Netlify, key: str, secret: str) -> None:
    wanted = {"key": key, "value": {"secret": secret}}

    assert await rule_of(netlify, **wanted) == "webhook-secret"
    change = await planned(SetWebhookSecret(netlify), **wanted)

    assert (SetSecret.spec.floor, SetWebhookSecret.spec.floor) == (Approval.ONE, Approval.TWO)
    assert "old secret is refused" in change.effects[-1]


async def test_the_same_value_before_and_after_is_no_rotation(
    netlify: Netlify, stored: Variable, tmp_path: Path
) -> None:
    (tmp_path / "former").write_text(NEW)

    assert await rule_of(netlify, **BEFORE) == "same-secret"


async def test_a_secret_is_not_set_where_the_new_build_would_not_go_live(
    netlify: Netlify, site: Site
) -> None:
    site.deploys[0].locked = True

    assert await rule_of(netlify, **SET) == "auto-publishing-off"
