"""Datadog's API, as far as Stanch uses it.

https://api.SITE (docs.datadoghq.com/api/latest, read 2026-11). Two keys: the organization's, and one of an
application, which has the permissions. A limit that was met is lifted after `X-RateLimit-Reset` seconds.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from activities.connection import Connection
from activities.contract import Surroundings
from activities.http import Api, reset_after, retry_after
from stanch.errors import ConfigError
from stanch.secrets import Redactor

PROVIDER = "datadog"
SITE = "datadoghq.com"
_IS_SITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


class _Limited(Api):
    """Waits until the limit is lifted."""

    def _wait(self, headers: Mapping[str, str]) -> timedelta | None:
        return retry_after(headers) or reset_after(headers, "x-ratelimit-reset")


class Datadog:
    """One connection to Datadog for all of a worker's activities."""

    def __init__(self, api: Api, redactor: Redactor) -> None:
        self.api = api
        self.redactor = redactor

    @classmethod
    def connect(cls, around: Surroundings) -> "Datadog":
        """`providers.datadog`: `token` is the API key; `application_key`, and `site` where it is another."""
        fields = around.settings.fields
        site, application = str(fields.get("site", SITE)), fields.get("application_key")
        if not _IS_SITE.fullmatch(site):
            raise ConfigError("providers.datadog.site in stanch.yaml is a host, such as datadoghq.eu")
        if not application:
            raise ConfigError(
                "providers.datadog.application_key is missing in stanch.yaml; write application_key: env:NAME"
            )
        connection = Connection(
            base_url=f"{(around.settings.base_url or f'https://api.{site}').rstrip('/')}/api/",
            headers={
                "DD-API-KEY": around.token(PROVIDER),
                "DD-APPLICATION-KEY": around.redactor.read(str(application)),
            },
        )
        return cls(_Limited(PROVIDER, connection, around.redactor), around.redactor)

    async def is_known(self) -> bool:
        """Whether the API key is one; says nothing of the other key."""
        return bool(((await self.api.get("v1/validate")).data or {}).get("valid"))

    async def scalar(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """One number for each group, of metrics."""
        body = {"data": {"type": "scalar_request", "attributes": attributes}}
        found: dict[str, Any] = (await self.api.post("v2/query/scalar", json=body)).data or {}
        return found

    async def logs(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What is asked of the logs: `events/search` or `analytics/aggregate`."""
        found: dict[str, Any] = (await self.api.post(f"v2/logs/{path}", json=body)).data or {}
        return found
