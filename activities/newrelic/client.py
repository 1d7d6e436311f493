"""New Relic's NerdGraph, as far as Stanch uses it.

https://api.newrelic.com/graphql, in Europe api.eu.newrelic.com (docs.newrelic.com/docs/apis/nerdgraph, read
2026-11). A user's key as `API-Key`. What is wrong with a query comes in a good answer, as `errors` with a
class such as TIMEOUT (newrelic/newrelic-client-go). A query may take 5 s unless more is asked for.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from activities.connection import Connection
from activities.http import Api
from activities.integration import Surroundings
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable

PROVIDER = "newrelic"
HOSTS = {"us": "api.newrelic.com", "eu": "api.eu.newrelic.com"}
_PATIENCE = 8
"""Seconds that a query may take; a little less than what is waited for."""
_QUERY = """query($account: Int!, $nrql: Nrql!, $timeout: Seconds) {
  actor { account(id: $account) { nrql(query: $nrql, timeout: $timeout) { results metadata { messages } } } }
}"""
_NAME = "query($account: Int!) { actor { account(id: $account) { name } } }"
_MAY_PASS = {
    "TIMEOUT",
    "SERVER_ERROR",
    "INTERNAL_SERVER_ERROR",
    "SERVICE_UNAVAILABLE",
    "TOO_MANY_REQUESTS",
    "RATE_LIMITED",
}
_REFUSED = {"ACCESS_DENIED", "FORBIDDEN", "UNAUTHORIZED", "UNAUTHENTICATED"}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Extensions(_Answer):
    error_class: str | None = Field(default=None, alias="errorClass")
    code: str | None = None


class _Error(_Answer):
    message: str = "it does not say what"
    extensions: _Extensions | None = None

    @property
    def kind(self) -> str:
        """New Relic's name of what is wrong."""
        found = self.extensions or _Extensions()
        return found.error_class or found.code or ""


class _Metadata(_Answer):
    messages: list[str] | None = None


class Rows(_Answer):
    """What a query gives, and what New Relic says of it."""

    results: list[dict[str, Any]]
    metadata: _Metadata | None = None

    @property
    def warnings(self) -> list[str]:
        """What New Relic says of it, such as that not all events were looked at."""
        return (self.metadata.messages if self.metadata else None) or []


class NewRelic:
    """One connection to New Relic for all of a worker's activities."""

    def __init__(self, api: Api, account: str) -> None:
        self.api = api
        self._account = account

    @classmethod
    def connect(cls, around: Surroundings) -> "NewRelic":
        """`providers.newrelic`: `token` is a user's key, `account` a number, `region` us or eu."""
        fields = around.settings.fields
        region, account = fields.get("region", "us"), str(fields.get("account", ""))
        if region not in HOSTS:
            raise ConfigError(f"providers.newrelic.region in stanch.yaml is one of {', '.join(HOSTS)}")
        connection = Connection(
            base_url=f"{(around.settings.base_url or f'https://{HOSTS[region]}').rstrip('/')}/",
            headers={"API-Key": around.token(PROVIDER)},
        )
        return cls(Api(PROVIDER, connection, around.redactor), account)

    async def rows(self, nrql: str) -> Rows:
        """What a query gives."""
        account = await self._asked(_QUERY, nrql=nrql, timeout=_PATIENCE)
        return self.api.parse(Rows, account.get("nrql"))

    async def name(self) -> str:
        """What the account is called."""
        return str((await self._asked(_NAME)).get("name"))

    async def _asked(self, query: str, **variables: Any) -> dict[str, Any]:
        """What is said of the account; half an answer with an error is no answer."""
        if not (self._account.isascii() and self._account.isdigit()):
            raise ConfigError("providers.newrelic.account in stanch.yaml must be the number of the account")
        body = {"query": query, "variables": {"account": int(self._account), **variables}}
        answer = (await self.api.post("graphql", json=body)).data
        found = answer if isinstance(answer, dict) else {}
        errors = [self.api.parse(_Error, one) for one in found.get("errors") or []]
        if errors:
            raise self._error(errors)
        account = ((found.get("data") or {}).get("actor") or {}).get("account")
        if not isinstance(account, dict):
            raise Unauthorized(
                PROVIDER, f"shows nothing of account {self._account}: the key does not reach it"
            )
        return account

    def _error(self, errors: list[_Error]) -> Exception:
        text = self.api.clean("; ".join(" ".join(one.message.split()) for one in errors))[:300]
        kinds = {one.kind for one in errors}
        if kinds & _REFUSED:
            return Unauthorized(PROVIDER, text)
        if kinds <= _MAY_PASS:
            return Unavailable(PROVIDER, text)
        return Rejected(PROVIDER, text)
