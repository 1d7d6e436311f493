"""How Heroku's Platform API refuses, and what that means for whoever reads it at night."""

from datetime import timedelta

import httpx
from pydantic import BaseModel, ValidationError

from activities.http import Api
from stanch.errors import Rejected, Unavailable

_REFILL = timedelta(seconds=60)
"""4500 requests refilled by 75 a minute; a 429 says nothing of when (2026-11)."""
_READS = {"GET", "HEAD"}
_OF_THE_ACCOUNT = {
    "delinquent": "a bill of the account or team is unpaid: nothing changes until it is paid",
    "suspended": "Heroku has suspended the app or its account: only Heroku's support lifts that",
    "verification_needed": "the account has to be verified with a way to pay first",
    "verification_required": "the account has to be verified with a way to pay first",
}
"""By the `id` of an error, whatever its status; seen with 402, 403 and 422 (heroku/legacy-cli#987)."""
# 3 h 41 min at the longest: status.heroku.com/incidents/386.
_READ_ONLY = (
    "Heroku takes no changes now, though it may answer reads: during maintenance its API is read-only, for"
    " everybody; see status.heroku.com"
)


class _Refusal(BaseModel):
    id: str = ""


class Platform(Api):
    """Heroku's own words for what http's statuses leave open."""

    def _error(self, response: httpx.Response) -> Exception:
        error = super()._error(response)
        status, method = response.status_code, response.request.method
        meant = _OF_THE_ACCOUNT.get(_id_of(response))
        if meant:
            return Rejected("heroku", f"{_told(error)}; {meant}", status)
        if not isinstance(error, Unavailable):
            return error
        if status == httpx.codes.TOO_MANY_REQUESTS:
            error.retry_after = error.retry_after or _REFILL
        if status == httpx.codes.SERVICE_UNAVAILABLE and method not in _READS:
            text = f"{_told(error)}; {_READ_ONLY}"
            return Unavailable("heroku", text, error.retry_after, untouched=error.untouched)
        return error


def _told(error: Exception) -> str:
    return str(error).removeprefix("heroku: ")


def _id_of(response: httpx.Response) -> str:
    try:
        return _Refusal.model_validate_json(response.content).id
    except ValidationError:
        return ""
