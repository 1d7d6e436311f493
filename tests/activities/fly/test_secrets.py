"""Secrets of an app: set from the team's store, run with, told by digest, and never shown."""

from pathlib import Path

import pytest

from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.secrets import ReadSecrets
from activities.fly.set_secret import SetSecret, SetWebhookSecret
from sandbox.faults import Fault, Trouble
from sandbox.fly.application import FlyApp
from sandbox.fly.machine import lend_to_someone_else
from sandbox.fly.world import FlyWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still
from stanch.model.change import Change, Target, UndoKind
from stanch.model.evidence import Look
from stanch.model.verb import Approval
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.fly.cases import BACKEND, CLERK, NEW_VALUE, OLD_VALUE
from tests.activities.fly.flying import carried_out, fly_of, one_more, operations, planned

KEYS = {"clerk": NEW_VALUE, "clerk_before": OLD_VALUE, "svix": "whsec_of_the_team"}


@pytest.fixture
def store(tmp_path: Path) -> dict[str, str]:
    for name, value in KEYS.items():
        (tmp_path / name).write_text(value)
    return {name: f"file:{tmp_path / name}" for name in KEYS}


@pytest.fixture
def fly(sandbox: Sandbox, app: FlyApp, line: Line, store: dict[str, str]) -> Fly:
    for image in app.images.values():
        image.good = True
    return fly_of(sandbox, line=line, team_secrets=store)


@pytest.fixture
def verb(fly: Fly) -> SetSecret:
    return SetSecret(fly)


async def of_clerk(verb: SetSecret, target: Target = BACKEND, *, before: bool = True) -> Change:
    more = {"before": {"secret": "clerk_before"}} if before else {}
    return await planned(verb, target, key=CLERK, value={"secret": "clerk"}, **more)


def rotate(store: dict[str, str], name: str) -> None:
    Path(store[name].removeprefix("file:")).write_text("rotated meanwhile")


def values_run_with(app: FlyApp) -> list[str | None]:
    return [machine.secrets.get(CLERK) for machine in app.standing()]


async def test_machines_run_with_the_secret_when_the_change_is_done(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    change = await of_clerk(verb)

    await carried_out(sandbox, verb, change)

    updates = sandbox.ledger.effects("fly.update_machine")
    assert values_run_with(app) == [NEW_VALUE] * 2
    assert {update.detail["min_secrets_version"] for update in updates} == {app.secrets_version}


async def test_a_restart_alone_would_not_have_brought_the_secret_to_a_machine(
    app: FlyApp, fly: Fly, verb: SetSecret
) -> None:
    change = await of_clerk(verb)
    await verb.write(change, change.units[0])

    await fly.api.post(f"apps/slurpy-backend/machines/{app.standing()[0].id}/restart")

    assert values_run_with(app) == [OLD_VALUE] * 2


async def test_machines_are_updated_one_at_a_time(sandbox: Sandbox, app: FlyApp, verb: SetSecret) -> None:
    change = await of_clerk(verb)

    with pytest.raises(Still):
        await converge(verb, change, set())

    assert values_run_with(app) == [NEW_VALUE, OLD_VALUE]


async def test_the_whole_app_is_updated_although_the_target_is_one_process_group(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    one_more(app, app.releases[0].image_ref, group="worker")
    target = BACKEND.model_copy(update={"at": {"app": BACKEND.name, "process_group": "app"}})

    await carried_out(sandbox, verb, await of_clerk(verb, target))

    assert values_run_with(app) == [NEW_VALUE] * 3


async def test_only_names_and_digests_are_ever_shown(sandbox: Sandbox, verb: SetSecret) -> None:
    change = await of_clerk(verb)

    said = repr(change) + change.model_dump_json() + "".join(verb.commands(change))

    assert [value for value in KEYS.values() if value in said] == []
    assert verb.commands(change) == [
        f"printf '%s=%s\\n' {CLERK} \"$CLERK\" | fly secrets import --app slurpy-backend"
    ]


async def test_what_was_is_put_back_only_from_our_own_store(verb: SetSecret) -> None:
    change = await of_clerk(verb, before=False)

    assert change.undo.kind is UndoKind.NONE
    assert "Fly never shows" in change.undo.why


async def test_a_secret_that_was_not_there_is_taken_away_again(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    del app.secrets[CLERK]
    change = await of_clerk(verb, before=False)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert change.undo.kind is UndoKind.RESTORES
    assert CLERK not in app.secrets
    assert verb.commands(change.undone()) == [f"fly secrets unset {CLERK} --app slurpy-backend"]


async def test_an_undo_says_when_the_store_held_something_else_than_what_was(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    app.keep_secret(CLERK, "a value that the store never had")
    change = await of_clerk(verb)
    await carried_out(sandbox, verb, change)

    with pytest.raises(Rejected, match="clerk_before of the team's is not what"):
        await carried_out(sandbox, verb, change.undone())


async def test_one_value_under_two_names_is_no_way_back(verb: SetSecret) -> None:
    with pytest.raises(PolicyError, match="same-secret"):
        await planned(verb, key=CLERK, value={"secret": "clerk"}, before={"secret": "clerk"})


async def test_a_secret_that_rotated_since_the_approval_is_not_set(
    sandbox: Sandbox, verb: SetSecret, store: dict[str, str]
) -> None:
    change = await of_clerk(verb)
    rotate(store, "clerk")

    with pytest.raises(Moved, match="has rotated"):
        await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["set_metadata"]


async def test_the_value_that_stood_there_already_is_brought_to_every_machine(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    app.keep_secret(CLERK, NEW_VALUE)

    await carried_out(sandbox, verb, await of_clerk(verb))

    assert values_run_with(app) == [NEW_VALUE] * 2
    assert operations(sandbox).count("set_secret") == 0


async def test_an_old_note_does_not_pass_for_an_update_of_now(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    await carried_out(sandbox, verb, await of_clerk(verb))
    app.keep_secret(CLERK, "what somebody else put there")
    for machine in app.standing():
        app.hand_secrets_to(machine)

    await carried_out(sandbox, verb, await of_clerk(verb))

    assert values_run_with(app) == [NEW_VALUE] * 2


@pytest.mark.parametrize("lag", [1, 20, 60])
async def test_reads_that_lag_behind_are_not_believed(
    sandbox: Sandbox, app: FlyApp, line: Line, verb: SetSecret, lag: int
) -> None:
    change = await of_clerk(verb)
    line.before(2, lambda: setattr(app, "secrets_lag", lag))
    await carried_out(sandbox, verb, change)
    forth = values_run_with(app)
    line.before(1, lambda: setattr(app, "secrets_lag", lag))

    await carried_out(sandbox, verb, change.undone())

    digest = app.secrets[CLERK].body(CLERK)["digest"]
    assert (forth, values_run_with(app)) == ([NEW_VALUE] * 2, [OLD_VALUE] * 2)
    assert digest in app.standing()[0].config["metadata"][f"stanch_secret_{CLERK}"]


async def test_a_machine_that_missed_the_secret_is_all_that_is_left_to_do(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    await carried_out(sandbox, verb, await of_clerk(verb))
    late = one_more(app, app.releases[0].image_ref)
    change = await of_clerk(verb)

    await carried_out(sandbox, verb, change)

    assert [unit.id for unit in change.units] == [late.id]
    assert (change.undo.kind, verb.commands(change)) == (
        UndoKind.NONE,
        ["fly secrets deploy --app slurpy-backend"],
    )


async def test_a_machine_that_appears_before_the_secret_is_set_makes_the_plan_stale(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    change = await of_clerk(verb)
    one_more(app, app.releases[0].image_ref)

    with pytest.raises(PolicyError, match="target-grew"):
        await carried_out(sandbox, verb, change)


async def test_an_update_whose_answer_was_lost_names_the_version_of_the_secrets(
    sandbox: Sandbox, app: FlyApp, verb: SetSecret
) -> None:
    change = await of_clerk(verb)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST", path="/secrets$"))
    with pytest.raises(Exception, match="failed"):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)

    noted = [machine.config["metadata"][f"stanch_secret_{CLERK}"] for machine in app.standing()]
    assert {int(note.split()[2]) for note in noted} == {app.secrets_version}
    assert operations(sandbox).count("set_secret") == 1


@pytest.mark.parametrize("key", ["STRIPE_WEBHOOK_SECRET", "CLERK_SIGNING_KEY", "SVIX_KEY"])
async def test_what_webhooks_are_signed_with_is_not_set_by_the_verb_that_asks_one_person(
    verb: SetSecret, key: str
) -> None:
    with pytest.raises(PolicyError, match="webhook-secret"):
        await planned(verb, key=key, value={"secret": "clerk"})


async def test_a_value_that_shows_it_signs_webhooks_asks_two_people_under_any_name(verb: SetSecret) -> None:
    with pytest.raises(PolicyError, match="webhook-secret"):
        await planned(verb, key="HOOKS", value={"secret": "svix"})


def test_secrets_ask_one_person_and_webhook_secrets_two() -> None:
    assert (SetSecret.spec.floor, SetWebhookSecret.spec.floor) == (Approval.ONE, Approval.TWO)


async def test_no_secret_is_planned_during_somebody_elses_deployment(app: FlyApp, verb: SetSecret) -> None:
    lend_to_someone_else(app.standing()[0])

    with pytest.raises(PolicyError, match="deployment-in-progress"):
        await of_clerk(verb)


async def test_an_app_without_machines_has_nothing_that_would_run_with_it(
    app: FlyApp, verb: SetSecret
) -> None:
    app.machines.clear()

    with pytest.raises(PolicyError, match="nothing-runs"):
        await of_clerk(verb)


async def test_the_reading_tells_which_secret_was_set_last(sandbox: Sandbox, app: FlyApp, fly: Fly) -> None:
    sandbox.pass_time(SetSecret.look_again_in)
    app.keep_secret("OPENAI_API_KEY", "a new one")

    found = await ReadSecrets(fly).read(Look(target=BACKEND, as_of=AT))

    assert (found.count, found.list[0].name) == (3, "OPENAI_API_KEY")
    assert found.line() == "3 secrets, last OPENAI_API_KEY 2026-11-21 03:00"


async def test_an_app_without_secrets_is_told(sandbox: Sandbox, fly: Fly) -> None:
    sandbox.of(FlyWorld).apps["slurpy-backend"].secrets.clear()

    found = await ReadSecrets(fly).read(Look(target=BACKEND, as_of=AT))

    assert (found.count, found.line()) == (0, "0 secrets")


async def outdated(fly: Fly, store: dict[str, str]) -> tuple[str, ...] | None:
    store[CLERK] = store["clerk"]
    return (await ReadSecrets(fly).read(Look(target=BACKEND, as_of=AT))).outdated


async def test_a_secret_that_the_team_has_changed_since_is_outdated(
    sandbox: Sandbox, fly: Fly, verb: SetSecret, store: dict[str, str]
) -> None:
    await carried_out(sandbox, verb, await of_clerk(verb))
    before = await outdated(fly, store)

    rotate(store, "clerk")

    assert (before, await outdated(fly, store)) == ((), (CLERK,))


async def test_a_secret_that_somebody_else_has_set_since_is_outdated(
    sandbox: Sandbox, app: FlyApp, fly: Fly, verb: SetSecret, store: dict[str, str]
) -> None:
    await carried_out(sandbox, verb, await of_clerk(verb))

    app.keep_secret(CLERK, "set by hand")

    assert await outdated(fly, store) == (CLERK,)


async def test_of_secrets_that_no_machine_has_noted_nothing_is_known(fly: Fly, store: dict[str, str]) -> None:
    assert await outdated(fly, store) is None
