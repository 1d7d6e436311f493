"""Datadog's API, as far as Stanch uses it.

https://api.SITE (docs.datadoghq.com/api/latest, read 2026-11). Two keys: the organization's, and one of an
application, which has the permissions. A limit that was met is lifted after `X-RateLimit-Reset` seconds.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from activities.connection import Connection
from activities.http import Api, reset_after, retry_after
from activities.integration import Surroundings
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

    def __init__(self, api: Api, redactor: Redactor, *, may_read: bool) -> None:
        self.api = api
        self.redactor = redactor
        self._may_read = may_read

    @classmethod
    def connect(cls, around: Surroundings) -> "Datadog":
        """`providers.datadog`: `token` is the API key; `application_key`, and `site` where it is another."""
        fields = around.settings.fields
        site, application = str(fields.get("site", SITE)), fields.get("application_key")
        if not _IS_SITE.fullmatch(site):
            raise ConfigError("providers.datadog.site in stanch.yaml is a host, such as datadoghq.eu")
        headers = {"DD-API-KEY": around.token(PROVIDER)}
        if application:
            headers["DD-APPLICATION-KEY"] = around.redactor.read(str(application))
        connection = Connection(
            base_url=f"{(around.settings.base_url or f'https://api.{site}').rstrip('/')}/api/",
            headers=headers,
        )
        limited = _Limited(PROVIDER, connection, around.redactor)
        return cls(limited, around.redactor, may_read=bool(application))

    async def is_known(self) -> bool:
        """Whether the API key is one; says nothing of the other key."""
        return bool((await self._asked("GET", "v1/validate")).get("valid"))

    async def scalar(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """One number for each group, of metrics."""
        body = {"data": {"type": "scalar_request", "attributes": attributes}}
        return await self._asked("POST", "v2/query/scalar", json=body)

    async def timeseries(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """A number for each interval and group, of metrics."""
        body = {"data": {"type": "timeseries_request", "attributes": attributes}}
        return await self._asked("POST", "v2/query/timeseries", json=body)

    async def logs(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What is asked of the logs: `events/search` or `analytics/aggregate`."""
        return await self._asked("POST", f"v2/logs/{path}", json=body)

    async def _asked(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        if not self._may_read:
            raise ConfigError(
                "providers.datadog.application_key is missing in stanch.yaml; write application_key: env:NAME"
            )
        found: dict[str, Any] = (await self.api.send(method, path, **options)).data or {}
        return found
