"""Attack challenge mode: by value, for a while, and told honestly where it cannot be read."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.set_attack_mode import SetAttackMode
from sandbox.clock import milliseconds
from sandbox.faults import Fault, Trouble
from sandbox.vercel.attack_mode import AttackMode
from sandbox.vercel.project import Project
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unauthorized, Unavailable
from stanch.model.verb import Approval, NoHelp, Risk
from tests.activities.contract.case import AT
from tests.activities.vercel.deploying import carried_out, operations, planned
from tests.activities.vercel.worlds import SHOP, attack_mode_of, challenges

HOUR = timedelta(hours=1)


def shows_no_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vercel leaves the mode out of the project."""
    monkeypatch.setattr(AttackMode, "body", lambda _, __: {"firewallEnabled": False})


async def test_visitors_are_challenged_until_an_instant_and_then_by_itself_no_more(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(SetAttackMode(vercel), lasting="30m")

    await carried_out(sandbox, SetAttackMode(vercel), change)

    assert attack_mode_of(sandbox) == milliseconds(AT + timedelta(minutes=30))
    sandbox.pass_time(timedelta(minutes=31))
    assert attack_mode_of(sandbox) is False
    assert await carried_out(sandbox, SetAttackMode(vercel), change.undone()) == set()


async def test_it_says_who_is_turned_away_and_when_it_ends(vercel: Vercel) -> None:
    change = await planned(SetAttackMode(vercel))

    assert change.summary == "turn the attack challenge mode of my-shop on until 2026-11-21 04:00 UTC"
    assert "webhooks and cron calls" in change.effects[1]
    spec = SetAttackMode.spec
    assert (spec.floor, spec.risk, spec.if_no_help) == (Approval.ONE, Risk.HIGH, NoHelp.UNDO)
    assert '"attackModeActiveUntil": 1795233600000' in SetAttackMode.commands(change)[0]


@pytest.mark.parametrize(
    ("lasting", "to_do"), [(None, False), (2 * HOUR, False), (timedelta(minutes=20), True)]
)
async def test_what_somebody_turned_on_is_only_made_longer(
    sandbox: Sandbox, vercel: Vercel, lasting: timedelta | None, *, to_do: bool
) -> None:
    challenges(sandbox, lasting)

    change = await planned(SetAttackMode(vercel))

    assert bool(change.units) is to_do
    assert bool(change.nothing_to_do) is not to_do


async def test_the_undo_gives_back_the_end_that_somebody_gave_it(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    challenges(sandbox, timedelta(minutes=20))
    was = attack_mode_of(sandbox)
    change = await planned(SetAttackMode(vercel))
    await carried_out(sandbox, SetAttackMode(vercel), change)

    await carried_out(sandbox, SetAttackMode(vercel), change.undone())

    assert attack_mode_of(sandbox) == was


async def test_an_end_that_passed_before_it_was_set_is_said(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(SetAttackMode(vercel), lasting="10m")
    sandbox.pass_time(timedelta(minutes=11))

    with pytest.raises(Rejected, match="had passed when it was set"):
        await converge(SetAttackMode(vercel), change, set())


async def test_a_mode_that_is_still_shown_after_its_end_is_off(
    sandbox: Sandbox, vercel: Vercel, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = {"attackModeEnabled": True, "attackModeActiveUntil": milliseconds(AT - HOUR)}
    project.attack = AttackMode(enabled=True, updated=0, until=milliseconds(AT - HOUR))
    monkeypatch.setattr(AttackMode, "body", lambda _, __: ended)

    off = await planned(SetAttackMode(vercel), on=False)
    on = await planned(SetAttackMode(vercel))

    assert (off.units, on.units[0].was) == ((), "off")


async def test_where_vercel_does_not_show_it_the_answer_counts_and_the_plan_says_so(
    sandbox: Sandbox, vercel: Vercel, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows_no_mode(monkeypatch)
    verb = SetAttackMode(vercel)
    change = await planned(verb)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="/attack-mode$"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["vercel.set_attack_mode"]
    assert "does not say whether it is on" in change.effects[-1]
    await carried_out(sandbox, verb, change.undone())
    assert attack_mode_of(sandbox) is False


async def test_a_project_of_another_team_is_refused(vercel: Vercel) -> None:
    elsewhere = SHOP.model_copy(update={"at": {}})

    with pytest.raises(Unauthorized, match="403"):
        await planned(SetAttackMode(vercel), target=elsewhere)


@pytest.mark.parametrize(
    "arguments", [{"lasting": "5m"}, {"lasting": "2d"}, {"on": False, "lasting": "1h"}], ids=str
)
async def test_it_lasts_neither_too_short_nor_too_long_and_nothing_lasts_when_it_is_turned_off(
    vercel: Vercel, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        await planned(SetAttackMode(vercel), **arguments)
