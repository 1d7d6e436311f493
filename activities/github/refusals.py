"""How GitHub refuses: 403 for who may not and for who asks too often, and GraphQL in a good answer.

docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, read 2026-11. The second limit
often says nothing in its headers (hub4j/github-api#1805, octokit/plugin-throttling.js#566), so its words are
read too.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from activities.http import Api, retry_after
from stanch.errors import Conflict, ProviderError, Rejected, Unauthorized, Unavailable

_LIMITING = {httpx.codes.FORBIDDEN, httpx.codes.TOO_MANY_REQUESTS}
_LONGEST_WAIT = timedelta(minutes=10)
_SECOND_LIMIT = timedelta(minutes=1)
"""The least that one waits where GitHub does not say for how long (GitHub's documentation, read 2026-11)."""
_TOO_OFTEN = re.compile(r"rate limit|abuse detection|submitted too quickly", re.IGNORECASE)
_THERE_ALREADY = re.compile("already exists|Reference does not exist")
"""What is asked for stands, though what was read a moment ago was older."""
_MAY_NOT = {"FORBIDDEN", "INSUFFICIENT_SCOPES", "UNAUTHENTICATED"}
_LIMITS = {"RATE_LIMITED", "RATE_LIMIT"}


class GitHubApi(Api):
    """Tells a limit from a missing permission, and what is there already from what is refused."""

    def _error(self, response: httpx.Response) -> Exception:
        error = super()._error(response)
        text = str(error).removeprefix(f"{self.provider}: ")
        too_often = _TOO_OFTEN.search(response.text) is not None
        if response.status_code in _LIMITING and (too_often or is_limited(response.headers)):
            wait = allowed_again(response.headers)
            return Unavailable(self.provider, text, _SECOND_LIMIT if wait is None else wait, untouched=True)
        if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            if too_often:
                return Unavailable(self.provider, text, _SECOND_LIMIT, untouched=True)
            if _THERE_ALREADY.search(response.text):
                return Conflict(self.provider, text)
        return error

    def refusal(self, error: Mapping[str, Any]) -> ProviderError:
        """One of GraphQL's errors.

        Without a type it is GitHub's own trouble: its ten seconds end the answer and not the change, which
        may well be made (Skydio/revup PR 114). What the schema refuses has no type either, but a code.
        """
        said, kind = self.clean(str(error.get("message", "refused"))), error.get("type")
        if kind in _LIMITS or _TOO_OFTEN.search(said):
            return Unavailable(self.provider, said, _SECOND_LIMIT, untouched=True)
        if kind in _MAY_NOT:
            return Unauthorized(self.provider, said)
        code = (error.get("extensions") or {}).get("code")
        if kind or code:
            return Rejected(self.provider, said)
        return Unavailable(self.provider, f"{said}; whether it was done is not known")


def is_limited(headers: Mapping[str, str]) -> bool:
    """True when the refusal says when to come again."""
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"


def allowed_again(headers: Mapping[str, str]) -> timedelta | None:
    """After `Retry-After`, or when the hour's requests are counted anew; at most ten minutes.

    The second limit's headers tell of the hour's, which it has nothing to do with.
    """
    reset = headers.get("x-ratelimit-reset", "")
    if "retry-after" in headers or not reset.isdigit():
        return retry_after(headers)
    if headers.get("x-ratelimit-remaining", "0") != "0":
        return None
    wait = datetime.fromtimestamp(int(reset), UTC) - datetime.now(UTC)
    return max(timedelta(0), min(wait, _LONGEST_WAIT))
