"""At the border between our code and Temporal: errors become Temporal's, and decisions are checked."""

from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from stanch.errors import NEVER_RETRY, StanchError, Still, Unavailable
from stanch.model.decision import Decision
from stanch.policy.signing import is_signed
from stanch.secrets import Redactor


class Border(Interceptor):
    """Cleans every error of secrets, and refuses decisions whose signature is not the door's."""

    def __init__(self, redactor: Redactor, door_key: bytes) -> None:
        self._redactor = redactor
        self._door_key = door_key

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Every activity's errors go through here."""
        return _Errors(next, self._redactor)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """Validators are not run on replay, so a key that rotates cannot change history."""
        key = self._door_key

        class Signatures(WorkflowInboundInterceptor):
            def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002
                for argument in input.args:
                    _check(argument, key)
                super().handle_update_validator(input)

        return Signatures


def _check(argument: Any, key: bytes) -> None:
    if isinstance(argument, Decision) and argument.signature and not is_signed(argument, key):
        text = "the signature of this decision is not the gateway's: say it through the gateway"
        raise ApplicationError(text, type="Refused", non_retryable=True)


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
            raise ApplicationError(
                f"{where}: {first['msg']}", type="ConfigError", non_retryable=True
            ) from None
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
        type=name,
        non_retryable=name in NEVER_RETRY,
        next_retry_delay=delay,
        category=ApplicationErrorCategory.BENIGN if waiting else ApplicationErrorCategory.UNSPECIFIED,
    )
