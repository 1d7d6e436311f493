"""What is left alone while its vendor is ill, before it is planned and right before it is made."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from stanch.model.change import Change, Direction
from stanch.model.evidence import Evidence, Look
from stanch.model.incident import Phase, Requested
from stanch.model.incident_parts import Unanswered
from stanch.model.plan import Applied, Fate, PlanOrder, Round
from stanch.model.playbook import PinnedOption, PinnedReading
from stanch.model.verb import NoHelp
from tests.policy.making import AT, BACKEND, change, pinned, plan, planned
from tests.workflows.beside import Outside, incident
from workflows import illness, undoing
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import change as changing
from workflows.phases import decide, triage

TAKES = change(verb="fly.restart", takes_away=(Direction.THERE,), summary="restart backend")
GIVES = change(verb="fly.scale", takes_away=(Direction.BACK,), summary="scale backend", marker="INC-1/1.1")
LOGS = PinnedReading(name="log", uses="fly.logs", target=BACKEND, within=timedelta(seconds=10))
RESTART = PinnedOption(name="restart", steps=(planned().step.model_copy(update={"uses": "fly.restart"}),))
SWITCH = planned().step.model_copy(update={"uses": "vercel.set_instant_flag"})
BACK = PinnedOption(name="roll back", steps=(planned().step,))
OFF = PinnedOption(name="switch it off", steps=(SWITCH,))
SILENT = Unanswered(asked="fly.logs of backend", at=AT, because="answered 503")
READ = {"log": Evidence(name="log", uses="fly.logs", read_at=AT - timedelta(minutes=5), result={})}


class Ill(Outside):
    """Fly's logs answer or not; everything there that is planned takes something away."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__()
        self.silent = silent
        self.looked: list[str] = []
        self.plans_nothing = ""

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110 - several tasks, each with its own end
            await asyncio.sleep(0)

    async def look(self, uses: str, asked: Look, within: timedelta, why: str) -> dict[str, Any]:
        if uses != "fly.logs":
            return await super().look(uses, asked, within, why)
        self.looked.append(uses)
        if self.silent:
            raise Failed("Unavailable", "answered 503")
        return {}

    async def plan(self, uses: str, order: PlanOrder) -> Change:
        if uses == self.plans_nothing:
            raise Failed("Unavailable", "answered 503")
        made = await super().plan(uses, order)
        return made.model_copy(update={"takes_away": (Direction.THERE,)} if uses.startswith("fly.") else {})


def book(*options: PinnedOption) -> Any:
    return pinned(options=options, evidence=(LOGS,), tell=("inbox",))


def carrying_out(outside: Outside, *done: Applied, by_hand: str = "", **facts: Any) -> IncidentMemory:
    asked = plan(planned(made=TAKES)).model_copy(update={"requested_by": by_hand})
    under_way = Round(plan=asked, asked_at=AT, steps=tuple(one.marker for one in done))
    usual = {"phase": Phase.CHANGE, "round": under_way, "applied": done, "evidence": READ}
    return incident(outside, by=book(RESTART), **(usual | facts))


async def test_a_reading_that_does_not_answer_makes_its_vendor_ill_until_it_answers() -> None:
    outside = Ill(silent=True)
    memory = incident(outside, by=book(RESTART))

    await triage.gather(memory, everything=True)
    assert [one.asked for one in memory.state.unanswered] == ["fly.logs of backend"]

    outside.silent = False
    await triage.gather(memory, everything=True)
    assert memory.state.unanswered == ()


async def test_what_takes_away_waits_for_what_is_still_being_read_of_its_vendor_and_nothing_else_does() -> (
    None
):
    outside = Ill(silent=True)
    memory = incident(outside, by=book(RESTART))
    answers = asyncio.Event()

    async def read() -> None:
        await answers.wait()
        illness.hear(memory, "fly.logs of backend", Failed("Unavailable", "answered 503"))
        memory.state.evidence = {"log": READ["log"]}

    memory.readings = {asyncio.create_task(read())}
    assert await illness.refuses(memory, (GIVES,)) == ""

    refused = asyncio.create_task(illness.refuses(memory, (TAKES,)))
    await asyncio.sleep(0)
    assert not refused.done()
    answers.set()
    assert "fly.logs of backend did not answer" in await refused


async def test_what_would_take_away_is_not_planned_people_are_told_and_what_is_elsewhere_goes_on() -> None:
    memory = incident(Ill(silent=True), by=book(RESTART, OFF), unanswered=(SILENT,))

    assert await decide.run(memory) is Phase.DECIDE
    assert memory.state.refused[0].rule == "vendor-ill"
    assert (
        "restart is not done: the vendor does not answer: fly is ill by our own readings"
        in memory.state.unsaid[-1].text
    )

    assert await decide.run(memory) is Phase.APPROVE
    assert memory.round.plan.option == OFF.name


async def test_a_vendor_that_could_not_be_planned_with_is_ill_for_the_next_option() -> None:
    outside = Ill(silent=False)
    outside.plans_nothing = "fly.roll_back"
    memory = incident(outside, by=book(BACK, RESTART))

    assert await decide.run(memory) is Phase.DECIDE
    assert await decide.run(memory) is Phase.DECIDE

    assert [no.rule for no in memory.state.refused] == ["Unavailable", "vendor-ill"]
    assert "fly.roll_back:plan did not answer" in memory.state.refused[1].because


async def test_a_person_who_asks_for_it_by_hand_is_refused_with_the_same_rule() -> None:
    by_hand = (Requested(person="ana", option=RESTART),)
    memory = incident(Ill(silent=True), by=book(), unanswered=(SILENT,), requested=by_hand)

    assert await decide.run(memory) is Phase.HANDED_OVER

    assert "the vendor does not answer: " in memory.state.handed_over_because
    assert memory.state.refused_plan is not None


async def test_a_vendor_that_has_fallen_ill_since_it_was_planned_is_left_alone() -> None:
    memory = carrying_out(Ill(silent=True))

    assert await changing.run(memory) is Phase.TRIAGE

    assert (memory.state.round, memory.state.applied) == (None, ())
    assert memory.state.tried == (plan().option,)
    assert memory.state.refused[0].rule == "vendor-ill"


async def test_what_a_person_asked_for_by_hand_is_theirs_when_the_vendor_falls_ill() -> None:
    memory = carrying_out(Ill(silent=True), by_hand="ana")

    assert await changing.run(memory) is Phase.HANDED_OVER

    assert "the vendor does not answer: " in memory.state.handed_over_because


async def test_a_vendor_that_answers_again_is_acted_on_though_it_was_ill_when_it_was_read() -> None:
    memory = carrying_out(Ill(silent=False), unanswered=(SILENT,))

    assert await illness.refuses_now(memory, TAKES) == ""

    assert memory.state.unanswered == ()


@pytest.mark.parametrize(
    ("ago", "asked"), [(timedelta(seconds=10), []), (timedelta(minutes=5), ["fly.logs"])]
)
async def test_what_was_answered_just_now_is_not_asked_again_before_acting(
    ago: timedelta, asked: list[str]
) -> None:
    outside = Ill(silent=False)
    evidence = {"log": READ["log"].model_copy(update={"read_at": AT - ago})}
    memory = carrying_out(outside, evidence=evidence)

    await illness.refuses_now(memory, TAKES)
    await illness.refuses_now(memory, GIVES)

    assert outside.looked == asked


async def test_added_capacity_stays_when_its_vendor_falls_ill_before_it_is_taken_back() -> None:
    step = planned(made=GIVES, if_no_help=NoHelp.UNDO)
    memory = carrying_out(Ill(silent=True), Applied(planned=step, at=AT, wrote_at=AT))

    assert not await undoing.take_back(memory, list(memory.state.applied))

    (kept,) = memory.state.applied
    assert kept.fate is Fate.UNDO_FAILED
    assert "the vendor does not answer: " in kept.said
