"""Whatever a verb raises leaves the worker under its own name, without a secret and without its causes."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor

from sandbox.fly.keys import FlyKey
from stanch.errors import (
    NEVER_RETRY,
    ConfigError,
    Conflict,
    CutOff,
    Forbidden,
    Moved,
    PlaybookError,
    PolicyError,
    PutBack,
    Rejected,
    StanchError,
    Still,
    Unauthorized,
    Unavailable,
)
from stanch.policy.signing import Keyring
from stanch.secrets import HIDDEN, Redactor
from workers.interceptors import WorkerInterceptor

SAID = f"the vendor repeats {FlyKey.ALL}"
SOON = timedelta(seconds=7)
ERRORS = (
    ConfigError(SAID),
    PlaybookError(SAID),
    PolicyError("freeze", SAID),
    Forbidden(SAID),
    Rejected("fly", SAID, 422),
    Unauthorized("fly", SAID, 403),
    PutBack("fly", SAID),
    Moved("fly", SAID),
    Conflict("fly", SAID),
    Unavailable("fly", SAID, SOON),
    Still(SAID, SOON),
    CutOff(SAID),
    ValueError(SAID),
    httpx.ReadTimeout(SAID),
)
FINAL = {ConfigError, PlaybookError, PolicyError, Forbidden, Rejected, Unauthorized, PutBack, Moved}


class Raising(ActivityInboundInterceptor):
    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_activity(self, input: Any) -> Any:  # noqa: A002, ARG002 - the SDK's name
        raise self._error from RuntimeError(SAID)


async def left(error: Exception) -> ApplicationError:
    border = WorkerInterceptor(Redactor([FlyKey.ALL]), Keyring(b"a key")).intercept_activity(Raising(error))
    with pytest.raises(ApplicationError) as raised:
        await border.execute_activity(None)  # type: ignore[arg-type]
    return raised.value


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_an_error_leaves_under_its_own_name_without_a_secret(error: Exception) -> None:
    said = await left(error)

    assert said.type == type(error).__name__
    assert FlyKey.ALL not in repr(said) + str(said) + str(said.args)
    assert HIDDEN in str(said)
    assert (said.__cause__, said.__suppress_context__) == (None, True)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_only_what_would_fail_again_is_final(error: Exception) -> None:
    said = await left(error)

    assert said.non_retryable is (type(error) in FINAL)
    assert said.non_retryable is (type(error).__name__ in NEVER_RETRY)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_the_next_attempt_waits_as_long_as_was_asked(error: Exception) -> None:
    said = await left(error)

    waits = isinstance(error, (Still, Unavailable))
    assert said.next_retry_delay == (SOON if waits else None)
    benign = said.category is ApplicationErrorCategory.BENIGN
    assert benign is isinstance(error, Still)


async def test_a_wrong_argument_is_its_authors_and_its_value_is_not_repeated() -> None:
    class Wanted(BaseModel):
        count: int

    with pytest.raises(ValueError, match="count") as wrong:
        Wanted.model_validate({"count": str(FlyKey.ALL)})

    said = await left(wrong.value)

    assert (said.type, said.non_retryable) == ("ConfigError", True)
    assert str(said).startswith("ConfigError: count:")
    assert FlyKey.ALL not in str(said)


def test_every_error_of_ours_is_either_final_or_retried() -> None:
    known = {type(error) for error in ERRORS if isinstance(error, StanchError)}

    final = {error.__name__ for error in known} & set(NEVER_RETRY)

    assert final == {error.__name__ for error in FINAL} == set(NEVER_RETRY)
