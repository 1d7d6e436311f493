"""Stripe's API, as far as Stanch uses it.

https://api.stripe.com/v1 (docs.stripe.com/api, version 2026-09-30.endive, read 2026-11): forms in, JSON out.
A restricted key is enough.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from activities.connection import Connection
from activities.http import Api
from activities.integration import Surroundings
from activities.stripe.answers import Charge, Endpoint, Event, NewEndpoint
from activities.stripe.secret_files import SecretFiles
from stanch.errors import Rejected, Unavailable
from stanch.model.base import Written

ADDRESS = "https://api.stripe.com"
VERSION = "2026-09-30.endive"
WRITES = ("Webhook Endpoints: write",)
PAGE = 100
PAGES = 20
_ENDPOINTS = "webhook_endpoints"
_REPLAYED = "idempotent-replayed"
_KEY_IS_SPENT = "its key is spent"
_TURNED_AWAY = {"rate_limit", "lock_timeout"}


class StripeTarget(Written):
    """`runs_on: {provider: stripe, account: NAME}`: the account that the key belongs to."""

    account: str


class StripeApi(Api):
    """Tells what a key's first request was answered from what this one is.

    The first answer to a key is kept for a day, a 500 too, and so is what was asked under it: other
    parameters are refused (docs.stripe.com/api/idempotent_requests, read 2026-11). Limits and locks of an
    object turn away unread, by 429 and on some calls by 400 (stripe/stripe-node#2223).
    """

    def _error(self, response: httpx.Response) -> Exception:
        error = super()._error(response)
        text = str(error).removeprefix(f"{self.provider}: ")
        said = _said(response)
        replayed = response.headers.get(_REPLAYED) == "true" and response.is_server_error
        if replayed or said.get("type") == "idempotency_error":
            return Rejected(self.provider, f"{_KEY_IS_SPENT}: {text}", response.status_code)
        if response.status_code == httpx.codes.BAD_REQUEST and said.get("code") in _TURNED_AWAY:
            return Unavailable(self.provider, text, untouched=True)
        return error


def _said(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    error = found.get("error") if isinstance(found, dict) else None
    return error if isinstance(error, dict) else {}


class Stripe:
    """One connection to Stripe for all of a worker's activities."""

    def __init__(self, api: Api, around: Surroundings) -> None:
        self.api = api
        self.redactor = around.redactor
        self.files = SecretFiles(around)

    @classmethod
    def connect(cls, around: Surroundings) -> "Stripe":
        """From the team's settings."""
        connection = Connection(
            base_url=f"{(around.settings.base_url or ADDRESS).rstrip('/')}/v1/",
            headers={"Authorization": f"Bearer {around.token('stripe')}", "Stripe-Version": VERSION},
        )
        return cls(StripeApi("stripe", connection, around.redactor), around)

    async def endpoints(self) -> list[Endpoint]:
        """Every webhook endpoint, enabled or not."""
        found, _ = await self._listed(_ENDPOINTS, {})
        return [self.api.parse(Endpoint, one) for one in found]

    async def create_endpoint(self, form: Mapping[str, Any], key: str) -> NewEndpoint | None:
        """A new endpoint; asked again with this key within a day, Stripe repeats its answer, secret and all.

        None where what it repeats is a failure, or it was asked for something else: this key makes none.
        """
        try:
            answer = await self.api.send("POST", _ENDPOINTS, data=form, headers={"Idempotency-Key": key})
        except Rejected as error:
            if _KEY_IS_SPENT not in str(error):
                raise
            return None
        secret = (answer.data or {}).get("secret")
        if secret:
            self.redactor.hide(str(secret))
        return self.api.parse(NewEndpoint, answer.data)

    async def set_disabled(self, endpoint: str, *, disabled: bool) -> None:
        """By value, so without a key: with one, Stripe would repeat an answer instead of doing it."""
        form = {"disabled": str(disabled).lower()}
        await self.api.send("POST", f"{_ENDPOINTS}/{endpoint}", data=form)

    async def delete_endpoint(self, endpoint: str) -> None:
        """The endpoint is gone, and with it what it signed with."""
        await self.api.send("DELETE", f"{_ENDPOINTS}/{endpoint}")

    async def events(
        self, since: datetime, types: Sequence[str] = (), *, undelivered: bool = False
    ) -> tuple[list[Event], bool]:
        """Events since, newest first, and whether these are all; Stripe keeps thirty days."""
        params: dict[str, Any] = {"created[gte]": str(int(since.timestamp()))}
        if types:
            params["types[]"] = list(types)
        if undelivered:
            params["delivery_success"] = "false"
        found, whole = await self._listed("events", params)
        return [self.api.parse(Event, one) for one in found], whole

    async def charges(self, since: datetime) -> tuple[list[Charge], bool]:
        """Charges since, as they are by now, newest first, and whether these are all."""
        found, whole = await self._listed("charges", {"created[gte]": str(int(since.timestamp()))})
        return [self.api.parse(Charge, one) for one in found], whole

    async def some_was_delivered(self, since: datetime) -> bool:
        """Whether all endpoints took some event since."""
        params = {"created[gte]": str(int(since.timestamp())), "delivery_success": "true", "limit": "1"}
        return bool(((await self.api.get("events", params=params)).data or {}).get("data"))

    async def _listed(self, path: str, params: Mapping[str, Any]) -> tuple[list[Any], bool]:
        found: list[Any] = []
        for _ in range(PAGES):
            after = {"starting_after": found[-1]["id"]} if found else {}
            answer = await self.api.get(path, params={**params, "limit": str(PAGE), **after})
            page = (answer.data or {}).get("data") or []
            found += page
            if not page or not (answer.data or {}).get("has_more"):
                return found, True
        return found, False
