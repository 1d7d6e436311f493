"""Workload identity federation: what another provider says of us becomes Google's access token.

google-auth knows what it takes: the other's word comes from a file, an address or AWS, and is exchanged, and
once more where a service account is named (cloud.google.com/iam/docs/workload-identity-federation, read
2026-11). It waits while it asks, and so has a thread; what it sends goes out by our own connection.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from activities.http import Api
from stanch.errors import ConfigError, Rejected, Unauthorized
from stanch.secrets import Redactor

_OF_AWS = "urn:ietf:params:aws:token-type:aws4_request"
_ADDRESSES = ("token_url", "service_account_impersonation_url")
_SOURCES = ("file", "url", "environment_id")
_OF_A_PROJECT = re.compile(r"@([a-z0-9.:-]+)\.iam\.gserviceaccount\.com")


@dataclass(frozen=True)
class Issued:
    """A token and how many seconds it is good for."""

    token: str
    seconds: int


@dataclass(frozen=True)
class _Answer:
    """As google-auth reads one."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Plain(Api):
    """Answers as they came, for google-auth to read."""

    def _json(self, response: httpx.Response) -> Any:
        return response.content


class Federation:
    """One configuration of `type: external_account`, as `gcloud iam workload-identity-pools` writes it."""

    def __init__(
        self, api: Api, redactor: Redactor, written: Mapping[str, Any], scope: str, base: str
    ) -> None:
        self._api = _Plain(api.provider, api.connection, redactor)
        self._redactor = redactor
        self._written = _at(base, written) if base else _over_tls(api.provider, written)
        self._scope = scope

    async def issued(self) -> Issued:
        """A token for now; what the other provider says is asked for anew each time."""
        loop, shown = asyncio.get_running_loop(), list[str]()

        def send(url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any) -> _Answer:
            shown.extend(self._hidden(body))
            sent = self._api.send(method, url, content=body, headers=headers)
            answer = asyncio.run_coroutine_threadsafe(sent, loop).result()
            return _Answer(answer.status, answer.headers, answer.data)

        # Imported here: it takes long, and only a process that asks Google for something needs it.
        failed: type[Exception] = import_module("google.auth.exceptions").GoogleAuthError
        credentials = self._credentials()
        try:
            await asyncio.to_thread(credentials.refresh, send)
        except (failed, Rejected, ValueError) as error:
            status = error.status if isinstance(error, Rejected) else 0
            said = self._api.clean(str(error))
            text = f"the identity in providers.{self._api.provider} gets no token: {said}"
            raise Unauthorized(self._api.provider, text, status) from None
        finally:
            for secret in shown:
                self._redactor.forget(secret)
        left = credentials.expiry.replace(tzinfo=UTC) - datetime.now(UTC)
        return Issued(str(credentials.token), int(left.total_seconds()))

    def _credentials(self) -> Any:
        aws = self._written.get("subject_token_type") == _OF_AWS
        kind = import_module("google.auth.aws" if aws else "google.auth.identity_pool").Credentials
        try:
            return kind.from_info(self._written, scopes=[self._scope])
        except (ValueError, TypeError, import_module("google.auth.exceptions").GoogleAuthError) as error:
            text = f"providers.{self._api.provider}: the external_account cannot be used: {error}"
            raise ConfigError(self._api.clean(text)) from None

    def _hidden(self, body: Any) -> list[str]:
        """What the other provider said of us, which is as good as a key for some minutes."""
        form = parse_qs(body.decode()) if isinstance(body, bytes) else {}
        return [self._redactor.hide(one) for one in form.get("subject_token", [])]


def checked(provider: str, written: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration, unless it wants what Stanch does not do: to start a program, or certificates."""
    source = written.get("credential_source")
    if not isinstance(source, dict) or not any(source.get(name) for name in _SOURCES):
        raise ConfigError(
            f"providers.{provider}: the external_account has no credential_source that Stanch takes; make it"
            " with --credential-source-file, --credential-source-url or --aws"
        )
    return written


def acts_in(written: Mapping[str, Any]) -> str:
    """The project of the account that is acted as; empty where none is named."""
    found = _OF_A_PROJECT.search(str(written.get("service_account_impersonation_url") or ""))
    return found[1] if found else ""


def _at(base: str, written: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with Google's own addresses below another one."""
    hosts = {name: urlsplit(str(written[name])) for name in _ADDRESSES if written.get(name)}
    moved = {name: f"{base}/{str(url.hostname).partition('.')[0]}{url.path}" for name, url in hosts.items()}
    return {**written, **moved}


def _over_tls(provider: str, written: Mapping[str, Any]) -> Mapping[str, Any]:
    plain = [
        name for name in _ADDRESSES if written.get(name) and not str(written[name]).startswith("https://")
    ]
    if plain:
        raise ConfigError(f"providers.{provider}: {plain[0]} is not https://: no token is sent in the clear")
    return written
