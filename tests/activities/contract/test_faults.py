import contextlib
from datetime import timedelta

from sandbox.faults import Fault, Trouble
from stanch.errors import (
    NEVER_RETRY,
    Conflict,
    PolicyError,
    ProviderError,
    Rejected,
    Unauthorized,
    Unavailable,
)
from stanch.model.change import Delivery
from tests.activities.contract.bench import Bench, NeverStoodError
from tests.activities.contract.case import Case
from tests.activities.contract.cases import CASES, FIRST_WRITES, at_every, crossed, of_each_verb

every_verb = of_each_verb(CASES)
CREDENTIAL = {"401": 401, "403": 403}
REFUSED = {"404": 404, "422": 422}
LOCKED = {"409": 409, "412": 412}
LOST = {"lost": Fault(trouble=Trouble.ANSWER_LOST), "late": Fault(trouble=Trouble.ANSWER_LATE)}
SILENT = {"timeout": Fault(trouble=Trouble.TIMEOUT), "reset": Fault(trouble=Trouble.RESET)}
SOON = {"Retry-After": "7"}
BUSY = {
    "429, said when": Fault(status=429, headers=SOON),
    "429": Fault(status=429),
    "500": Fault(status=500),
    "503, said when": Fault(status=503, headers=SOON),
}
GARBAGE = Fault(trouble=Trouble.GARBAGE)
UNTOLD = {"429": BUSY["429"], "500": BUSY["500"], **SILENT, "garbage": GARBAGE}


def telling(bench: Bench, status: int, after: int = 0) -> Fault:
    """A refusal that repeats the credential it got, where a text of that length is cut in two."""
    return Fault(status=status, times=None, body={"error": f"{'x' * after} token {bench.case.key}"})


@crossed("case status", [(case,) for case in CASES], CREDENTIAL, one_in=24)
async def test_a_refused_credential_is_said_after_one_try_and_changes_nothing(
    bench: Bench, case: Case, status: int
) -> None:
    change = await bench.plan()
    bench.order(1, telling(bench, status))

    refusal = await bench.stopped(change)

    assert (type(refusal), type(refusal).__name__ in NEVER_RETRY) == (Unauthorized, True)
    assert (bench.line.writes, bench.effects()) == (1, [])
    assert str(status) in str(refusal)


@crossed("case write status", FIRST_WRITES, REFUSED, one_in=24)
async def test_what_the_vendor_would_refuse_again_is_not_asked_again(
    bench: Bench, case: Case, write: int, status: int
) -> None:
    change = await bench.plan()
    bench.order(write, telling(bench, status))

    refusal = await bench.stopped(change)

    assert (type(refusal), type(refusal).__name__ in NEVER_RETRY) == (Rejected, True)
    assert bench.effects() == []
    assert str(status) in str(refusal)


@crossed("case write status", FIRST_WRITES, LOCKED, one_in=24)
async def test_where_the_vendors_lock_says_no_everything_is_looked_at_again(
    bench: Bench, case: Case, write: int, status: int
) -> None:
    change = await bench.plan()
    bench.order(write, Fault(status=status))

    settled = await bench.settle(change)

    assert [type(error) for error in settled.troubles] == [Conflict]
    assert bench.effects() == [*case.effects]


@crossed("case write", at_every("writes"), one_in=24)
async def test_a_vendor_that_is_busy_at_any_write_is_asked_again_and_nothing_is_done_twice(
    bench: Bench, case: Case, write: int
) -> None:
    change = await bench.plan()
    bench.order(write, Fault(status=503))

    settled = await bench.settle(change)

    (refused,) = [one for one in bench.sandbox.ledger.requests if one.fault]
    gives_back = refused.method == "DELETE" and refused.path.endswith("/lease")
    assert [type(error) for error in settled.troubles] == ([] if gives_back else [Unavailable])
    assert bench.effects() == [*case.effects]


@crossed("case write fault", FIRST_WRITES, BUSY, one_in=24)
async def test_a_busy_vendor_is_asked_again_when_it_says(
    bench: Bench, case: Case, write: int, fault: Fault
) -> None:
    change = await bench.plan()
    bench.order(write, fault)

    settled = await bench.settle(change)

    assert [type(error) for error in settled.troubles] == [Unavailable]
    assert bench.effects() == [*case.effects]
    waits = [error.retry_after for error in settled.troubles if isinstance(error, Unavailable)]
    assert not (fault.headers and case.says_when) or waits == [timedelta(seconds=7)]


@crossed("case write fault", FIRST_WRITES, LOST, one_in=24)
async def test_what_was_done_though_its_answer_was_lost_is_found(
    bench: Bench, case: Case, write: int, fault: Fault
) -> None:
    change = await bench.plan()
    bench.order(write, fault)

    settled = await bench.settle(change)

    twice = bench.effects() != [*case.effects]
    assert [type(error) for error in settled.troubles] == [Unavailable]
    assert set(bench.effects()) == set(case.effects)
    assert not twice or change.delivery is Delivery.AT_LEAST_ONCE


@crossed("case write fault", FIRST_WRITES, SILENT, one_in=24)
async def test_what_never_arrived_is_sent_again(bench: Bench, case: Case, write: int, fault: Fault) -> None:
    change = await bench.plan()
    bench.order(write, fault)

    settled = await bench.settle(change)

    assert [type(error) for error in settled.troubles] == [Unavailable]
    assert bench.effects() == [*case.effects]


@crossed("case write", FIRST_WRITES, one_in=24)
async def test_garbage_is_believed_only_where_the_status_says_it_all(
    bench: Bench, case: Case, write: int
) -> None:
    change = await bench.plan()
    bench.order(write, GARBAGE)

    settled = await bench.settle(change)

    assert [type(error) for error in settled.troubles] == ([Unavailable] if case.reads_answers else [])
    assert bench.effects() == ([*case.effects] if case.reads_answers else [])


@crossed("case fault", [(case,) for case in CASES if case.settles], UNTOLD, one_in=48)
async def test_nothing_is_written_while_nobody_says_what_stands_there(
    bench: Bench, case: Case, fault: Fault
) -> None:
    change = await bench.plan()
    bench.sandbox.order(fault.model_copy(update=dict(case.looks)))

    refusal = await bench.stopped(change)

    assert (type(refusal), bench.line.writes) == (Unavailable, 0)
    await bench.settle(change)
    assert bench.effects() == [*case.effects]


@every_verb
async def test_an_empty_list_is_no_reason_to_act_otherwise(bench: Bench, case: Case) -> None:
    change = await bench.plan()
    bench.sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, times=None, **case.looks))

    waits = {"attempts": 24} if case.waits_while_empty else {}
    with contextlib.suppress(PolicyError, ProviderError, *((NeverStoodError,) if waits else ())):
        await bench.settle(change, **waits)

    done, whole = bench.effects(), [*case.effects]
    assert done in ([], whole) or (waits and done == whole[: len(done)])


@every_verb
async def test_a_credential_that_a_vendor_repeats_is_not_even_half_in_the_error(
    bench: Bench, case: Case
) -> None:
    change = await bench.plan()
    bench.order(1, telling(bench, 422, after=273))

    refusal = await bench.stopped(change)

    assert "xxx" in str(refusal)
    assert str(case.key)[:10] not in str(refusal)
