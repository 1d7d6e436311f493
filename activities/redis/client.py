"""Redis, as far as Stanch uses it: one short connection for each look and each batch.

Through redis-py in RESP2, which every server speaks; `rediss://` is TLS, and what else a URL can say holds
(redis-py.readthedocs.io, read 2026-11), such as `?ssl_cert_reqs=none` for a self-signed chain. The library's
own retries are off: a command whose answer was lost must not be sent again behind our back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from activities.integration import Surroundings
from activities.named_urls import NamedUrls, host_and_port
from stanch.errors import ConfigError, Unavailable
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.secrets import Redactor

if TYPE_CHECKING:
    from redis.asyncio import Redis as Connection

INSTANCES = "instances"
_PORT = 6379


class RedisTarget(Written):
    """`runs_on: {provider: redis, instance: NAME}`, as named under `providers.redis.instances`."""

    instance: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]


class Redis:
    """The instances that the team named."""

    def __init__(self, urls: NamedUrls, address: str, redactor: Redactor) -> None:
        self.address = address
        """Where connections go instead of to the host of the URL; empty: there."""
        self.answers_within = timedelta(seconds=4)
        self.deadline = timedelta(seconds=15)
        self.between_samples = timedelta(seconds=1)
        """How long a rate is measured over."""
        self._urls = urls
        self._redactor = redactor

    @classmethod
    def connect(cls, around: Surroundings) -> "Redis":
        """From the team's settings; nothing is opened yet."""
        urls = NamedUrls("redis", INSTANCES, ("redis", "rediss"), around)
        return cls(urls, around.settings.base_url, around.redactor)

    @asynccontextmanager
    async def session(self, target: Target) -> AsyncIterator["Connection"]:
        """A connection for a few commands; whatever goes wrong there has one of our names."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - slow to import, and rarely needed

        from activities.redis.refusals import translated  # noqa: PLC0415 - the same

        connection = self._opened(target.name)
        try:
            async with asyncio.timeout(self.deadline.total_seconds()):
                yield connection
        except TimeoutError:
            waited = f"{self.deadline.total_seconds():g} s"
            raise Unavailable("redis", f"{target.name}: not done within {waited}") from None
        except RedisError as error:
            raise translated(error, target.name, self._redactor) from None
        finally:
            await connection.aclose()

    def _opened(self, name: str) -> "Connection":
        from redis.asyncio import Redis as Connection  # noqa: PLC0415 - the same
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - the same
        from redis.backoff import NoBackoff  # noqa: PLC0415 - the same

        url, seconds = self._urls.of(name), self.answers_within.total_seconds()
        try:
            return Connection.from_url(
                self._redirected(url),
                protocol=2,
                socket_timeout=seconds,
                socket_connect_timeout=seconds,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError:
            place = f"providers.redis.{INSTANCES}.{name}.url"
            raise ConfigError(f"{place} is no URL that redis-py understands") from None

    def _redirected(self, url: str) -> str:
        if not self.address:
            return url
        there, (host, port) = urlsplit(url), host_and_port(self.address, _PORT)
        user = there.netloc.rpartition("@")[0]
        return there._replace(scheme="redis", netloc=f"{user}@{host}:{port}").geturl()


def text(value: Any) -> str:
    """What Redis sent, readable whatever it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
