"""GitHub's limits: it refuses with 403 both who may not and who asks too often.

docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, read 2026-11.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from activities.http import Api, retry_after
from stanch.errors import Conflict, Unavailable

_LIMITING = {httpx.codes.FORBIDDEN, httpx.codes.TOO_MANY_REQUESTS}
_LONGEST_WAIT = timedelta(minutes=10)
_EXISTS = "already exists"


class GitHubApi(Api):
    """Tells a limit from a missing permission, and what is there already from what is refused."""

    def _error(self, response: httpx.Response) -> Exception:
        error = super()._error(response)
        text = str(error).removeprefix(f"{self.provider}: ")
        if response.status_code in _LIMITING and is_limited(response.headers):
            return Unavailable(self.provider, text, allowed_again(response.headers))
        if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY and _EXISTS in response.text:
            return Conflict(self.provider, text)
        return error


def is_limited(headers: Mapping[str, str]) -> bool:
    """True when the refusal says when to come again."""
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"


def allowed_again(headers: Mapping[str, str]) -> timedelta | None:
    """After `Retry-After`, or when the hour's requests are counted anew; at most ten minutes."""
    reset = headers.get("x-ratelimit-reset", "")
    if "retry-after" in headers or not reset.isdigit():
        return retry_after(headers)
    wait = datetime.fromtimestamp(int(reset), UTC) - datetime.now(UTC)
    return max(timedelta(0), min(wait, _LONGEST_WAIT))
