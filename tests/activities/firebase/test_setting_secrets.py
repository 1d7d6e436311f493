"""A secret of a service at Firebase: a version added, named by a new revision, and taken back."""

from pathlib import Path
from typing import Any

import pytest

from activities.converging import converge
from activities.firebase.client import Firebase
from activities.firebase.set_secret import SetSecret, SetWebhookSecret
from sandbox.clock import SandboxClock
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError
from tests.activities.contract.case import AT
from tests.activities.firebase.acting import carried_out, connected, planned
from tests.activities.firebase.cases import (
    HOOK,
    KEY,
    NEW,
    OLD,
    guarded,
    project_in,
    service_in,
    version_added,
)

SET: dict[str, Any] = {"key": KEY, "value": {"secret": "next"}}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(guarded, SandboxClock(AT))


@pytest.fixture
def firebase(sandbox: Sandbox, tmp_path: Path) -> Firebase:
    values = {"next": NEW, "former": OLD, "signing": "whsec_of_the_sandbox"}
    for name, value in values.items():
        (tmp_path / name).write_text(value)
    return connected(sandbox, tmp_path, references={name: f"file:{tmp_path / name}" for name in values})


def runs_with(sandbox: Sandbox) -> dict[str, str]:
    return service_in(sandbox).instances()[0].secrets


def named_in(sandbox: Sandbox, key: str) -> list[dict[str, Any]]:
    environment = service_in(sandbox).template["containers"][0]["env"]
    return [one for one in environment if one["name"] == key]


async def rule_of(firebase: Firebase, **arguments: Any) -> str:
    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(firebase), **arguments)
    return refused.value.rule


async def test_instances_run_with_the_new_version_and_no_value_is_shown(
    sandbox: Sandbox, firebase: Firebase
) -> None:
    change = await planned(SetSecret(firebase), **SET)

    await carried_out(SetSecret(firebase), change)

    assert runs_with(sandbox) == {KEY: NEW, HOOK: OLD}
    assert project_in(sandbox).vault[KEY] == [OLD, NEW]
    for value in (OLD, NEW):
        assert value not in change.model_dump_json() + str(SetSecret.commands(change))
    assert f"--update-secrets={KEY}={KEY}:latest" in SetSecret.commands(change)[1]


@pytest.mark.parametrize("key", [KEY, HOOK])
async def test_it_goes_back_to_the_value_that_stood_and_to_what_was_named(
    sandbox: Sandbox, firebase: Firebase, key: str
) -> None:
    named = named_in(sandbox, key)
    verb = SetSecret(firebase) if key == KEY else SetWebhookSecret(firebase)
    change = await planned(verb, key=key, value={"secret": "next"})
    await carried_out(verb, change)

    await carried_out(verb, change.undone())

    assert project_in(sandbox).vault[key][-1] == OLD
    assert named_in(sandbox, key) == named


async def test_a_version_that_is_there_already_is_only_named(sandbox: Sandbox, firebase: Firebase) -> None:
    project_in(sandbox).vault[KEY].append(NEW)
    change = await planned(SetSecret(firebase), **SET)

    await carried_out(SetSecret(firebase), change)

    assert [unit.id for unit in change.units] == ["revision"]
    assert runs_with(sandbox)[KEY] == NEW
    assert project_in(sandbox).vault[KEY] == [OLD, NEW]


async def test_who_adds_a_version_meanwhile_is_somebody_else(sandbox: Sandbox, firebase: Firebase) -> None:
    change = await planned(SetSecret(firebase), **SET)
    version_added(KEY)(sandbox)

    with pytest.raises(Moved):
        await converge(SetSecret(firebase), change, set())


async def test_what_comes_from_no_secret_and_what_is_said_wrongly_is_refused(firebase: Firebase) -> None:
    assert await rule_of(firebase, key="WALLET_KEY", value={"secret": "next"}) == "not-a-variable"
    assert await rule_of(firebase, **{**SET, "key": HOOK}) == "webhook-secret"
    assert await rule_of(firebase, **SET, before={"secret": "signing"}) == "before-is-another"
