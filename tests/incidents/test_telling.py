"""What people are told, and when a channel does not take it."""

from datetime import timedelta

from books import ASKED_BACK, ROLL_BACK, book, only, scenario
from stage import ROTA, Stage, kinds, texts

from sandbox.faults import Fault
from sandbox.fly.world import FlyWorld
from stanch.model.decision import Say
from stanch.model.incident import Phase

LADDER = "escalation: [{after: 5m, to: tech-lead}, {after: 20m, to: everybody}]\n"


def told(stage: Stage) -> list[str]:
    return [letter.body["kind"] for letter in stage.sandbox.inbox]


async def test_people_are_told_of_an_approval_and_of_the_close(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    view = await stage.until(incident, Phase.APPROVE)
    await stage.where(incident, lambda _: told(stage))
    await stage.say(incident, Say.APPROVE)
    await stage.skip_until(incident, Phase.WATCH)

    await stage.closed(incident, alert)

    approval, closed = (letter.body for letter in stage.sandbox.inbox)
    assert (approval["kind"], closed["kind"]) == ("approval", "closed")
    assert view.digest in approval["text"]
    assert "from v42 to v41" in approval["text"]
    assert approval["headline"] == "critical: site-down on backend"
    assert "Still in place: roll slurpy-backend back" in closed["text"]
    assert "approved by ana" in closed["text"]


async def test_people_are_told_of_a_hand_over_with_everything_gathered_so_far(stage: Stage) -> None:
    stage.playbook(only())

    incident = await stage.open()

    await stage.until(incident, Phase.HANDED_OVER)
    await stage.where(incident, lambda _: told(stage))
    letter = stage.sandbox.inbox[0].body
    assert letter["kind"] == "hand-over"
    assert "no option is left" in letter["text"]
    assert "release: v42 by ana@team.example" in letter["text"]


async def test_a_broken_channel_delays_nothing_and_is_noted_once(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    stage.sandbox.order(Fault(status=500, path="/people/inbox", times=None))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.ESCALATE, note="help")
    await stage.say(incident, Say.APPROVE)
    await stage.where(incident, lambda view: view.state.applied)
    assert stage.effects() == ["fly.update_machine"] * 2
    await stage.skip_until(incident, Phase.WATCH)
    await stage.skip(incident, timedelta(minutes=2))
    await stage.send(stage.resolved(alert))

    view = await stage.skip_until(incident, Phase.CLOSED)

    assert told(stage) == []
    assert texts(view, "follow-up") == ["3 messages could not be delivered yet: tried again beside"]


async def test_a_channel_that_refuses_is_noted_once(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK))
    stage.sandbox.order(Fault(status=410, path="/people/inbox", times=None))
    incident = await stage.open()
    await stage.where(incident, lambda view: "channel" in kinds(view))

    await stage.say(incident, Say.ESCALATE, note="help")

    await stage.say(incident, Say.RESOLVE)
    view = await stage.until(incident, Phase.CLOSED)
    assert len(texts(view, "channel")) == 1
    assert "inbox did not take a message" in texts(view, "channel")[0]
    assert "410" in texts(view, "channel")[0]


async def test_a_channel_that_recovers_gets_the_message_once(stage: Stage) -> None:
    stage.playbook(only())
    stage.sandbox.order(Fault(status=503, path="/people/inbox", times=2))
    incident = await stage.open()
    await stage.until(incident, Phase.HANDED_OVER)

    await stage.skip(incident, timedelta(minutes=2))

    assert told(stage) == ["hand-over"]


async def test_the_longer_it_is_unmitigated_the_more_people_are_called(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK.replace("one", "{who: one, within: 2h}")), extra=LADDER)
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)

    await stage.skip(incident, timedelta(minutes=6))
    assert texts(await stage.view(incident), "escalation") == [
        "unmitigated after 5 min: tech-lead is told by inbox"
    ]
    await stage.skip(incident, timedelta(minutes=16))

    view = await stage.view(incident)
    assert texts(view, "escalation")[1] == "unmitigated after 20 min: everybody is told by inbox"
    assert told(stage).count("escalation") == 2


async def test_who_is_on_call_is_whoever_had_it_by_the_incidents_own_clock(stage: Stage) -> None:
    ladder = "escalation: [{after: 5m, to: on-call}, {after: 10m, to: on-call}, {after: 173h, to: on-call}]\n"
    stage.playbook(only(ASKED_BACK.replace("one", "{who: one, within: 10d}")), extra=ladder + ROTA.format())
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)

    await stage.skip(incident, timedelta(minutes=11))
    first = texts(await stage.where(incident, lambda view: texts(view, "on-call")), "on-call")
    await stage.skip(incident, timedelta(hours=173))

    found = texts(await stage.where(incident, lambda view: len(texts(view, "on-call")) > 1), "on-call")
    assert len(first) == 1
    assert {one.split(",")[0] for one in found} == {"on-call is li", "on-call is sam"}
    assert len(found) == 2


async def test_where_no_channel_exists_nobody_is_said_to_be_told(stage: Stage) -> None:
    none = {"channels:\n  inbox: {{webhook: env:STANCH_TEST_INBOX}}\n": ""}
    stage.playbook(only(ASKED_BACK), extra=LADDER, changed=none)
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)

    await stage.skip(incident, timedelta(minutes=6))

    assert texts(await stage.view(incident), "escalation") == [
        "unmitigated after 5 min: tech-lead should be told and could not be: no channel is configured"
    ]


async def test_a_rung_of_a_graver_severity_is_left_out_until_the_incident_is_as_grave(stage: Stage) -> None:
    ladder = "escalation: [{after: 5m, to: tech-lead, severity: critical}, {after: 5m, to: everybody}]\n"
    slow = scenario(ASKED_BACK.replace("one", "{who: one, within: 2h}"), severity="medium")
    stage.playbook(book(slow), extra=ladder)
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.skip(incident, timedelta(minutes=6))
    assert texts(await stage.view(incident), "escalation") == [
        "unmitigated after 5 min: everybody is told by inbox"
    ]

    await stage.open(stage.alert(severity_hint="critical", fingerprint=f"graver-{stage.token}"))
    await stage.skip(incident, timedelta(minutes=1))

    assert "unmitigated after 5 min: tech-lead is told by inbox" in texts(
        await stage.view(incident), "escalation"
    )


async def test_nobody_is_called_any_more_once_it_has_recovered(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK), extra=LADDER)
    incident = await stage.open()
    await stage.skip_until(incident, Phase.WATCH)

    await stage.skip(incident, timedelta(minutes=10))

    assert "escalation" not in kinds(await stage.view(incident))


async def test_what_came_back_calls_people_again(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK), extra=LADDER)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    await stage.send(stage.resolved(alert))
    stage.sandbox.of(FlyWorld).deploy("slurpy-backend", good=False)
    await stage.open(stage.alert(started_at=stage.began + timedelta(minutes=1)))
    await stage.until(incident, Phase.HANDED_OVER)

    await stage.skip(incident, timedelta(minutes=30))

    assert "tech-lead is told by inbox" in " ".join(texts(await stage.view(incident), "escalation"))
