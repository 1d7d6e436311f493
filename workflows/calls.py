"""Every activity that is called, with its types, queue, deadlines and retries. Nowhere else are there any.

Three classes of call: a *look* changes nothing and may be asked again freely; a *deed* compares before it
writes and is retried until its deadline; a *message* reaches people or paper and never holds up a deed.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

from stanch.errors import NEVER_RETRY
from stanch.model.change import Change
from stanch.model.evidence import Look
from stanch.model.guard import Ask, Let, Verdict
from stanch.model.message import Delivered, Message
from stanch.model.notice import Left, RunRef
from stanch.model.plan import Order, PlanOrder
from stanch.model.record import DocumentPath, IncidentRecord
from stanch.model.survey import Receipt, Survey
from stanch.model.watching import Watched, WatchRequest
from stanch.plain import lasting
from stanch.policy import telling
from workflows.outside import failing

HOME = "stanch"
"""The task queue of workflows and of everything that belongs to Stanch itself."""

PAGE_DEADLINE = timedelta(seconds=6)
"""How long a vendor's status page may hold up a change."""

CHECK_DEADLINE = timedelta(seconds=5)
"""A check that has not answered by then is not good."""

PLAN_DEADLINE = timedelta(seconds=20)
"""How long a vendor may take to be planned with, at one attempt."""

_HEARTBEAT = timedelta(seconds=10)
_SETTLES = timedelta(minutes=5)
_EACH_UNIT = timedelta(seconds=90)
_FIRST = timedelta(milliseconds=500)


def queue_of(name: str) -> str:
    """One task queue per outside system: `fly.roll_back` is worked off `stanch-fly`."""
    return f"{HOME}-{name.partition('.')[0]}"


def _retry(longest: timedelta = timedelta(seconds=30)) -> RetryPolicy:
    return RetryPolicy(
        initial_interval=_FIRST,
        backoff_coefficient=2.0,
        maximum_interval=longest,
        non_retryable_error_types=NEVER_RETRY,
    )


def now() -> datetime:
    """Temporal's clock."""
    return workflow.now()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that has a deadline of its own."""
    await workflow.wait_condition(condition)


def show(card: Callable[[], str]) -> None:
    """The card at the top of Temporal's page, drawn when this turn's work is done."""
    asyncio.get_running_loop().call_soon(lambda: workflow.set_current_details(card()))


@failing
async def look(uses: str, asked: Look, within: timedelta, why: str) -> dict[str, Any]:
    """A reading, as its result's JSON; given up after `within`. `why` is shown in Temporal's UI."""
    result: dict[str, Any] = await workflow.execute_activity(
        uses,
        asked,
        result_type=dict[str, Any],
        task_queue=queue_of(uses),
        start_to_close_timeout=within,
        schedule_to_close_timeout=within,
        heartbeat_timeout=_HEARTBEAT,
        retry_policy=_retry(timedelta(seconds=5)),
        summary=telling.summary(why),
    )
    return result


@failing
async def plan(uses: str, order: PlanOrder) -> Change:
    """A verb made concrete; fails closed after 40 s."""
    change: Change = await workflow.execute_activity(
        f"{uses}:plan",
        order,
        result_type=Change,
        task_queue=queue_of(uses),
        start_to_close_timeout=PLAN_DEADLINE,
        schedule_to_close_timeout=timedelta(seconds=40),
        heartbeat_timeout=_HEARTBEAT,
        retry_policy=_retry(timedelta(seconds=5)),
        summary=telling.summary(f"plan {uses} on {order.request.target.name}"),
    )
    return change


def time_for(change: Change) -> timedelta:
    """How long a change may be tried: what its verb says that it takes, and something for each unit."""
    return (change.settles_within or _SETTLES) + len(change.units) * _EACH_UNIT


@failing
async def act(order: Order) -> Receipt:
    """A change made; asked again until every unit stands where it should, or has had its time to settle.

    Where it fails or is cut off, the trail of `Failed` says what was sent until then.
    """
    change = order.change
    receipt: Receipt = await workflow.execute_activity(
        change.verb,
        order,
        result_type=Receipt,
        task_queue=queue_of(change.verb),
        start_to_close_timeout=timedelta(minutes=2),
        schedule_to_close_timeout=time_for(change),
        heartbeat_timeout=_HEARTBEAT,
        retry_policy=_retry(),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=telling.summary(change.summary),
    )
    return receipt


@failing
async def survey(change: Change, within: timedelta = timedelta(minutes=5), why: str = "") -> Survey:
    """Where every unit of a change stands; asked after one that did not come to its end, and at the close."""
    found: Survey = await workflow.execute_activity(
        f"{change.verb}:survey",
        change,
        result_type=Survey,
        task_queue=queue_of(change.verb),
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=within,
        heartbeat_timeout=_HEARTBEAT,
        retry_policy=_retry(),
        summary=telling.summary(f"{why or 'where did it get to'}: {change.summary}"),
    )
    return found


@failing
async def watch(request: WatchRequest) -> Watched:
    """One check, looked at again and again; each attempt is one look."""
    check = request.check
    end: Watched = await workflow.execute_activity(
        f"{check.uses}:watch",
        request,
        result_type=Watched,
        task_queue=queue_of(check.uses),
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=max(request.started_at - now(), timedelta(0))
        + 6 * (check.settles_within + check.stays_good_for + check.every),
        heartbeat_timeout=_HEARTBEAT,
        retry_policy=_retry(max(check.every, _FIRST)),
        summary=telling.summary(f"watch {check.uses} until good for {lasting(check.stays_good_for)}"),
    )
    return end


@failing
async def ask(question: Ask) -> Verdict:
    """May we? Unreachable means no."""
    verdict: Verdict = await workflow.execute_activity(
        "guard.ask",
        question,
        result_type=Verdict,
        task_queue=HOME,
        start_to_close_timeout=timedelta(seconds=10),
        schedule_to_close_timeout=timedelta(minutes=2),
        retry_policy=_retry(timedelta(seconds=5)),
        summary=telling.summary(f"may {question.holder.incident} change {question.target.key}?"),
    )
    return verdict


@failing
async def let_go(let: Let) -> None:
    """The guard's lock is given back; retried for a day, since until then nobody can change the target."""
    await workflow.execute_activity(
        "guard.let_go",
        let,
        task_queue=HOME,
        start_to_close_timeout=timedelta(seconds=10),
        schedule_to_close_timeout=timedelta(days=1),
        retry_policy=_retry(),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=telling.summary(f"let go of {let.target.key}"),
    )


@failing
async def left_by(run: RunRef) -> Left:
    """What a run left that closed while a notice was on its way."""
    found: Left = await workflow.execute_activity(
        "journal.left",
        run,
        result_type=Left,
        task_queue=HOME,
        start_to_close_timeout=timedelta(seconds=10),
        schedule_to_close_timeout=timedelta(minutes=2),
        retry_policy=_retry(timedelta(seconds=5)),
        summary="did the incident before this one close over the same alert?",
    )
    return found


@failing
async def tell(message: Message) -> Delivered:
    """One message to one channel; given up after an hour, and never awaited by a change."""
    told: Delivered | None = await workflow.execute_activity(
        f"tell.{message.by}",
        message,
        result_type=Delivered,
        task_queue=queue_of("tell"),
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=timedelta(hours=1),
        retry_policy=_retry(timedelta(minutes=1)),
        summary=telling.summary(f"tell {message.channel}: {message.headline}"),
    )
    return told or Delivered()  # from before there was an answer


@failing
async def write_post_mortem(record: IncidentRecord) -> DocumentPath:
    """The closed incident in the journal, with its post-mortem; retried for a day."""
    document: DocumentPath = await workflow.execute_activity(
        "journal.close",
        record,
        result_type=DocumentPath,
        task_queue=HOME,
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=timedelta(days=1),
        retry_policy=_retry(timedelta(minutes=1)),
        summary=telling.summary(f"post-mortem of {record.state.number}"),
    )
    return document
