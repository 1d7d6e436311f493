"""What is doubtful, limited, slow or cut off: nothing more is done than is sure, and people hear of it."""

import asyncio
from datetime import timedelta
from pathlib import Path

from books import FLAG_OF_SHOP, QUICK, RESTART, ROLL_BACK, only
from keeper import until_free
from stage import Stage, kinds, texts

from sandbox.faults import Fault, Trouble
from sandbox.mischief import Breaking, break_service
from sandbox.status_pages import Weather
from stanch.model.decision import Say
from stanch.model.incident import Outcome, Phase
from stanch.model.pause import Pause
from stanch.model.plan import Fate

BACK = "- {name: back, uses: fly.roll_back, approval: nobody}"
BACK_AGAIN = "- {name: back-again, uses: fly.roll_back, approval: one}"
TWO_STEPS = """- steps:
    - {uses: fly.restart}
    - {uses: fly.scale, with: {count: 3}}
  approval: nobody"""
PAGES = {
    "base_url: {url}/fly}}": "base_url: {url}/fly, status_page: fly}}",
    "base_url: {url}/vercel}}": "base_url: {url}/vercel, status_page: vercel}}",
}


async def test_a_plan_that_was_tried_and_undone_is_not_put_before_people_again(stage: Stage) -> None:
    stage.playbook(only(BACK, BACK_AGAIN, RESTART))
    stage.nothing_is_wrong()
    break_service(stage.sandbox, Breaking(service="backend"))

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER, Phase.APPROVE)
    assert view.state.phase is Phase.HANDED_OVER
    assert "was tried in this incident already" in texts(view, "refused")[0]
    assert [one.planned.change.verb for one in view.state.applied] == ["fly.roll_back", "fly.restart"]


async def test_after_an_option_that_cannot_be_decided_the_next_one_asks_somebody(stage: Stage) -> None:
    doubtful = "- {when: release.is_suspect, uses: fly.roll_back, approval: nobody}"
    stage.playbook(only(doubtful, RESTART))
    stage.sandbox.order(Fault(status=404, vendor="fly", path="graphql", times=1))

    incident = await stage.open()

    view = await stage.until(incident, Phase.APPROVE)
    assert "cannot be decided" in texts(view, "asks")[0]
    assert stage.effects() == []


async def test_a_step_that_needs_no_evidence_does_not_wait_for_it(stage: Stage) -> None:
    page = "openai: {uses: status.page, with: {page: openai}, within: 20s}"
    stage.playbook(only(RESTART, evidence=page))
    stage.machines_are_well()
    stage.sandbox.order(Fault(trouble=Trouble.SLOW, seconds=15, path="/status/openai", times=None))

    incident = await stage.open()

    async with asyncio.timeout(10):
        view = await stage.where(incident, lambda view: view.state.applied)
    assert "openai" not in view.state.evidence


async def test_an_alert_over_good_checks_ends_unconfirmed_also_where_stanch_itself_is_not_let_in(
    stage: Stage,
) -> None:
    own = "{uses: fly.status, good_when: it.count >= 2, every: 30s, stays_good_for: 1m, samples: 2}"
    stage.playbook(only(ROLL_BACK, verify=f"[{{uses: probe, {QUICK}}}, {own}]"))
    stage.nothing_is_wrong()
    stage.sandbox.order(Fault(status=401, vendor="fly", times=None))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.WATCH)
    await stage.skip(incident, timedelta(minutes=6))

    view = await stage.closed(incident, alert)

    assert view.state.outcome is Outcome.NOT_CONFIRMED
    assert "Stanch's own access is refused" in texts(view, "not-confirmed")[0]
    assert any("own access is refused" in str(letter.body) for letter in stage.sandbox.inbox)
    assert "still-firing" in kinds(view)
    assert stage.effects() == []


async def test_the_page_that_counts_is_that_of_the_vendor_that_is_called(stage: Stage) -> None:
    stage.playbook(only(FLAG_OF_SHOP, evidence=""), changed=PAGES)
    stage.sandbox.status_pages["vercel"].turn(Weather.OUTAGE)

    incident = await stage.open()

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "the vendor reports an outage: " in view.state.handed_over_because
    assert stage.effects() == []


async def test_a_pause_stops_the_next_step_of_a_plan_and_what_has_been_done_stands(stage: Stage) -> None:
    stage.playbook(only(TWO_STEPS))
    stage.machines_are_well()
    stage.sandbox.pace.machine_checks = 2
    incident = await stage.open()
    await stage.where(incident, lambda _: "fly.restart_machine" in stage.effects())

    await stage.control.pause(Pause(by="ana", why="hands off"))

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert "kill switch: " in view.state.handed_over_because
    assert "done before that: restart" in view.state.handed_over_because
    assert [one.fate for one in view.state.applied] == [Fate.KEPT]
    assert "fly.create_machine" not in stage.effects()
    assert view.state.refused_plan is not None


async def test_a_change_past_its_time_is_still_under_way_and_looked_at_until_it_ends(stage: Stage) -> None:
    stage.playbook(only("- {uses: fly.restart, approval: nobody}"))
    stage.machines_are_well()
    stage.sandbox.pace.machine_checks = 100_000
    incident = await stage.open()
    await stage.where(incident, lambda _: "fly.restart_machine" in stage.effects())

    view = await stage.skip_until(incident, Phase.HANDED_OVER)

    assert [one.fate for one in view.state.applied] == [Fate.UNDER_WAY]
    assert "still under way" in view.state.handed_over_because
    assert [held.leaving for held in view.state.held] == [False]
    before = stage.effects()
    await stage.skip(incident, timedelta(minutes=5))
    assert stage.effects() == before
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    await until_free(stage)


async def test_a_call_that_was_cut_off_is_perhaps_made_and_said_so(stage: Stage) -> None:
    door = f"{stage.url}/people/inbox"
    asked = f"{{url: '{door}', json: {{kind: call}}}}"
    call = f"- {{uses: http.call, target: 'http:cache', with: {asked}, approval: one}}"
    app = "runs_on: {{provider: fly, app: slurpy-backend}}"
    stage.playbook(only(call), changed={app: f"{app}\n    also_on: [{{{{provider: http, service: cache}}}}]"})
    stage.fails_until_something_is_done()
    stage.sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="/people/inbox", times=None))
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE)
    await stage.where(incident, lambda _: any("call" in str(one.body) for one in stage.sandbox.inbox))

    await stage.say(incident, Say.ABORT)

    view = await stage.until(incident, Phase.HANDED_OVER)
    assert [one.fate for one in view.state.applied] == [Fate.PERHAPS]
    assert "perhaps made" in view.state.handed_over_because


async def test_the_list_says_change_while_a_change_is_made(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    stage.sandbox.pace.machine_checks = 1000
    incident = await stage.open()
    await stage.until(incident, Phase.CHANGE)

    async with asyncio.timeout(10):
        while (await stage.control.find(incident.number)).phase != "change":  # noqa: ASYNC110 - lists lag behind
            await asyncio.sleep(0.1)
    # What is still being made would reach the world of the next test.
    await stage.say(incident, Say.ABORT)
    await stage.until(incident, Phase.HANDED_OVER)


async def test_an_unwritable_journal_keeps_no_incident_open(stage: Stage) -> None:
    stage.playbook(only())
    written = await stage.open(stage.alert(fingerprint="before"))
    await stage.say(written, Say.RESOLVE)
    journal = Path((await stage.until(written, Phase.CLOSED)).state.post_mortem).parent
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.HANDED_OVER)
    elsewhere = journal.rename(journal.with_name("elsewhere"))
    journal.write_text("a file stands where the folder should be")

    try:
        await stage.say(incident, Say.RESOLVE)
        view = await stage.closed(incident)
    finally:
        journal.unlink()
        journal.mkdir(exist_ok=True)  # what is tried again meanwhile may have made it
        for kept in elsewhere.iterdir():
            kept.rename(journal / kept.name)
        elsewhere.rmdir()

    assert view.state.phase is Phase.CLOSED
    assert "the post-mortem could not be delivered yet" in texts(view, "follow-up")[0]
    assert kinds(view).count("closed") == 1
