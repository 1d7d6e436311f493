"""Running: a connection to Temporal, workers until they are told to stop, and a proper end."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from stanch.errors import ConfigError
from workers.embedded import EmbeddedTemporal
from workers.wiring import Setting, workers

_CONNECT_WITHIN = 20.0


@dataclass(frozen=True)
class Temporal:
    """A connected client, and where a person finds the UI."""

    client: Client
    ui_url: str = ""
    keeping: tuple[asyncio.Task[None], ...] = ()
    """What runs as long as the process: it ends only when something is broken for good."""


def runtime(metrics_at: str = "") -> Runtime | None:
    """A runtime whose metrics are served in Prometheus' format at `host:port`."""
    if not metrics_at:
        return None
    prometheus = PrometheusConfig(
        bind_address=metrics_at, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
    )
    return Runtime(telemetry=TelemetryConfig(metrics=prometheus))


@asynccontextmanager
async def embedded(folder: Path, metrics_at: str = "") -> AsyncIterator[Temporal]:
    """Our own Temporal server, kept running until the end."""
    async with EmbeddedTemporal(folder) as server:
        keeping = asyncio.create_task(server.keep_running())
        try:
            yield Temporal(await connected(server, metrics_at), server.ui_url, (keeping,))
        finally:
            keeping.cancel()


async def connected(server: EmbeddedTemporal, metrics_at: str = "") -> Client:
    """A client of our own server."""
    return await Client.connect(
        server.address,
        namespace=server.namespace,
        data_converter=pydantic_data_converter,
        runtime=runtime(metrics_at),
    )


async def external(metrics_at: str = "") -> Temporal:
    """The Temporal that Temporal's own environment configuration names (TEMPORAL_ADDRESS, profiles, TLS)."""
    config: dict[str, Any] = dict(ClientConfig.load_client_connect_config())
    if "target_host" not in config:
        raise ConfigError("no Temporal is configured: set TEMPORAL_ADDRESS, or run `stanch up`")
    try:
        async with asyncio.timeout(_CONNECT_WITHIN):
            client = await Client.connect(
                **{"namespace": "default", **config},
                data_converter=pydantic_data_converter,
                runtime=runtime(metrics_at),
            )
    except (RuntimeError, TimeoutError) as error:
        raise ConfigError(f"Temporal at {config['target_host']} does not answer: {error}") from error
    return Temporal(client)


@asynccontextmanager
async def working(
    client: Client, setting: Setting, only: Iterable[str] = ()
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Workers at work inside, each a task; all of them are stopped gracefully."""
    running = workers(client, setting, only)
    # What has been loaded stays: looking through it for garbage took a fifteenth of the processor's time.
    gc.collect()
    gc.freeze()
    tasks = [asyncio.create_task(worker.run()) for worker in running]
    try:
        yield tasks
    finally:
        await asyncio.gather(*(worker.shutdown() for worker in running), return_exceptions=True)
        await asyncio.gather(*tasks, return_exceptions=True)


async def until_told_to_stop(tasks: Iterable[asyncio.Task[None]] = ()) -> None:
    """Wait for SIGINT or SIGTERM, or for a task that was to run as long as the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    told = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
    if told not in done:
        told.cancel()
        raise ConfigError(f"a part of this process ended by itself: {next(iter(done)).exception()}")


def ended() -> None:
    """Let go of all that the SDK's threads still touch, before the interpreter takes itself apart."""
    gc.collect()
