"""Whole incidents, from the alert to the post-mortem, on a real server with skipped time."""

from stage import Stage, kinds

from stanch.model.decision import Say
from stanch.model.incident import Outcome, Phase
from stanch.model.plan import Fate

AUTOMATIC = """
scenarios:
  site-down:
    opens_on: {alert: SiteDown, service: backend}
    severity: critical
    mode: auto
    evidence:
      release: {uses: fly.releases}
    options:
      - when: release.is_suspect
        uses: fly.roll_back
        approval: nobody
      - uses: fly.restart
        approval: nobody
    verify: {uses: probe, every: 30s, stays_good_for: 5m}
"""
ASKED = AUTOMATIC.replace("mode: auto", "mode: approve")


async def test_a_suspect_release_is_rolled_back_verified_and_written_down(stage: Stage) -> None:
    stage.playbook(AUTOMATIC)
    alert = stage.alert()

    incident = await stage.open(alert)

    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident, alert)
    assert stage.effects() == ["fly.update_machine", "fly.update_machine"]
    assert view.state.outcome is Outcome.FIXED
    assert [applied.fate for applied in view.state.applied] == [Fate.KEPT]
    assert view.state.recovered_at is not None
    assert "closed" in kinds(view)


async def test_an_approved_plan_is_carried_out_and_says_who_approved(stage: Stage) -> None:
    stage.playbook(ASKED)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)
    assert stage.effects() == []

    answer = await stage.say(incident, Say.APPROVE)

    assert answer.accepted
    await stage.skip_until(incident, Phase.WATCH)
    view = await stage.closed(incident, alert)
    assert view.state.applied[0].approved_by == ("ana",)
    assert len(stage.effects()) == 2
