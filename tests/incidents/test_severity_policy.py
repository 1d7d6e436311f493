"""What a team does at a severity, and that nobody is lost on the way."""

from datetime import timedelta
from typing import Any

import pytest
from books import ASKED_BACK, ROLL_BACK, book, scenario
from stage import Stage, texts

from sandbox import Fault, Trouble
from sandbox.pagerduty.world import PagerDutyWorld
from sandbox.slack.world import Room, SlackWorld
from stanch.model.decision import Say
from stanch.model.incident import Phase

PATIENT = ASKED_BACK.replace("one", "{who: one, within: 5h}")
INBOX = "channels:\n  inbox: {{webhook: env:STANCH_TEST_INBOX}}\n"
SLACK = (
    "  incidents: {{provider: slack, channel: '#incidents', token: env:STANCH_TEST_SLACK,"
    " base_url: '{url}/slack/api/'}}\n"
)
PAGER = "  pager: {{provider: pagerduty, token: env:STANCH_TEST_PAGER, base_url: '{url}/pagerduty'}}\n"
OTHER = "  other: {{webhook: env:STANCH_TEST_OTHER}}\n"


def policy(stage: Stage, levels: str, *options: str, channels: str = INBOX, severity: str = "P0") -> None:
    """A playbook of one scenario with these severities, and a team with these channels."""
    text = f"severities:\n{levels}{book(scenario(*(options or (PATIENT,)), severity=severity))}"
    files = stage.folder / "messages"
    files.mkdir(exist_ok=True)
    (files / "declared.txt").write_text("{{ impact }}")
    stage.playbook(text, changed={INBOX: channels}, extra="messages: [messages/*.txt]\n")


def told(stage: Stage, kind: str) -> list[dict[str, Any]]:
    return [letter.body for letter in stage.sandbox.inbox if letter.body["kind"] == kind]


def room(stage: Stage, name: str = "incidents") -> Room:
    return stage.sandbox.of(SlackWorld).add_room(name)


def replies(where: Room) -> list[str]:
    return [one.text for one in where.messages if one.thread_ts]


async def test_a_severity_calls_and_tells_whom_it_names_at_once_and_once(stage: Stage) -> None:
    level = "  P0: {rank: critical, page: tech-lead, tell: {inbox: declared}}\n"
    policy(stage, level, channels=INBOX + OTHER)

    incident = await stage.open()

    await stage.until(incident, Phase.APPROVE)
    view = await stage.where(incident, lambda view: told(stage, "page") and not view.state.unsaid)
    (opened,), (page,) = told(stage, "opened"), told(stage, "page")
    assert opened["text"].startswith("health checks fail, since ")
    assert opened["channel"] == page["channel"] == "inbox"
    assert f"stanch show {view.state.number}" in page["text"]
    assert texts(view, "page") == ["P0: tech-lead is called"]
    assert view.state.calls == ()


async def test_updates_come_at_their_cadence_and_say_that_nothing_has_changed(stage: Stage) -> None:
    policy(stage, "  P0: {rank: critical, tell: inbox, update_every: 30m}\n")
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)

    await stage.skip(incident, timedelta(minutes=31))
    await stage.skip(incident, timedelta(minutes=31))

    await stage.where(incident, lambda _: len(told(stage, "update")) == 2)
    first, second = (one["text"] for one in told(stage, "update"))
    assert "phase: approve" in first
    assert "no change in 30 min; waiting for" in second
    assert second.endswith("next update in 30 min")


async def test_no_update_comes_once_it_has_recovered(stage: Stage) -> None:
    policy(stage, "  P0: {rank: critical, tell: inbox, update_every: 5m}\n", ROLL_BACK)
    incident = await stage.open()
    await stage.skip_until(incident, Phase.WATCH)

    await stage.skip(incident, timedelta(minutes=20))

    assert told(stage, "update") == []


LADDER = (
    "  P0: {rank: critical, page: li, tell: inbox, respond_within: 10m,"
    " escalate: [{after: 1h, to: tech-lead}, {after: 2h, to: everybody}]}\n"
)


async def test_where_nobody_answers_in_time_the_next_is_called(stage: Stage) -> None:
    policy(stage, LADDER)
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)

    await stage.skip(incident, timedelta(minutes=11))

    view = await stage.view(incident)
    assert texts(view, "escalation") == [
        "P0: nobody has answered within 10 min",
        "unmitigated after 10 min: tech-lead is told by inbox",
    ]


RUNGS = (
    "  P0: {rank: critical, tell: inbox, escalate: ["
    "{after: 10m, to: li, unless: acknowledged},"
    " {after: 20m, to: tech-lead, unless: mitigated, offer: roll-out, manual: [Tell the users]}]}\n"
)
ROLL_OUT = scenario(PATIENT, name="roll-out", severity="P0", opens_on="{asked: true, service: backend}")


@pytest.mark.parametrize("acknowledged", [True, False])
async def test_who_has_said_that_they_look_leaves_out_the_rungs_that_are_for_nobody_looking(
    stage: Stage, *, acknowledged: bool
) -> None:
    stage.playbook(f"severities:\n{RUNGS}{book(scenario(PATIENT, severity='P0'), ROLL_OUT)}")
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    if acknowledged:
        await stage.say(incident, Say.ACKNOWLEDGE)

    await stage.skip(incident, timedelta(minutes=21))

    view = await stage.where(
        incident, lambda view: any("tech-lead" in one for one in texts(view, "escalation"))
    )
    climbed = [
        "unmitigated after 10 min: li is told by inbox",
        "unmitigated after 20 min: tech-lead is told by inbox",
    ]
    assert texts(view, "escalation") == climbed[acknowledged:]
    assert texts(view, "offer") == ["offered to tech-lead: roll-out"]
    assert [item.do for item in view.state.to_do] == ["Tell the users"]
    assert told(stage, "escalation")[-1]["text"].endswith("offered: stanch open roll-out")


async def test_a_mitigated_incident_climbs_no_rung_whatever_it_is_for(stage: Stage) -> None:
    text = scenario(ROLL_BACK, severity="P0", watch="{for: 2h}")
    stage.playbook(f"severities:\n{RUNGS}{book(text, ROLL_OUT)}")
    incident = await stage.open()
    await stage.skip_until(incident, Phase.WATCH)

    await stage.skip(incident, timedelta(minutes=30))

    view = await stage.view(incident)
    assert (texts(view, "escalation"), texts(view, "offer"), view.state.to_do) == ([], [], ())


async def test_an_answer_in_time_calls_nobody_else(stage: Stage) -> None:
    policy(stage, LADDER)
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.NOTE, note="I see it")

    await stage.skip(incident, timedelta(minutes=30))

    assert texts(await stage.view(incident), "escalation") == []


async def test_what_gets_graver_is_announced_to_those_of_the_graver_and_never_back(stage: Stage) -> None:
    levels = "  P0: {rank: critical, page: tech-lead, tell: inbox}\n  P2: {rank: medium, tell: other}\n"
    policy(stage, levels, channels=INBOX + OTHER, severity="P2")
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.where(incident, lambda _: told(stage, "opened"))

    await stage.say(incident, Say.SEVERITY, severity="critical")
    await stage.where(incident, lambda _: told(stage, "page"))
    await stage.say(incident, Say.SEVERITY, severity="medium")

    assert [one["channel"] for one in told(stage, "opened")] == ["other", "inbox"]
    view = await stage.where(incident, lambda view: view.state.severity == "medium")
    assert view.state.announced == ("P2", "P0")
    assert len(told(stage, "page")) == 1


async def test_an_incident_is_one_thread_at_slack_under_a_card_that_follows_it(stage: Stage) -> None:
    where = room(stage)
    policy(
        stage,
        "  P0: {rank: critical, page: tech-lead, tell: incidents}\n",
        channels="channels:\n" + SLACK,
    )
    alert = stage.alert()
    incident = await stage.open(alert)
    view = await stage.until(incident, Phase.APPROVE)
    await stage.where(incident, lambda _: len(replies(where)) == 3)
    await stage.say(incident, Say.APPROVE)
    await stage.skip_until(incident, Phase.WATCH)

    await stage.closed(incident, alert)

    (card,) = [one for one in where.messages if not one.thread_ts]
    assert "phase: close" in card.blocks[0]["text"]["text"]
    assert any(text.startswith("<@U01ANA>: SiteDown: health checks fail") for text in replies(where))
    assert any(f"--digest {view.digest}" in text or view.digest in text for text in replies(where))
    assert "is closed: fixed by a change" in replies(where)[-1]


async def test_where_a_channel_is_refused_another_one_calls(stage: Stage) -> None:
    policy(
        stage,
        "  P0: {rank: critical, page: tech-lead, tell: incidents}\n",
        channels="channels:\n" + SLACK + PAGER,
    )

    incident = await stage.open()

    world = stage.sandbox.of(PagerDutyWorld)
    view = await stage.where(incident, lambda _: world.events)
    assert world.event_state(view.state.number) == "triggered"
    assert texts(view, "call") == ["tech-lead: pager is asked too"]
    view = await stage.where(incident, lambda view: not view.state.calls)
    assert "channel_not_found" in texts(view, "channel")[0]
    assert view.state.broken == ("incidents",)
    assert view.state.unreached == ()


async def test_whom_a_channel_does_not_know_another_one_calls(stage: Stage) -> None:
    where = room(stage)
    policy(
        stage,
        "  P0: {rank: critical, page: [tech-lead, li], tell: incidents}\n",
        channels="channels:\n" + SLACK + OTHER,
    )

    incident = await stage.open()

    await stage.where(incident, lambda _: told(stage, "page"))
    view = await stage.where(incident, lambda view: not view.state.calls)
    assert texts(view, "call") == ["li: other is asked too"]
    assert [one["channel"] for one in told(stage, "page")] == ["other"]
    assert any(text.startswith("<@U01ANA> li: ") for text in replies(where))


async def test_where_a_channel_hangs_another_one_calls_and_no_change_waits(stage: Stage) -> None:
    room(stage)
    stage.sandbox.order(Fault(trouble=Trouble.TIMEOUT, vendor="slack", times=None))
    policy(
        stage,
        "  P0: {rank: critical, page: tech-lead, tell: incidents}\n",
        ROLL_BACK,
        channels="channels:\n" + SLACK + PAGER,
    )

    incident = await stage.open()

    await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.update_machine"] * 2
    stage.sandbox.faults.clear()


async def test_whom_nobody_reaches_is_said_everywhere_and_called_again(stage: Stage) -> None:
    stage.sandbox.order(Fault(status=410, path="/people/inbox", times=None))
    policy(stage, "  P0: {rank: critical, page: tech-lead, tell: inbox}\n")
    incident = await stage.open()

    view = await stage.where(incident, lambda view: view.state.unreached)

    assert view.state.unreached == ("tech-lead",)
    assert "nobody was reached: tech-lead" in texts(view, "call")
    details = await stage.client.get_workflow_handle(incident.workflow_id).query(
        "__temporal_workflow_metadata"
    )
    assert "Nobody was reached:" in str(details)
    stage.sandbox.faults.clear()
    await stage.skip(incident, timedelta(minutes=6))
    view = await stage.where(incident, lambda view: not view.state.unreached)
    assert "reached after all: tech-lead by inbox" in texts(view, "call")
    assert len(told(stage, "page")) == 1


async def test_without_any_channel_nobody_was_reached(stage: Stage) -> None:
    policy(stage, "  P0: {rank: critical, page: tech-lead}\n", channels="")

    incident = await stage.open()

    view = await stage.where(incident, lambda view: view.state.unreached)
    assert view.state.unreached == ("tech-lead",)


async def test_an_acknowledgement_is_told_and_stands_at_pagerduty(stage: Stage) -> None:
    policy(stage, "  P0: {rank: critical, page: tech-lead, tell: pager}\n", channels="channels:\n" + PAGER)
    incident = await stage.open()
    view = await stage.until(incident, Phase.APPROVE)
    world = stage.sandbox.of(PagerDutyWorld)
    await stage.where(incident, lambda _: world.events)

    await stage.say(incident, Say.ACKNOWLEDGE)

    await stage.where(incident, lambda _: world.event_state(view.state.number) == "acknowledged")


@pytest.mark.parametrize("times", [1, 2])
async def test_a_channel_that_is_away_for_a_moment_gets_it_once(stage: Stage, times: int) -> None:
    stage.sandbox.order(Fault(status=503, path="/people/inbox", times=times))
    policy(stage, "  P0: {rank: critical, page: tech-lead, tell: inbox}\n")
    incident = await stage.open()

    await stage.skip(incident, timedelta(minutes=3))

    await stage.where(incident, lambda view: not view.state.calls)
    assert len(told(stage, "page")) == len(told(stage, "opened")) == 1
