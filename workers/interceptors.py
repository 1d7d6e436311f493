"""At the border between our code and Temporal: errors become Temporal's, and who speaks is checked."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from stanch.errors import NEVER_RETRY, PolicyError, StanchError, Still, Unavailable
from stanch.model.decision import Decision
from stanch.model.notice import Notice
from stanch.policy.signing import Keyring, is_signed, is_signed_notice, key_name
from stanch.secrets import Redactor

_OURS = frozenset({"IncidentWorkflow", "RevertWorkflow", "PaperworkWorkflow"})


class WorkerInterceptor(Interceptor):
    """Cleans every error of secrets, and refuses decisions whose signature is not the door's."""

    def __init__(self, redactor: Redactor, keys: Keyring) -> None:
        self._redactor = redactor
        self._keys = keys

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Every activity's errors go through here."""
        return _Errors(next, self._redactor)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """The verdict on a notice stands in its history: neither a new key nor a new release changes it."""
        keys = self._keys

        class Signatures(WorkflowInboundInterceptor):
            def __init__(self, next: WorkflowInboundInterceptor) -> None:  # noqa: A002 - the SDK's name
                super().__init__(next)
                self._notices = 0

            def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002
                for argument in input.args:
                    _check(argument, keys)
                super().handle_update_validator(input)

            async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002
                if len(input.args) != 1:
                    workflow.logger.warning("a signal %s without its one argument is dropped", input.signal)
                    return
                if isinstance(notice := input.args[0], Notice):
                    self._notices += 1
                    proved = _is_proved(notice, self._notices, keys)
                    input.args = [notice.model_copy(update={"proved": proved})]
                await super().handle_signal(input)

        return Signatures


def _is_proved(notice: Notice, number: int, keys: Keyring) -> bool:
    """Whether the door has signed it, whatever it says of itself.

    A refusal leaves a marker in history, so that a replay needs no key: what has none was believed.
    """
    refused = f"refused-notice-{number}"
    if workflow.unsafe.is_replaying():
        return not workflow.patched(refused)
    return is_signed_notice(notice, workflow.info().workflow_id, keys) or not workflow.patched(refused)


def _check(argument: Any, keys: Keyring) -> None:
    if isinstance(argument, Decision) and argument.signature and not is_signed(argument, keys):
        text = (
            f"this word is not signed with the door key of this worker ({key_name(keys.current)}): say it"
            " through the gateway; if it was, give gateway and worker the same STANCH_DOOR_KEY"
        )
        raise ApplicationError(text, type="Refused", non_retryable=True)


class Doorkeeper(Interceptor):
    """Works for our own workflows only: Temporal lets anybody run an activity, or a workflow of their own."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Every activity is asked for here first."""
        return _Asked(next)


class _Asked(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        info = activity.info()
        if info.workflow_type not in _OURS:
            who = info.workflow_type or "anybody alone"
            text = f"{info.activity_type} works for incidents, not for {who}: nothing was done"
            raise ApplicationError(text, type="Forbidden", non_retryable=True)
        return await super().execute_activity(input)


class AtHand(Interceptor):
    """Each attempt is made by the activities that are at hand when it begins, and ends by the same."""

    def __init__(self) -> None:
        self._by_name: dict[str, Callable[..., Any]] = {}

    def lay_out(self, activities: Iterable[Callable[..., Any]]) -> None:
        """From now on attempts are made by these, whatever their worker began with."""
        self._by_name = {_name(one): one for one in activities}

    def of(self, name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
        """The activity of this name; that of the worker's own where none is at hand any more."""
        return self._by_name.get(name, otherwise)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """What stands next to the activity itself."""
        return _FromHand(next, self)


def _name(function: Callable[..., Any]) -> str:
    """What an activity is called at Temporal."""
    defined: Any = vars(getattr(function, "__func__", function))["__temporal_activity_definition"]
    return str(defined.name)


class _FromHand(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, at_hand: AtHand) -> None:
        super().__init__(inner)
        self._at_hand = at_hand

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        input.fn = self._at_hand.of(activity.info().activity_type, input.fn)
        return await super().execute_activity(input)


class _Errors(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, redactor: Redactor) -> None:
        super().__init__(inner)
        self._redactor = redactor

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        """Our errors by their own class name; anything else with its text cleaned, and without its causes."""
        try:
            return await super().execute_activity(input)
        except ApplicationError:
            raise
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            text = self._redactor.clean(f"{where}: {first['msg']}")
            raise ApplicationError(text, type="ConfigError", non_retryable=True) from None
        except Exception as error:  # noqa: BLE001 - the border: nothing may pass it with a secret in its text
            raise _translated(error, self._redactor) from None


def _translated(error: Exception, redactor: Redactor) -> ApplicationError:
    name = type(error).__name__
    delay: timedelta | None = None
    if isinstance(error, Still):
        delay = error.look_again_in
    if isinstance(error, Unavailable):
        delay = error.retry_after
    waiting = isinstance(error, Still)
    text = str(error) if isinstance(error, StanchError) else f"{name}: {error}"
    return ApplicationError(
        redactor.clean(text),
        *(error.details if isinstance(error, StanchError) else ()),
        *((str(error.rule),) if isinstance(error, PolicyError) else ()),
        type=name,
        non_retryable=name in NEVER_RETRY,
        next_retry_delay=delay,
        category=ApplicationErrorCategory.BENIGN if waiting else ApplicationErrorCategory.UNSPECIFIED,
    )
