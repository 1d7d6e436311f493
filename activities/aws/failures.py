"""What AWS says when it does not do something, in our own classes: the one place that knows its codes.

AWS throttles with HTTP 400 and refuses with 400 as often as with 403, so the code is asked before the status.
docs.aws.amazon.com, common errors of each service, and botocore 1.44 (retries/standard.py), read 2026-11.
"""

import re
from collections.abc import Mapping
from http.client import responses
from typing import Any

from activities.http import is_turned_away, retry_after
from stanch.errors import Conflict, ProviderError, Rejected, Unauthorized, Unavailable
from stanch.secrets import Redactor

_TEXT_SHOWN = 300
_GOOD = 300
_THROTTLED = {
    "BandwidthLimitExceeded", "EC2ThrottledException", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
    "RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
    "TooManyInvalidationsInProgress", "TooManyRequestsException", "TransactionInProgressException",
}  # fmt: skip
"""Without LimitExceededException: in no service called here is it a rate, but a quota that is used up."""
_THROTTLED_WITHIN = re.compile(
    r"rate exceeded|(?:error ?code: ?|\()(?:throttling|requestlimitexceeded)|request limit exceeded"
    r"|provisioning capacity limit exceeded",
    re.IGNORECASE,
)
"""A service that was throttled by another one refuses with a code of its own and says so in words: ECS by EC2
or by Fargate's launches (dagster-io/dagster#33439, aws-actions/amazon-ecs-deploy-task-definition#502), or for
tasks that still wait for room (botocore 1.44, RunTask: the quota of tasks in PROVISIONING)."""
_BUSY = {
    "InternalError", "InternalFailure", "InternalServerError", "InternalServerException", "RequestTimeout",
    "RequestTimeoutException", "ServerException", "ServiceUnavailable", "ServiceUnavailableException",
    "InternalServiceException", "InternalServiceFault",
}  # fmt: skip
_REFUSED = {
    "AccessDenied", "AccessDeniedException", "AuthFailure", "ExpiredToken", "ExpiredTokenException",
    "IncompleteSignature", "IncompleteSignatureException", "InvalidAccessKeyId", "InvalidClientTokenId",
    "InvalidSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
    "NotAuthorized", "OptInRequired", "RequestExpired", "SignatureDoesNotMatch", "UnauthorizedOperation",
    "UnrecognizedClientException",
}  # fmt: skip
_DENIED = {"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"}
_LOCKED = {
    "ConcurrentUpdateException", "ConflictException", "InvalidCacheClusterState", "InvalidDBInstanceState",
    "InvalidDBInstanceStateFault", "TooManyUpdates", "UpdateInProgressException",
}  # fmt: skip
_REFUSED_STATUS = {401, 403}
_CONFLICT_STATUS = {409, 412}
_BUSY_STATUS = {408, 425, 429, 500, 502, 503, 504}
_ACTION = re.compile(r"not authorized to perform:? ?([\w-]+:\w+)")


class NonsenseError(Exception):
    """A good status with a body that is no answer."""


class Heard:
    """The last answer to a thread's call, as it came: errors that cannot be parsed still have a status."""

    def __init__(self, status: int = 0, headers: Mapping[str, str] | None = None, body: bytes = b"") -> None:
        self.status = status
        self.headers = headers or {}
        self.body = body


def translated(action: str, error: Exception, heard: Heard, redactor: Redactor) -> ProviderError:
    """What a call's failure means to us; `action` is the IAM action that the call takes."""
    from botocore.exceptions import (  # noqa: PLC0415 - a worker that never calls AWS does not load it
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        HTTPClientError,
        NoCredentialsError,
        NoRegionError,
        ParamValidationError,
        PartialCredentialsError,
        ProxyConnectionError,
    )

    if isinstance(error, ClientError):
        said = error.response
        about = said.get("ResponseMetadata") or {}
        status = int(about.get("HTTPStatusCode") or heard.status)
        told = said.get("Error") or {}
        return _refusal(action, status, told, Heard(status, about.get("HTTPHeaders"), heard.body), redactor)
    if heard.status >= _GOOD:
        return _refusal(action, heard.status, {}, heard, redactor)
    if heard.status:
        return Unavailable("aws", f"{action} was answered {heard.status} with something that is no answer")
    if isinstance(error, (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)):
        return Unavailable("aws", f"{action} was not sent: {type(error).__name__}", untouched=True)
    if isinstance(error, HTTPClientError):
        return Unavailable("aws", f"{action} failed: {type(error).__name__}")
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return Unauthorized("aws", f"{action}: there are no whole credentials; {error}")
    if isinstance(error, (NoRegionError, ParamValidationError)):
        return Rejected("aws", redactor.clean(" ".join(f"{action}: {error}".split()))[:_TEXT_SHOWN])
    return Unavailable("aws", f"{action} failed: {type(error).__name__}")


def _refusal(
    action: str, status: int, told: Mapping[str, Any], heard: Heard, redactor: Redactor
) -> ProviderError:
    code, message = str(told.get("Code") or ""), str(told.get("Message") or "")
    known = "" if code == str(status) else code
    body = heard.body.decode(errors="replace")
    # Where XML was expected and none came, botocore says only what the status is called.
    words = body if body and not known and message == responses.get(status) else message or body
    # Cleaned before it is cut: half a secret would not be known again.
    said = redactor.clean(" ".join(words.split()))[:_TEXT_SHOWN]
    text = f"{action} was answered {status}{f' {known}' if known else ''}{f': {said}' if said else ''}"
    wait = retry_after(heard.headers)
    throttled = code in _THROTTLED or (code not in _REFUSED and _THROTTLED_WITHIN.search(message) is not None)
    if throttled or code in _BUSY:
        turned_away = throttled or is_turned_away(status, wait)
        return Unavailable("aws", text, wait, untouched=turned_away)
    if code in _REFUSED or (not known and status in _REFUSED_STATUS):
        return Unauthorized("aws", f"{text}{_missing(action, code, message)}", status)
    if code in _LOCKED or status in _CONFLICT_STATUS:
        return Conflict("aws", text)
    if status in _BUSY_STATUS:
        return Unavailable("aws", text, wait, untouched=is_turned_away(status, wait))
    if status in _REFUSED_STATUS:
        return Unauthorized("aws", text, status)
    return Rejected("aws", text, status)


def _missing(action: str, code: str, message: str) -> str:
    """The permission to give; AWS may name another than the call's own, such as iam:PassRole."""
    if code not in _DENIED:
        return ""
    named = _ACTION.search(message)
    return f"; it lacks {named.group(1) if named else action}"
