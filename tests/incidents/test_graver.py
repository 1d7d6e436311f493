"""Alerts that are graver than what the incident was opened on."""

from books import ASKED_BACK, RESTART, ROLL_BACK, SCALE, book, scenario
from stage import Stage, kinds, texts

from stanch.control import Accepted
from stanch.model.alert import Severity
from stanch.model.decision import Say
from stanch.model.incident import Phase

SLOW_HELPED_BY = {"name": "slow", "alert": "Slow", "severity": "medium"}


async def open_slow(
    stage: Stage, *options: str, phase: Phase, graver: tuple[str, ...] = (RESTART,)
) -> Accepted:
    """An incident of medium severity in this phase; a graver alert has a scenario of its own."""
    stage.machines_are_well()
    stage.playbook(book(scenario(*options, **SLOW_HELPED_BY), scenario(*graver)))
    incident = await stage.open(stage.alert("Slow"))
    await stage.until(incident, phase)
    return incident


async def test_a_graver_alert_while_approval_is_awaited_withdraws_the_plan_and_decides_anew(
    stage: Stage,
) -> None:
    incident = await open_slow(stage, ASKED_BACK, phase=Phase.APPROVE)

    await stage.open(stage.alert("SiteDown"))

    view = await stage.where(incident, lambda view: view.state.applied)
    assert "withdrawn" in kinds(view)
    assert view.state.severity is Severity.CRITICAL
    assert stage.effects() == ["fly.restart_machine"] * 2
    assert view.state.pinned is not None
    assert view.state.pinned.scenario == "site-down"


async def test_a_graver_alert_during_verification_is_a_new_decision_and_keeps_what_was_done(
    stage: Stage,
) -> None:
    incident = await open_slow(stage, ROLL_BACK, phase=Phase.VERIFY)

    await stage.open(stage.alert("SiteDown"))

    view = await stage.where(incident, lambda view: len(view.state.applied) == 2)
    assert [applied.planned.change.verb for applied in view.state.applied] == ["fly.roll_back", "fly.restart"]
    assert stage.effects("fly.update_machine") == ["fly.update_machine"] * 2


async def test_a_graver_alert_after_a_hand_over_is_a_new_decision(stage: Stage) -> None:
    incident = await open_slow(stage, phase=Phase.HANDED_OVER)

    await stage.open(stage.alert("SiteDown"))

    await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.restart_machine"] * 2


async def test_a_graver_alert_after_an_abort_decides_nothing(stage: Stage) -> None:
    incident = await open_slow(stage, ASKED_BACK, phase=Phase.APPROVE)
    await stage.say(incident, Say.ABORT)
    await stage.until(incident, Phase.HANDED_OVER)

    await stage.open(stage.alert("SiteDown"))

    view = await stage.where(incident, lambda view: view.state.severity is Severity.CRITICAL)
    assert view.state.phase is Phase.HANDED_OVER
    assert stage.effects() == []


async def test_a_graver_scenario_without_options_raises_the_severity_and_leaves_the_options(
    stage: Stage,
) -> None:
    incident = await open_slow(stage, ASKED_BACK, phase=Phase.APPROVE, graver=())

    await stage.open(stage.alert("SiteDown"))

    view = await stage.where(incident, lambda view: view.state.severity is Severity.CRITICAL)
    assert view.state.pinned is not None
    assert view.state.pinned.scenario == "slow"
    assert stage.effects() == []


async def test_alerts_that_are_not_graver_withdraw_nothing(stage: Stage) -> None:
    incident = await open_slow(stage, ASKED_BACK, phase=Phase.APPROVE)
    before = await stage.view(incident)

    for hint in ("low", "medium", "nonsense", ""):
        await stage.open(stage.alert("Slow", fingerprint=f"hint-{hint}", severity_hint=hint))

    view = await stage.where(incident, lambda view: view.state.firing == 5)
    assert view.digest == before.digest
    assert view.state.severity is Severity.MEDIUM


async def test_an_alerts_own_label_raises_the_severity(stage: Stage) -> None:
    incident = await open_slow(stage, ASKED_BACK, phase=Phase.APPROVE)

    await stage.open(stage.alert("Slow", fingerprint="another", severity_hint="HIGH"))

    view = await stage.where(incident, lambda view: view.state.severity is Severity.HIGH)
    assert texts(view, "severity") == ["raised from medium to high: slow"]


async def test_an_edition_that_takes_the_same_alert_for_graver_is_for_later_incidents(stage: Stage) -> None:
    incident = await open_slow(stage, ASKED_BACK, phase=Phase.APPROVE)
    before = await stage.view(incident)
    stage.playbook(book(scenario(RESTART, **SLOW_HELPED_BY | {"severity": "critical"}), scenario(RESTART)))

    await stage.open(stage.alert("Slow", fingerprint="another"))

    view = await stage.where(incident, lambda view: view.state.firing == 2)
    assert (view.digest, view.state.pinned) == (before.digest, before.state.pinned)
    assert view.state.severity is Severity.MEDIUM
    assert stage.effects() == []


async def test_what_others_took_the_place_of_comes_back_as_it_was(stage: Stage) -> None:
    incident = await open_slow(stage, ASKED_BACK, phase=Phase.APPROVE, graver=(SCALE,))
    first = (await stage.view(incident)).state.pinned
    high = scenario(ASKED_BACK, name="ill", alert="Ill", severity="high")
    stage.playbook(book(scenario(RESTART, **SLOW_HELPED_BY), high))
    await stage.open(stage.alert("Ill"))
    await stage.where(incident, lambda view: view.state.pinned and view.state.pinned.scenario == "ill")

    await stage.open(stage.alert("Slow", fingerprint="another", severity_hint="critical"))

    view = await stage.where(incident, lambda view: view.state.severity is Severity.CRITICAL)
    assert view.state.pinned == first
