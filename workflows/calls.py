"""Every call outside, with its name, types, queue, deadlines and retries. Nowhere else are there any.

Three classes of call: a *look* changes nothing and may be asked again freely; a *deed* compares before it
writes, so that asking again is safe, and is retried until its deadline; a *word* reaches people or paper and
never holds up a deed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError
from temporalio.exceptions import TimeoutError as TemporalTimeout
from temporalio.workflow import ActivityCancellationType

from stanch.errors import NEVER_RETRY, CutOff
from stanch.model.change import Change, PlanRequest, Receipt, Survey, Trail
from stanch.model.evidence import Look
from stanch.model.guard import Ask, Let, Verdict
from stanch.model.incident import Document, Message, Record, RunRef
from stanch.model.watching import Watched, WatchRequest
from stanch.policy import telling

HOME = "stanch"
"""The task queue of workflows and of everything that belongs to Stanch itself."""

NOW = timedelta(milliseconds=1)
"""A deadline that has passed already."""

PAGE_DEADLINE = timedelta(seconds=6)
"""How long a vendor's status page may hold up a change."""

_HEARTBEAT = timedelta(seconds=10)
_SETTLES = timedelta(minutes=5)
_EACH_UNIT = timedelta(seconds=90)
_FIRST = timedelta(milliseconds=500)

T = TypeVar("T")


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


async def plan(uses: str, request: PlanRequest) -> Change:
    """A verb made concrete; fails closed after half a minute."""
    change: Change = await workflow.execute_activity(
        f"{uses}:plan",
        request,
        result_type=Change,
        task_queue=queue_of(uses),
        start_to_close_timeout=timedelta(seconds=20),
        schedule_to_close_timeout=timedelta(seconds=40),
        heartbeat_timeout=_HEARTBEAT,
        retry_policy=_retry(timedelta(seconds=5)),
        summary=telling.summary(f"plan {uses} on {request.target.name}"),
    )
    return change


async def act(change: Change) -> Receipt:
    """A change made; asked again until every unit stands where it should, or has had its time to settle.

    Where it fails or is cut off, `trail_of` says what was sent until then.
    """
    patience = (change.settles_within or _SETTLES) + len(change.units) * _EACH_UNIT
    try:
        receipt: Receipt = await workflow.execute_activity(
            change.verb,
            change,
            result_type=Receipt,
            task_queue=queue_of(change.verb),
            start_to_close_timeout=timedelta(minutes=2),
            schedule_to_close_timeout=patience,
            heartbeat_timeout=_HEARTBEAT,
            retry_policy=_retry(),
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=telling.summary(change.summary),
        )
    except ActivityError as error:
        if isinstance(error.cause, ApplicationError) and error.cause.type == CutOff.__name__:
            # The SDK's own word for it carries no details.
            raise error from CancelledError(error.cause.message, *error.cause.details)
        raise
    return receipt


def trail_of(error: ActivityError) -> Trail:
    """What a change that did not come to its end had sent, as its last attempt knew it."""
    cause, told = error.cause, tuple[Any, ...]()
    if isinstance(cause, (ApplicationError, CancelledError)):
        told = tuple(cause.details)
    if isinstance(cause, TemporalTimeout):
        told = tuple(cause.last_heartbeat_details)
    return Trail.model_validate(told[0]) if told else Trail()


async def survey(change: Change) -> Survey:
    """Where every unit of a change stands; asked after a change that did not come to its end."""
    found: Survey = await workflow.execute_activity(
        f"{change.verb}:survey",
        change,
        result_type=Survey,
        task_queue=queue_of(change.verb),
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=timedelta(minutes=5),
        heartbeat_timeout=_HEARTBEAT,
        retry_policy=_retry(),
        summary=telling.summary(f"where did it get to: {change.summary}"),
    )
    return found


async def watch(request: WatchRequest) -> Watched:
    """One check, looked at again and again; each attempt is one look."""
    check = request.check
    end: Watched = await workflow.execute_activity(
        f"{check.uses}:watch",
        request,
        result_type=Watched,
        task_queue=queue_of(check.uses),
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=6 * (check.settles_within + check.stays_good_for + check.every),
        heartbeat_timeout=_HEARTBEAT,
        retry_policy=_retry(max(check.every, _FIRST)),
        summary=telling.summary(f"watch {check.uses} until good for {check.stays_good_for}"),
    )
    return end


async def ask_guard(ask: Ask) -> Verdict:
    """May we? Unreachable means no."""
    verdict: Verdict = await workflow.execute_activity(
        "guard.ask",
        ask,
        result_type=Verdict,
        task_queue=HOME,
        start_to_close_timeout=timedelta(seconds=10),
        schedule_to_close_timeout=timedelta(minutes=2),
        retry_policy=_retry(timedelta(seconds=5)),
        summary=telling.summary(f"may {ask.holder.incident} change {ask.target.key}?"),
    )
    return verdict


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


async def closed_episodes(run: RunRef) -> list[str]:
    """The alert episodes of a run that closed while a notice was on its way."""
    found: list[str] = await workflow.execute_activity(
        "journal.episodes",
        run,
        result_type=list[str],
        task_queue=HOME,
        start_to_close_timeout=timedelta(seconds=10),
        schedule_to_close_timeout=timedelta(minutes=2),
        retry_policy=_retry(timedelta(seconds=5)),
        summary="did the incident before this one close over the same alert?",
    )
    return found


async def tell(message: Message) -> None:
    """One message to one channel; given up after an hour, and never awaited by a change."""
    await workflow.execute_activity(
        "tell.webhook",
        message,
        task_queue=queue_of("tell"),
        start_to_close_timeout=timedelta(seconds=15),
        schedule_to_close_timeout=timedelta(hours=1),
        retry_policy=_retry(timedelta(minutes=1)),
        summary=telling.summary(f"tell {message.channel}: {message.headline}"),
    )


async def write_post_mortem(record: Record) -> Document:
    """The closed incident in the journal, with its post-mortem; retried for a day."""
    document: Document = await workflow.execute_activity(
        "journal.close",
        record,
        result_type=Document,
        task_queue=HOME,
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=timedelta(days=1),
        retry_policy=_retry(timedelta(minutes=1)),
        summary=telling.summary(f"post-mortem of {record.state.number}"),
    )
    return document


async def within(condition: Callable[[], bool], patience: timedelta | None, why: str) -> bool:
    """Wait for a condition, at most so long; False when the time ran out."""
    try:
        await workflow.wait_condition(condition, timeout=patience, timeout_summary=telling.summary(why))
    except TimeoutError:
        return False
    return True


def instant() -> datetime:
    """Temporal's clock."""
    return workflow.now()
