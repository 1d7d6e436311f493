"""What was sent is never sent twice for want of patience, and what a vendor does not keep is said."""

from datetime import timedelta

from activities.permit import Permit, permitted
from activities.send_log import SendLog
from sandbox.faults import Fault
from stanch.errors import PutBack, Unavailable
from stanch.model.change import Delivery
from tests.activities.contract.bench import DEATHS, Bench
from tests.activities.contract.case import VERBS, Case, in_process
from tests.activities.contract.cases import CASES, FIRST_WRITES, STATES, crossed, of_each_verb

NOT_TWO_WORLDS = {"fly.set_secret", "fly.set_webhook_secret", "vercel.set_attack_mode", "cloudflare.block"}
"""What answers name, or where the fake keeps it, is the same in a copy of the world."""
FORGETFUL = [case for case in STATES if case.attach is in_process and case.verb not in NOT_TWO_WORLDS]
SAYS_NO = [case for case in CASES if case.says_when]


def may_come_twice(case: Case, delivery: Delivery) -> bool:
    """It says so, or asking twice is asking once."""
    return delivery is Delivery.AT_LEAST_ONCE or not VERBS[case.verb][1].arrives_within


@crossed("case write", FIRST_WRITES, one_in=16)
async def test_a_vendor_that_is_slower_than_our_deadline_does_it_once(
    bench: Bench, case: Case, write: int
) -> None:
    change = await bench.plan()
    bench.line.slow(write)

    settled = await bench.settle(change)

    assert [type(error) for error in settled.troubles][:1] == [Unavailable]
    assert set(bench.effects()) == set(case.effects)
    assert bench.effects() == [*case.effects] or may_come_twice(case, change.delivery)


@crossed("case write faults", FIRST_WRITES, DEATHS, one_in=16)
async def test_a_worker_killed_right_after_sending_leaves_word_and_nothing_is_sent_again_too_soon(
    bench: Bench, case: Case, write: int, faults: tuple[Fault, ...]
) -> None:
    change = await bench.plan()
    bench.order(write, *faults)
    _, sent = await bench.ended(change, SendLog())
    bench.sandbox.faults.clear()
    assert sent.trail.perhaps

    settled = await bench.settle(change, sent)

    assert settled.troubles == []
    assert set(bench.effects()) == set(case.effects)
    assert bench.effects() == [*case.effects] or may_come_twice(case, change.delivery)


@of_each_verb(SAYS_NO)
async def test_what_was_turned_away_counts_as_never_sent(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    bench.order(1, Fault(status=429))

    _, sent = await bench.ended(change, SendLog())

    assert sent.trail.perhaps == ()


@of_each_verb(FORGETFUL)
async def test_what_a_vendor_takes_and_does_not_keep_is_said_and_never_sent_again(
    bench: Bench, case: Case
) -> None:
    change = await bench.plan()
    was = bench.look()
    bench.lead_nowhere()

    refusal, sent = await bench.ended(change, SendLog())

    assert type(refusal) is PutBack
    assert len(sent.done) == 1
    assert bench.line.writes <= case.units_begun_by(1, len(change.units))[1]
    assert bench.look() == was


@of_each_verb(CASES)
async def test_a_worker_whose_permit_is_over_writes_nothing_anywhere(bench: Bench, case: Case) -> None:
    change = await bench.plan()

    with permitted(Permit(timedelta(0))):
        refusal, sent = await bench.ended(change, SendLog())

    assert type(refusal) is Unavailable
    assert (bench.line.writes, bench.effects(), sent.trail.perhaps) == (0, [], ())
