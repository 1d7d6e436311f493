"""The stories that `record.py` records: each is one whole incident, or what lives beside it."""

import base64
import json
import math
import os
import re
import socket
import sys
import tomllib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from books import ASKED_BACK, FLAG_OF_SHOP, QUICK, ROLL_BACK, SCALE, book, only, scenario
from keeper import end_of, forget_everything
from stage import Stage
from temporalio import workflow

from sandbox.faults import Fault
from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breakage, Breaking, break_service
from sandbox.slack.world import SlackWorld
from sandbox.status_pages import Weather
from stanch.control import Group
from stanch.model.alert import ASKED
from stanch.model.decision import Claim, Say
from stanch.model.incident import Phase
from stanch.model.pause import Pause
from stanch.model.plan import Fate
from tests.incidents.test_people import PHASES, open_in
from workflows.memory import IncidentMemory

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
FOLDER = HERE / VERSION
TWO_READINGS = "release: {uses: fly.releases}, machines: {uses: fly.status}"
SCALE_FOR_A_WHILE = "- {uses: fly.scale, with: {count: 3}, approval: nobody, revert_after: 2h}"
TOLD = "\nseverities: {critical: {rank: critical, escalate: [{after: 1m, to: ana}]}}\n"
HELD_BACK = "[{uses: fly.scale, with: {count: 3}, approval: nobody}]"
RESTART = "- {uses: fly.restart, approval: nobody}"

Keep = Callable[[str, str], Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="session")
async def keep(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Keep:
    """Fetches a workflow's history and writes it down, without a trace of the machine it ran on."""
    await forget_everything(stage.store)
    stage.sandbox.pace.hurry(math.inf)
    data, code = re.escape(str(tmp_path_factory.getbasetemp())), re.escape(str(ROOT))
    programs = "|".join(re.escape(str(one)) for one in (Path(sys.prefix).parent, sys.base_prefix))
    folders = re.compile(rf"{data}/\w+/|{code}/|(?:{programs})/")
    worker = f"{os.getpid()}@{socket.gethostname()}"

    def cleaned(value: Any) -> Any:
        match value:
            case {"data": str() as data, "metadata": _}:
                text = cleaned(base64.b64decode(data).decode())
                return value | {"data": base64.b64encode(text.encode()).decode()}
            case dict():
                return {key: cleaned(each) for key, each in value.items()}
            case list():
                return [cleaned(each) for each in value]
            case str():
                return folders.sub("", value).replace(worker, "worker@host")
        return value

    async def keep(workflow_id: str, name: str) -> None:
        history = await stage.client.get_workflow_handle(workflow_id).fetch_history()
        events = [json.dumps(cleaned(event)) for event in json.loads(history.to_json())["events"]]
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.json").write_text('{"events": [\n' + ",\n".join(events) + "\n]}\n")

    return keep


def too_much_to_do(stage: Stage) -> None:
    """Every release is good, and two machines are too few."""
    for image in stage.sandbox.of(FlyWorld).apps["slurpy-backend"].images.values():
        image.good = True
    break_service(stage.sandbox, Breaking(service="backend", breakage=Breakage.LOAD, amount=160))


async def record_an_automatic_fix(stage: Stage, keep: Keep) -> None:
    stage.playbook(only(ROLL_BACK) + TOLD)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    await keep(incident.workflow_id, "automatic-fix")


async def record_an_approval_over_two_readings(stage: Stage, keep: Keep) -> None:
    stage.playbook(only(ASKED_BACK, mode="approve", evidence=TWO_READINGS))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.NOTE, note="looking at it")
    await stage.say(incident, Say.APPROVE)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    await keep(incident.workflow_id, "approved")


async def record_no_help_then_the_next_option(stage: Stage, keep: Keep) -> None:
    stage.playbook(only(ROLL_BACK, SCALE))
    too_much_to_do(stage)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    await keep(incident.workflow_id, "undone-then-next-option")


async def record_what_is_held_back_and_put_back(stage: Stage, keep: Keep) -> None:
    stage.playbook(only(RESTART, contain=HELD_BACK))
    too_much_to_do(stage)
    incident = await stage.open()
    await stage.skip_until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE)
    await stage.skip_until(incident, Phase.HANDED_OVER)
    for note in ("over", "it stays"):
        await stage.say(incident, Say.RESOLVE, note=note)
    await stage.closed(incident)
    await keep(incident.workflow_id, "contained-and-put-back")


async def record_what_follows_an_option(stage: Stage, keep: Keep) -> None:
    followed = (
        "- {uses: fly.roll_back, approval: nobody, then: "
        "[{uses: fly.scale, with: {count: 3}}, {manual: Tell the team}]}"
    )
    stage.playbook(only(followed))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.say(incident, Say.DONE, item=1)
    await stage.closed(incident, alert)
    await keep(incident.workflow_id, "followed")


async def record_what_is_left_to_people(stage: Stage, keep: Keep) -> None:
    stage.playbook(only("- {manual: Restart Redis}"))
    stage.machines_are_well()
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.BY_HAND)
    stage.sandbox.services["backend"].ailments.clear()
    await stage.say(incident, Say.DONE, item=1)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    await keep(incident.workflow_id, "left-to-people")


async def record_a_hold_until_the_checks_are_good(stage: Stage, keep: Keep) -> None:
    stage.playbook(only("- {hold: The vendor is down}"))
    stage.machines_are_well()
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.HOLD)
    stage.sandbox.services["backend"].ailments.clear()
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    await keep(incident.workflow_id, "held-until-good")


async def record_a_hand_over_resolved_by_a_person(stage: Stage, keep: Keep) -> None:
    stage.playbook(only())
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)
    handle = stage.client.get_workflow_handle(incident.workflow_id)
    await handle.signal("acknowledge", Claim(person="sam"))
    await stage.say(incident, Say.RESOLVE, "sam", note="restarted by hand")
    await stage.closed(incident)
    await keep(incident.workflow_id, "handed-over")


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("say", [Say.ABORT, Say.RESOLVE])
async def record_a_word_in_every_phase(stage: Stage, keep: Keep, say: Say, phase: Phase) -> None:
    incident = await open_in(stage, phase)
    await stage.say(incident, say, note="I have it")
    if say is Say.ABORT:
        await stage.where(incident, lambda view: view.state.phase in (Phase.HANDED_OVER, Phase.WATCH))
        await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    await keep(incident.workflow_id, f"{say}-in-{phase}")


async def record_a_change_by_hand_that_is_taken_back(stage: Stage, keep: Keep) -> None:
    stage.playbook(only())
    stage.machines_are_well()
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)
    assert stage.book is not None
    await stage.say(incident, Say.RUN, step=stage.book.verb_step("backend", "fly.scale", {"count": 3}))
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE, "li")
    await stage.skip_until(incident, Phase.WATCH)
    await stage.say(incident, Say.UNDO)
    await stage.where(incident, lambda view: view.state.applied[0].fate is Fate.UNDONE)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    await keep(incident.workflow_id, "by-hand-and-back")


async def record_a_rejection_and_a_refusal(stage: Stage, keep: Keep) -> None:
    stage.playbook(only(ASKED_BACK, SCALE))
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.control.pause(Pause(by="ana"))
    await stage.say(incident, Say.REJECT)
    await stage.until(incident, Phase.HANDED_OVER)
    await stage.control.resume("all", "ana")
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    await keep(incident.workflow_id, "rejected-then-refused")


async def record_a_choice_that_is_read_and_made_anew(stage: Stage, keep: Keep) -> None:
    opens_on = "{asked: {code: {one_of: [health.statuses]}}, service: backend}"
    option = '- {when: asked.code == "503", uses: fly.restart, approval: one}'
    health = "health: {uses: probe, with: {samples: 1}}"
    stage.playbook(only(option, opens_on=opens_on, evidence=health))
    stage.machines_are_well()
    assert stage.book is not None
    alert = stage.alert("site-down", source=ASKED)
    for code, phase in (("502", Phase.CHOOSE), ("503", Phase.APPROVE)):
        pinned = stage.book.open("site-down", {"code": code}, "ana")
        incident = await stage.control.take(Group("incident-backend", pinned, (alert,)))
        assert incident is not None
        await stage.until(incident, phase)
    await stage.say(incident, Say.APPROVE)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident)
    await keep(incident.workflow_id, "chosen")


async def record_a_refused_option_that_passes_on(stage: Stage, keep: Keep) -> None:
    stage.playbook(
        only(ROLL_BACK, FLAG_OF_SHOP), changed={"{url}/fly}}": "{url}/fly, status_page: supabase}}"}
    )
    stage.sandbox.status_pages["supabase"].turn(Weather.OUTAGE)
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    await keep(incident.workflow_id, "refused-and-passed-on")


async def record_an_edition_that_comes_too_late(stage: Stage, keep: Keep) -> None:
    slow = {"name": "slow", "alert": "Slow", "severity": "medium"}
    stage.playbook(book(scenario(ASKED_BACK, **slow)))
    incident = await stage.open(stage.alert("Slow"))
    await stage.until(incident, Phase.APPROVE)
    stage.playbook(book(scenario(RESTART, **slow | {"severity": "critical"})))
    await stage.send(stage.alert("Slow", fingerprint="another"))
    await stage.where(incident, lambda view: view.state.firing == 2)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    await keep(incident.workflow_id, "later-edition")


async def record_what_is_not_confirmed_and_cancelled(stage: Stage, keep: Keep) -> None:
    stage.playbook(only(ROLL_BACK))
    stage.nothing_is_wrong()
    incident = await stage.open()
    await stage.until(incident, Phase.WATCH)
    await stage.skip(incident, timedelta(minutes=6))
    await stage.client.get_workflow_handle(incident.workflow_id).cancel()
    await end_of(stage, incident)
    await keep(incident.workflow_id, "not-confirmed-then-cancelled")


async def record_what_is_not_confirmed_where_stanch_is_not_let_in(stage: Stage, keep: Keep) -> None:
    own = "{uses: fly.status, good_when: it.count >= 2, every: 30s, stays_good_for: 1m, samples: 2}"
    stage.playbook(only(ROLL_BACK, verify=f"[{{uses: probe, {QUICK}}}, {own}]"))
    stage.nothing_is_wrong()
    stage.sandbox.order(Fault(status=401, vendor="fly", times=None))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    await keep(incident.workflow_id, "not-let-in")


async def record_paper_that_could_not_be_delivered(stage: Stage, keep: Keep) -> None:
    stage.playbook(only())
    stage.sandbox.order(Fault(status=500, path="/people/inbox", times=None))
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)
    await stage.say(incident, Say.RESOLVE)
    view = await stage.closed(incident)
    stage.sandbox.faults.clear()
    run = (await stage.client.get_workflow_handle(incident.workflow_id).describe()).run_id
    paperwork = f"paperwork-{view.state.number}-{run}"
    await stage.skipper.fast_forward(stage.client.get_workflow_handle(paperwork), timedelta(hours=2))
    await keep(paperwork, "paperwork")


async def record_a_run_that_ends_between_phases(
    stage: Stage, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_long(self: IncidentMemory) -> bool:
        return self.state.phase is Phase.APPROVE and workflow.info().continued_run_id is None

    monkeypatch.setattr(IncidentMemory, "is_long", is_long)
    stage.playbook(only(ASKED_BACK))
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    await keep(incident.workflow_id, "continued")


async def record_a_graver_alert_while_people_are_asked(stage: Stage, keep: Keep) -> None:
    slow = scenario(ASKED_BACK, name="slow", alert="Slow", severity="medium", mode="approve")
    stage.playbook(book(slow, scenario(ROLL_BACK)))
    slow_alert, down = stage.alert("Slow"), stage.alert()
    incident = await stage.open(slow_alert)
    await stage.until(incident, Phase.APPROVE)
    await stage.send(down)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, slow_alert, down)
    await keep(incident.workflow_id, "graver-alert")


CALLED = (
    "severities:\n  P0: {rank: critical, page: tech-lead, tell: incidents, update_every: 10m,"
    " respond_within: 15m, escalate: [{after: 1h, to: everybody}]}\n"
)
TWO_CHANNELS = (
    "channels:\n"
    "  incidents: {{provider: slack, channel: '#incidents', token: env:STANCH_TEST_SLACK,"
    " base_url: '{url}/slack/api/'}}\n"
    "  other: {{webhook: env:STANCH_TEST_OTHER}}\n"
)


async def record_people_who_are_called_by_another_channel(stage: Stage, keep: Keep) -> None:
    asked = ASKED_BACK.replace("one", "{who: one, within: 5h}")
    inbox = "channels:\n  inbox: {{webhook: env:STANCH_TEST_INBOX}}\n"
    stage.playbook(CALLED + book(scenario(asked, severity="P0")), changed={inbox: TWO_CHANNELS})
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    stage.sandbox.of(SlackWorld).add_room("incidents")
    await stage.skip(incident, timedelta(minutes=17))
    await stage.say(incident, Say.ACKNOWLEDGE)
    await stage.say(incident, Say.RESOLVE)
    await stage.until(incident, Phase.CLOSED)
    await keep(incident.workflow_id, "people-called")


async def record_a_change_that_is_taken_back_later(stage: Stage, keep: Keep) -> None:
    stage.playbook(only(SCALE_FOR_A_WHILE))
    too_much_to_do(stage)
    alert = stage.alert()
    incident = await stage.open(alert)
    view = await stage.skip_until(incident, Phase.WATCH)
    await stage.closed(incident, alert)
    revert = f"revert-{view.state.applied[0].planned.change.marker}"
    await stage.skipper.fast_forward(stage.client.get_workflow_handle(revert), timedelta(hours=4))
    await keep(incident.workflow_id, "kept-for-a-while")
    await keep(revert, "revert")
