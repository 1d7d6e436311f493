"""How Cloudflare answers: one envelope for everything, beside values of Workers KV, which come bare.

developers.cloudflare.com/fundamentals/api, read 2026-11: `success` decides and not the status alone; 520 to
527 are Cloudflare's own edge and pass.
"""

import re
from typing import Any

import httpx

from activities.http import Api
from stanch.errors import Rejected, Unauthorized, Unavailable

SECRETS_CHANGED = 10220
DUPLICATE = 10009
NOT_DEPLOYED = {10214, 10215}
"""Settings, or a secret, while the newest version is not what is deployed; also for a moment beside another
deployment (cloudflare/workers-sdk#6763, #10585, read 2026-11)."""
_SAID = 300
_EDGE = range(520, 528)
_UNAUTHORIZED = {6003, 9109, 10000}
_BUSY = {10013, 10429}
_NOT_THERE_YET = 100146
"""A version that was made a moment ago (cloudflare/workers-sdk#14410, read 2026-11)."""
_INTERNAL = {10000, 10021}
"""Codes of a broken token and of broken code, which Cloudflare also gives its own trouble: "internal error;
reference = …", "internal server error" (cloudflare/workers-sdk#9751, #4328, read 2026-11)."""
_OWN_TROUBLE = re.compile(r"internal (server )?error", re.IGNORECASE)
_OF_RIGHTS = re.compile(r"authz|not authorized|authenticat|does not have access", re.IGNORECASE)
_PASSES = re.compile(r"rate limit|quota|budget|timeout|timed out|internal|try again", re.IGNORECASE)
_DAY_IS_OVER = 10048
_UNTIL_MIDNIGHT = (
    "the free plan's writes to Workers KV are used up, and no retry helps before 00:00 UTC: take the paid"
    " plan, or set the value in the Worker's code"
)
"""cloudflare/cloudflare-docs#18041, read 2026-11."""
_PURGE, _LOGS, _ANALYTICS = "Cache Purge", "Workers Observability", "Account Analytics"
_PERMISSIONS = {
    "/storage/kv/": "Workers KV Storage",
    "/hyperdrive/": "Hyperdrive",
    "/purge_cache": _PURGE,
    "/firewall/": "Firewall Services",
    "/observability/": _LOGS,
    "/workers/routes": "Workers Routes",
    "/workers/": "Workers Scripts",
    "/graphql": _ANALYTICS,
}
"""By a part of the path, narrower parts first."""
_NO_VALUES = ("application/json", "text/html")
_BARE = re.compile(r"/storage/kv/namespaces/\w+/values/")


class Envelope(Api):
    """What is in the envelope, and errors by the codes that it carries."""

    def _json(self, response: httpx.Response) -> Any:
        if _is_value(response):
            return self._value(response)
        data = super()._json(response)
        if not isinstance(data, dict) or "success" not in data:
            raise Unavailable(self.provider, f"answered {response.status_code} without its envelope")
        if data["success"]:
            return data
        raise self._error(response)

    def _value(self, response: httpx.Response) -> str:
        """A stored value as it is; what calls itself JSON or a page, and is not, is somebody else's."""
        if response.headers.get("content-type", "").startswith(_NO_VALUES):
            super()._json(response)
        return response.text

    def _error(self, response: httpx.Response) -> Exception:
        found, codes = super()._error(response), set(_codes(response))
        text = str(found).partition(": ")[2]
        if _DAY_IS_OVER in codes:
            return Rejected(self.provider, f"{text}; {_UNTIL_MIDNIGHT}", response.status_code)
        if _NOT_THERE_YET in codes or (codes & _INTERNAL and _OWN_TROUBLE.search(text)):
            return Unavailable(self.provider, text)
        if isinstance(found, Unauthorized) or (isinstance(found, Rejected) and codes & _UNAUTHORIZED):
            return Unauthorized(self.provider, f"{text}{_takes(response)}", response.status_code)
        if not isinstance(found, Rejected):
            return found
        if response.status_code in _EDGE or (response.is_success and codes & _BUSY):
            return Unavailable(self.provider, text)
        return found

    def _said(self, response: httpx.Response) -> str:
        errors = _errors(response)
        if not errors:
            return super()._said(response)
        text = "; ".join(f"[{one.get('code')}] {one.get('message')}" for one in errors)
        return f": {self.clean(' '.join(text.split()))[:_SAID]}"


class Graph(Envelope):
    """GraphQL Analytics, which has another envelope: refusals come with a good status, each with a code.

    developers.cloudflare.com/analytics/graphql-api/errors, read 2026-11.
    """

    def _json(self, response: httpx.Response) -> dict[str, Any]:
        data = Api._json(self, response)  # noqa: SLF001 - the envelope of everything else is not in it
        if not isinstance(data, dict) or not {"data", "errors"} & data.keys():
            raise Unavailable(self.provider, f"answered {response.status_code} without its envelope")
        errors = [one for one in data.get("errors") or [] if isinstance(one, dict)]
        if not errors:
            return dict(data.get("data") or {})
        text = f"GraphQL Analytics: {self.clean(str(errors[0].get('message')))[:_SAID]}"
        if _OF_RIGHTS.search(text):
            raise Unauthorized(self.provider, f"{text}; the token needs Account Analytics:Read")
        raise Unavailable(self.provider, text) if _PASSES.search(text) else Rejected(self.provider, text)


def _takes(response: httpx.Response) -> str:
    """Cloudflare never names the permission that is missing; the path does."""
    path = response.request.url.path
    name = next((name for part, name in _PERMISSIONS.items() if part in path), "")
    if name and name != _PURGE:
        name += ":Read" if response.request.method == "GET" or name in (_LOGS, _ANALYTICS) else ":Edit"
    return f"; the token needs {name}" if name else ""


def says(error: Rejected, code: int) -> bool:
    """Whether a refusal carries this code of Cloudflare's."""
    return f"[{code}]" in str(error)


def _is_value(response: httpx.Response) -> bool:
    return response.request.method == "GET" and bool(_BARE.search(response.request.url.path))


def _errors(response: httpx.Response) -> list[dict[str, Any]]:
    try:
        data = response.json()
    except ValueError:
        return []
    found = data.get("errors") if isinstance(data, dict) else None
    return [one for one in found or [] if isinstance(one, dict)] if isinstance(found, list) else []


def _codes(response: httpx.Response) -> list[int]:
    return [code for one in _errors(response) if isinstance(code := one.get("code"), int)]
