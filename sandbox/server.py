"""The sandbox on a real socket: in a process of its own, or beside a test."""

import argparse
import asyncio
import contextlib
import json
import logging
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import uvicorn

from sandbox.app import application
from sandbox.breakable_connection import wired
from sandbox.upgrading import UpgradingConnection
from sandbox.vendors import vendors
from sandbox.wires import LOCALHOST, Wires
from sandbox.world import Sandbox

WORLDS: dict[str, Callable[[], Sandbox]] = {
    "empty": Sandbox,
    "slurpy": Sandbox.slurpy,
    "shop": Sandbox.shop,
    "everything": Sandbox.everything,
    "fleet": Sandbox.fleet,
}
_SOON = 0.01


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Beside a test the test's process keeps its own signal handlers.
        yield


@contextlib.contextmanager
def _configured(sandbox: Sandbox) -> Iterator[uvicorn.Config]:
    """HTTP with WebSockets, and on the same port whatever else vendors are spoken to in."""
    app = application(sandbox)
    wires = Wires(app, [each.wire for each in vendors() if each.wire])
    with contextlib.closing(wires):
        yield uvicorn.Config(
            app,
            http=wired(wires),
            ws=UpgradingConnection,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    # asyncio sets this itself only on sockets it has made; without it every answer waits 40 ms for an ACK.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def serve(sandbox: Sandbox, host: str = LOCALHOST, port: int = 0, port_file: Path | None = None) -> None:
    """The sandbox is served until the process is told to stop; its address is printed as JSON."""
    sandbox.warm_up()
    with _listening(host, port) as listening, _configured(sandbox) as config:
        chosen = listening.getsockname()[1]
        sys.stdout.write(json.dumps({"port": chosen, "base_url": f"http://{host}:{chosen}"}) + "\n")
        sys.stdout.flush()
        if port_file:
            port_file.write_text(str(chosen))
        uvicorn.Server(config).run(sockets=[listening])


@contextlib.asynccontextmanager
async def serving(sandbox: Sandbox, port: int = 0) -> AsyncIterator[str]:
    """The sandbox is served in this event loop; its base URL is given."""
    with _listening(LOCALHOST, port) as listening, _configured(sandbox) as config:
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not task.done():  # noqa: ASYNC110  uvicorn offers a flag, no event
            await asyncio.sleep(_SOON)
        try:
            yield f"http://{LOCALHOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@contextlib.contextmanager
def serving_in_thread(sandbox: Sandbox, port: int = 0) -> Iterator[str]:
    """The sandbox is served in a thread with a loop of its own; its base URL is given."""
    with _listening(LOCALHOST, port) as listening, _configured(sandbox) as config:
        server = _Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(_SOON)
        try:
            yield f"http://{LOCALHOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def main() -> None:
    """The command line: which world, on which address."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.server", description=__doc__)
    parser.add_argument("--world", choices=sorted(WORLDS), default="slurpy")
    parser.add_argument("--host", default=LOCALHOST)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    serve(WORLDS[chosen.world](), chosen.host, chosen.port, chosen.port_file)


if __name__ == "__main__":
    main()
