"""Running: a connection to Temporal, workers until they are told to stop, and a proper end."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client, Interceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import GrpcCompression

from stanch.errors import ConfigError
from workers.embedded import EmbeddedTemporal

_CONNECT_WITHIN = 20.0


@dataclass(frozen=True)
class Temporal:
    """A connected client, and where a person finds the UI."""

    client: Client
    ui_url: str = ""
    keeping: tuple[asyncio.Task[None], ...] = ()
    """What runs as long as the process: it ends only when something is broken for good."""

    @property
    def pages(self) -> str:
        """The UI's pages of the namespace; empty where no UI is known."""
        return f"{self.ui_url}/namespaces/{self.client.namespace}" if self.ui_url else ""


def runtime(metrics_at: str = "") -> Runtime:
    """A runtime that logs as we do, and whose metrics are served in Prometheus' format at `host:port`."""
    logging_too = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
    )
    if not metrics_at:
        return Runtime(telemetry=TelemetryConfig(logging=logging_too))
    prometheus = PrometheusConfig(
        bind_address=metrics_at, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
    )
    return Runtime(telemetry=TelemetryConfig(logging=logging_too, metrics=prometheus))


@asynccontextmanager
async def embedded(
    folder: Path, metrics_at: str = "", ports: tuple[int, int] = (7233, 8233)
) -> AsyncIterator[Temporal]:
    """Our own Temporal server, kept running until the end; `ports` are its own and that of its pages."""
    port, ui_port = ports
    async with EmbeddedTemporal(folder, port=port, ui_port=ui_port) as server:
        keeping = asyncio.create_task(server.keep_running())
        try:
            yield Temporal(await connected(server, metrics_at), server.ui_url, (keeping,))
        finally:
            keeping.cancel()


async def connected(
    server: EmbeddedTemporal, metrics_at: str = "", interceptors: Sequence[Interceptor] = ()
) -> Client:
    """A client of our own server."""
    return await Client.connect(
        server.address,
        namespace=server.namespace,
        data_converter=pydantic_data_converter,
        interceptors=interceptors,
        grpc_compression=GrpcCompression.NONE,
        runtime=runtime(metrics_at),
    )


async def external(metrics_at: str = "") -> Temporal:
    """The Temporal that Temporal's own environment configuration names (TEMPORAL_ADDRESS, profiles, TLS)."""
    config = configured()
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
        raise ConfigError(no_answer(config, error)) from error
    return Temporal(client)


def configured() -> dict[str, Any]:
    """Temporal's own environment configuration; raises `ConfigError` naming what of it cannot be read."""
    try:
        return dict(ClientConfig.load_client_connect_config())
    except OSError as error:
        file = error.filename or "a file"
        raise ConfigError(
            f"{file} cannot be read ({error.strerror}): see TEMPORAL_TLS_CLIENT_CERT_PATH,"
            " TEMPORAL_TLS_CLIENT_KEY_PATH and TEMPORAL_TLS_SERVER_CA_CERT_PATH"
        ) from error
    except RuntimeError as error:
        said = str(error).splitlines()[0]
        raise ConfigError(
            f"Temporal's own configuration cannot be used: {said};"
            " see TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE"
        ) from error


def no_answer(config: Mapping[str, Any], error: Exception) -> str:
    """Why a connection did not come about, with what to look at first."""
    host = config["target_host"]
    said = " ".join(str(error).split()) or f"nothing within {_CONNECT_WITHIN:.0f} s"
    if config.get("tls"):
        return f"Temporal at {host} does not answer over TLS ({said}): if it has none, set TEMPORAL_TLS=false"
    return f"Temporal at {host} does not answer ({said}): if it wants TLS, set TEMPORAL_TLS=true"


async def until_told_to_stop(tasks: Iterable[asyncio.Future[None]] = ()) -> None:
    """Wait for SIGINT or SIGTERM, or for something that was to run as long as the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    told = asyncio.create_task(stop.wait())
    waiting: list[asyncio.Future[Any]] = [told, *tasks]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if told not in done:
        told.cancel()
        raise ConfigError(f"a part of this process ended by itself: {next(iter(done)).exception()}")


def ended() -> None:
    """Let go of all that the SDK's threads still touch, before the interpreter takes itself apart."""
    gc.collect()
