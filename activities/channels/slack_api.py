"""One call to Slack's Web API, and the one place where a word of refusal becomes an error of ours."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from activities.channels.carrier import Line
from activities.connection import certificates
from activities.http import retry_after
from activities.permit import may_still_write
from stanch.errors import Rejected, Unauthorized, Unavailable

_NAME = "slack"
_BASE = "https://slack.com/api/"
_WITHIN = 10
"""Seconds for one call."""

AGAIN = frozenset(
    (
        "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
        "request_timeout", "team_added_to_org",
    )
)  # fmt: skip
"""It may be asked again a little later."""
CREDENTIAL = frozenset(
    (
        "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
        "no_permission", "access_denied", "not_allowed_token_type", "org_login_required",
        "ekm_access_denied", "two_factor_setup_required",
    )
)  # fmt: skip
"""The token is broken, or may not do this."""
_REMEDIES = {
    "channel_not_found": "write channel: as #name or ID, and invite the app there if it is private",
    "not_in_channel": "invite the app there: /invite @…",
    "is_archived": "that channel is archived: name another one",
    "missing_scope": "add the scope to the app and install it anew",
}
_UNAVAILABLE = HTTPStatus.INTERNAL_SERVER_ERROR


class SlackApi:
    """A workspace, as the token of one channel sees it; nothing is asked twice here, Temporal does that."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._token = line.secret(line.channel.token)

    async def ask(self, method: str, **asked: Any) -> Mapping[str, Any]:
        """One call by the SDK's name of it, such as `chat_postMessage`; gives the answer, which says `ok`."""
        may_still_write(_NAME)
        try:
            answer: Any = await getattr(self._client(), method)(**asked)
        except SlackApiError as error:
            raise self._error(method, error) from error
        except aiohttp.ClientConnectorError as error:
            text = f"{method} was not sent: {type(error).__name__}"
            raise Unavailable(_NAME, text, untouched=True) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(_NAME, f"no answer to {method}: {type(error).__name__}") from error
        found: Mapping[str, Any] = answer.data
        return found

    def _client(self) -> AsyncWebClient:
        # Made for each call: a client belongs to the loop it was made in, and holds nothing worth keeping.
        return AsyncWebClient(
            token=self._token,
            base_url=self._line.channel.base_url or _BASE,
            timeout=_WITHIN,
            ssl=certificates(),
            retry_handlers=[],
        )

    def _error(self, method: str, error: SlackApiError) -> Exception:
        response: Any = error.response
        status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
        data = getattr(response, "data", None)
        said = data if isinstance(data, Mapping) else {}
        word = self._line.redactor.clean(str(said.get("error", "")))
        text = f"{method} answered {word or status}"
        if word == "missing_scope":
            text = f"{text} ({said.get('needed', '')})"
        if word in AGAIN or status == HTTPStatus.TOO_MANY_REQUESTS or status >= _UNAVAILABLE or not word:
            wait = retry_after(response.headers)
            return Unavailable(_NAME, text, wait, untouched=status == HTTPStatus.TOO_MANY_REQUESTS)
        remedy = f". See {self._line.where}: {_REMEDIES[word]}" if word in _REMEDIES else ""
        final = Unauthorized if word in CREDENTIAL else Rejected
        return final(_NAME, f"{text}{remedy}", status, word)
