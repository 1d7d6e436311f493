import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.roll_back import RollBack
from activities.vercel.set_config import SetConfig
from activities.vercel.set_edge_config import SetEdgeConfig
from activities.vercel.set_secret import SetSecret
from sandbox.faults import Fault
from sandbox.vercel.project import Project
from sandbox.vercel.scenes import STORE
from sandbox.world import Sandbox
from stanch.errors import Conflict, PolicyError, Rejected, Still, Unavailable
from stanch.model.change import Change
from tests.activities.vercel.deploying import carried_out, operations, planned, vercel_of

NEW: dict[str, Any] = {"key": "PAYMENT_KEY", "value": {"secret": "payment"}}
CHAT: dict[str, Any] = {"key": "DISABLE_CHAT", "value": 1}


@pytest.fixture
def vercel(sandbox: Sandbox, tmp_path: Path) -> Vercel:
    (tmp_path / "payment").write_text("the-new-payment-key")
    (tmp_path / "former").write_text("the-new-payment-key")
    references = {name: f"file:{tmp_path / name}" for name in ("payment", "former")}
    return vercel_of(sandbox, references=references)


@pytest.mark.parametrize(
    ("verb", "arguments"), [(SetSecret, NEW), (SetConfig, CHAT)], ids=["a secret", "a flag"]
)
async def test_a_variable_that_was_deleted_is_taken_for_gone_though_it_is_listed_still(
    sandbox: Sandbox, vercel: Vercel, project: Project, verb: type, arguments: dict[str, Any]
) -> None:
    change: Change = await planned(verb(vercel), **arguments)
    await carried_out(sandbox, verb(vercel), change)
    project.lists_removed_for = timedelta(seconds=40)
    unit, done = next(unit.id for unit in change.units if unit.id != "deployment"), set[str]()

    for _ in range(5):
        with suppress(Still):
            await converge(verb(vercel), change.undone(), done)
    sandbox.pass_time(timedelta(seconds=40))
    await carried_out(sandbox, verb(vercel), change.undone())

    assert unit in done
    assert operations(sandbox).count("vercel.delete_env") == 1
    assert [one.key for one in project.variables].count(arguments["key"]) == 0


async def test_a_second_deletion_that_finds_nothing_is_as_good(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = SetSecret(vercel)
    change = await planned(verb, **NEW)
    await carried_out(sandbox, verb, change)
    project.lists_removed_for = timedelta(seconds=40)
    undo = change.undone()
    unit = next(unit for unit in undo.units if unit.id != "deployment")

    await verb.write(undo, unit)
    await verb.write(undo, unit)

    assert operations(sandbox).count("vercel.delete_env") == 1


async def test_a_variable_that_is_gone_before_it_is_edited_is_looked_at_again(
    sandbox: Sandbox, vercel: Vercel
) -> None:
    change = await planned(SetConfig(vercel), key="API_BASE", value="https://other.example")
    sandbox.order(Fault(status=404, method="PATCH", path="/env/"))

    with pytest.raises(Conflict, match="deleted meanwhile"):
        await converge(SetConfig(vercel), change, set())


@pytest.mark.parametrize("code", ["ENV_CONFLICT", "ENV_ALREADY_EXISTS"])
@pytest.mark.parametrize("status", [201, 400, 403])
async def test_a_variable_that_somebody_made_just_now_is_looked_at_again(
    sandbox: Sandbox, vercel: Vercel, status: int, code: str
) -> None:
    change = await planned(SetConfig(vercel), **CHAT)
    error = {"code": code, "message": "A variable with the name `DISABLE_CHAT` exists"}
    body = {"created": [], "failed": [{"error": error}]} if status == 201 else {"error": error}
    sandbox.order(Fault(status=status, method="POST", path="/env$", body=body))

    with pytest.raises(Conflict, match="DISABLE_CHAT"):
        await converge(SetConfig(vercel), change, set())


async def test_an_item_that_is_listed_and_not_found_once_is_not_changed_by_somebody_else(
    sandbox: Sandbox, vercel: Vercel
) -> None:
    verb = SetEdgeConfig(vercel)
    change = await planned(verb, store=STORE, key="enable_pack_purchase", value=False)
    sandbox.order(Fault(status=404, path="/item/"))

    with pytest.raises(Unavailable, match="listed and not found"):
        await converge(verb, change, set())
    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["vercel.set_edge_config"]


def limited(reset: float, unit: str = "reset") -> dict[str, Any]:
    message = "Too many requests - try again in -70 ms (more than 120, code: api-projects)"
    return {"error": {"code": "rate_limited", "message": message, "limit": {"remaining": 0, unit: reset}}}


IN_40_S: dict[str, Any] = {
    "in seconds": lambda now: {"body": limited(now + 40)},
    "in milliseconds": lambda now: {"body": limited((now + 40) * 1000)},
    "in milliseconds by its other name": lambda now: {"body": limited((now + 40) * 1000, "resetMs")},
    "by a header": lambda now: {"headers": {"X-RateLimit-Reset": str(int(now + 40))}},
}


@pytest.mark.parametrize("how", list(IN_40_S))
async def test_too_many_calls_are_waited_out_however_vercel_says_until_when(
    sandbox: Sandbox, vercel: Vercel, how: str
) -> None:
    change = await planned(RollBack(vercel))
    told = {"headers": {"X-RateLimit-Reset": ""}, **IN_40_S[how](time.time())}
    sandbox.order(Fault(status=429, method="POST", **told))

    with pytest.raises(Unavailable) as refused:
        await converge(RollBack(vercel), change, set())

    assert refused.value.untouched
    assert refused.value.retry_after is not None
    assert timedelta(seconds=30) < refused.value.retry_after <= timedelta(seconds=40)


async def test_a_wait_that_is_over_already_is_a_short_one(sandbox: Sandbox, vercel: Vercel) -> None:
    change = await planned(RollBack(vercel))
    said = {"headers": {"X-RateLimit-Reset": ""}, "body": limited(time.time() - 30)}
    sandbox.order(Fault(status=429, method="POST", **said))

    with pytest.raises(Unavailable) as refused:
        await converge(RollBack(vercel), change, set())

    assert refused.value.retry_after == timedelta(seconds=1)


async def test_the_same_value_before_and_after_is_no_way_back(vercel: Vercel) -> None:
    with pytest.raises(PolicyError) as refused:
        await planned(SetSecret(vercel), **NEW, before={"secret": "former"})

    assert refused.value.rule == "same-secret"


async def test_a_rollback_says_what_becomes_of_builds_and_of_open_pages(
    vercel: Vercel, project: Project
) -> None:
    without = await planned(RollBack(vercel))
    project.skew_protection = 43_200

    change = await planned(RollBack(vercel))

    assert "stays unpublished until somebody promotes it" in change.effects[0]
    assert set(change.effects) - set(without.effects) == {
        "pages that are open may go on with the old deployment for 12 h: skew protection is on"
    }


async def test_other_refusals_of_a_variable_are_final(sandbox: Sandbox, vercel: Vercel) -> None:
    change = await planned(SetConfig(vercel), **CHAT)
    sandbox.order(Fault(status=400, method="POST", path="/env$", body={"error": "odd"}))

    with pytest.raises(Rejected, match="odd"):
        await converge(SetConfig(vercel), change, set())
