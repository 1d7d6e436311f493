"""How Google is convinced: of who we are it gives access tokens of an hour, for Firebase and Firestore alike.

`token` is a file that says who: a service account's key (developers.google.com/identity/protocols/oauth2/
service-account, read 2026-11), or an `external_account`, with no key in it (`google_federation`). `identity:
default` takes the file that GOOGLE_APPLICATION_CREDENTIALS names, or what Google's own machines say of
themselves where it names none (cloud.google.com/docs/authentication/application-default-credentials, read
2026-11); `identity: metadata` takes only the latter. What gcloud keeps of a person is taken by neither.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from importlib import import_module
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field

from activities.google_federation import Federation, acts_in, checked
from activities.http import Api
from activities.integration import Surroundings
from stanch.errors import ConfigError, Rejected, Unauthorized
from stanch.model.team import Provider
from stanch.secrets import Redactor, read_reference

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
METADATA = "http://metadata.google.internal"
_METADATA_PATH = "computeMetadata/v1/instance/service-accounts/default/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_LIFE = timedelta(hours=1)
_EARLY = timedelta(minutes=5)
"""A token is renewed this long before it ends: no request sets out with one that ends on the way."""


class ServiceAccount(BaseModel):
    """The JSON key file of a service account; only `private_key` is secret."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str = "service_account"
    client_email: str
    private_key: str = Field(repr=False)
    private_key_id: str = ""
    project_id: str = ""


class AccessToken(BaseModel):
    """What the token endpoint answers, and the metadata server too."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: str = Field(repr=False, min_length=1)
    expires_in: int = 3600


NOT_YET = "a right that was given a moment ago takes two minutes to arrive, at times seven and more"
"""Meanwhile Google refuses by turns (vault-plugin-secrets-gcp#111, terraform-provider-google#22521, read
2026-11)."""
Fetch = Callable[[], Awaitable[AccessToken]]


@dataclass(frozen=True)
class TokenEndpoints:
    """Where tokens are given; `base_url` of the team's settings replaces both."""

    token: str = TOKEN_ENDPOINT
    metadata: str = METADATA

    @classmethod
    def under(cls, base: str) -> "TokenEndpoints":
        """The same below one address, as a sandbox has them."""
        return cls(f"{base}/oauth2/token", f"{base}/metadata") if base else cls()


def monotonic() -> datetime:
    """An instant that never goes back, for measuring what is left of a token's life."""
    return datetime.fromtimestamp(time.monotonic(), UTC)


class GoogleCredentials:
    """Access tokens of one service account, asked for when first needed and kept until they soon end.

    Nothing is read, parsed or signed before the first request: connecting stays cheap.
    """

    def __init__(self, fetch: Fetch, redactor: Redactor, project: str = "") -> None:
        self.project = project
        """The one that the account is of; empty where only Google's machine knows."""
        self._fetch = fetch
        self._redactor = redactor
        self._clock: Callable[[], datetime] = monotonic
        self._token, self._before, self._ends = "", "", self._clock()
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    def of(cls, api: Api, around: Surroundings, base: str = "") -> "GoogleCredentials":
        """By the team's settings: whatever `token` refers to, or `identity`; below `base` in a sandbox."""
        settings, redactor = around.settings, around.redactor
        endpoints, reference = TokenEndpoints.under(base), _reference(api.provider, settings)
        if not reference:
            return cls(partial(_from_metadata, api, endpoints.metadata), redactor)
        written = _hidden(read_reference(reference), redactor)
        if isinstance(written, dict) and written.get("type") == "external_account":
            federation = Federation(api, redactor, checked(api.provider, written), SCOPE, base)
            return cls(partial(_federated, api, federation), redactor, _project_of(written))
        fetch = partial(_exchanged, api, redactor, endpoints.token, written)
        return cls(fetch, redactor, _project_of(written))

    async def token(self) -> str:
        """A token that is good for some minutes at least."""
        async with self._one_at_a_time:
            if not self._token or self._clock() >= self._ends:
                await self._renew()
            return self._token

    def drop(self, token: str) -> None:
        """A token that was refused is not used again; the next one is asked for."""
        if token == self._token:
            self._ends = self._clock()

    async def _renew(self) -> None:
        found = await self._fetch()
        self._redactor.hide(found.access_token)
        if self._before != found.access_token:
            self._redactor.forget(self._before)
        self._before, self._token = self._token, found.access_token
        life = timedelta(seconds=found.expires_in)
        self._ends = self._clock() + max(life - _EARLY, life / 2)


def keyless(settings: Provider) -> str:
    """What says who we are where no token is written; empty where one has to be."""
    match settings.fields.get("identity"):
        case "metadata":
            return "the service account that this machine runs as"
        case "default":
            return f"Application Default Credentials (the file that {_FILE} names, or this machine)"
        case _:
            return ""


def _reference(provider: str, settings: Provider) -> str:
    """Where it is written who we are; empty where the machine says it."""
    match settings.fields.get("identity"):
        case "metadata":
            return ""
        case "default":
            path = os.environ.get(_FILE, "")
            return f"file:{path}" if path else ""
        case None if settings.token is not None:
            return settings.token
    raise ConfigError(
        f"providers.{provider}.token is missing in stanch.yaml; write token: file:PATH of a service account's"
        " JSON key or of an external_account, identity: default for Application Default Credentials, or"
        " identity: metadata on Google's own machines"
    )


async def _federated(api: Api, federation: Federation) -> AccessToken:
    issued = await federation.issued()
    return api.parse(AccessToken, {"access_token": issued.token, "expires_in": issued.seconds})


async def _exchanged(api: Api, redactor: Redactor, endpoint: str, key: Any) -> AccessToken:
    account = _account(key, api.provider)
    assertion = redactor.hide(_signed(account))
    try:
        answer = await api.post(endpoint, data={"grant_type": _GRANT, "assertion": assertion})
    except Rejected as error:
        if error.status == httpx.codes.BAD_REQUEST:
            # OAuth refuses a bad key with 400 `invalid_grant`: it is the credential that is broken.
            text = f"the service account {account.client_email} gets no token: {error}"
            raise Unauthorized(api.provider, text, error.status) from error
        raise
    finally:
        redactor.forget(assertion)
    return api.parse(AccessToken, answer.data)


async def _from_metadata(api: Api, endpoint: str) -> AccessToken:
    answer = await api.get(f"{endpoint}/{_METADATA_PATH}", headers={"Metadata-Flavor": "Google"})
    return api.parse(AccessToken, answer.data)


def _hidden(text: str, redactor: Redactor) -> Any:
    """The key file's content, its private key known to the redactor; None where it is no JSON object."""
    try:
        known = json.loads(text)
    except ValueError:
        known = None
    if isinstance(known, dict) and known.get("type") == "external_account":
        redactor.hide(str(known.get("client_secret") or ""))
        return known
    secret = known.get("private_key") if isinstance(known, dict) else None
    redactor.hide(str(secret or text))
    return known


def _project_of(written: Any) -> str:
    """The project of the account that the file is of, or that it lets act as."""
    if not isinstance(written, dict):
        return ""
    return acts_in(written) or str(written.get("project_id") or "")


def _account(known: Any, provider: str) -> ServiceAccount:
    wrong = f"providers.{provider}.token is not the JSON key of a service account, nor an external_account"
    if not isinstance(known, dict):
        raise ConfigError(wrong)
    if known.get("type") == "authorized_user":
        mend = "its type authorized_user is a person's; take a service account's key or an external_account"
        raise ConfigError(f"{wrong}: {mend}")
    missing = [name for name in ("client_email", "private_key") if not known.get(name)]
    if missing or known.get("type") != "service_account":
        raise ConfigError(f"{wrong}: {', '.join(missing) or 'type'} is missing or wrong in it")
    return ServiceAccount.model_validate(known)


@lru_cache(maxsize=4)
def _signer(account: ServiceAccount) -> Any:
    """The key, read once: that takes 50 ms, in which a worker does nothing else."""
    # Imported here: it takes long, and only a process that asks Google for something needs it.
    crypt = import_module("google.auth.crypt")
    try:
        return crypt.RSASigner.from_string(account.private_key, account.private_key_id or None)
    except ValueError as error:
        raise ConfigError(f"the private key of {account.client_email} cannot be read") from error


def _signed(account: ServiceAccount) -> str:
    """What proves to Google that we hold the key."""
    now = int(time.time())
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": TOKEN_ENDPOINT,
        "iat": now,
        "exp": now + int(_LIFE.total_seconds()),
    }
    signed: bytes = import_module("google.auth.jwt").encode(_signer(account), claims)
    return signed.decode()
