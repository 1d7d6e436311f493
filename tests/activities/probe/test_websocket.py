import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from activities.integration import Surroundings
from activities.probes import INTEGRATION
from activities.probes.websocket import OpenedWebSocket, ReadWebSocket
from sandbox.faults import Fault, Trouble
from sandbox.mischief import Breakage, Breaking, break_service, mend_service
from sandbox.server import serving
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.probe.asking import AT

SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n"


@pytest.fixture
async def base(sandbox: Sandbox) -> AsyncIterator[str]:
    async with serving(sandbox) as url:
        yield url


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox.shop()
    made.services["shop"].host.deployments[0].commit = made.services["shop"].host.deployments[1].commit
    return made


async def opened(url: str, **asked: Any) -> OpenedWebSocket:
    references = {"socket": asked.pop("reference", "")}
    outside = INTEGRATION.connect(Surroundings(Provider(), Redactor(), references=references))
    return await ReadWebSocket(outside).read(Look(arguments={"url": url, **asked}, as_of=AT))


@contextlib.asynccontextmanager
async def saying(answer: Callable[[bytes], bytes]) -> AsyncIterator[str]:
    """A host that answers what is asked with these bytes, and goes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"


async def test_a_socket_that_opens_is_up_and_has_a_latency(base: str) -> None:
    result = await opened(f"{base}/service/shop/ws")

    assert (result.is_down, result.status, result.why) == (False, 101, "")
    assert result.latency
    assert result.line().startswith(f"{base}/service/shop/ws opened after 0.")


async def test_sockets_can_be_dead_while_everything_else_is_well(sandbox: Sandbox, base: str) -> None:
    break_service(sandbox, Breaking(service="shop", breakage=Breakage.SOCKETS))
    dead = await opened(f"{base}/service/shop/ws")
    rate = sandbox.services["shop"].measure().error_rate
    mend_service(sandbox, "shop")

    assert (dead.is_down, dead.latency, dead.why, rate) == (True, None, "answered 502, not 101", 0)
    assert not (await opened(f"{base}/service/shop/ws")).is_down


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault(status=401), "answered 401, not 101"),
        (Fault(trouble=Trouble.RESET), "cannot be reached: ConnectionResetError"),
    ],
)
async def test_whatever_else_is_answered_is_down(sandbox: Sandbox, base: str, fault: Fault, why: str) -> None:
    sandbox.order(fault)

    assert (await opened(f"{base}/service/shop/ws")).why == why


async def test_nobody_there_is_down() -> None:
    assert (await opened("http://127.0.0.1:9/ws")).why == "cannot be reached: ConnectionRefusedError"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (SWITCHED + b"Upgrade: h2c\r\n\r\n", "switched to something that is no WebSocket"),
        (
            SWITCHED + b"Upgrade: WebSocket\r\nSec-WebSocket-Accept: x\r\n\r\n",
            "did not take the key of the handshake",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n", "answered 200, not 101"),
        (b"SSH-2.0-x\r\n\r\n", "answered something that is not HTTP/1.1"),
        (b"SSH-2.0-x", "broke off, or answered something that is not HTTP"),
        (b"x" * 200_000, "broke off, or answered something that is not HTTP"),
    ],
)
async def test_only_a_right_handshake_opens(answer: bytes, why: str) -> None:
    async with saying(lambda _: answer) as url:
        result = await opened(url)

    assert (result.is_down, result.why) == (True, why)


async def test_the_handshake_is_that_of_a_page_of_the_same_host_and_shows_the_secret(tmp_path: Path) -> None:
    kept, asked = tmp_path / "socket", []
    kept.write_text("a secret of the socket")

    def refuse(request: bytes) -> bytes:
        asked.append(request.decode())
        return b"HTTP/1.1 403 Forbidden\r\n\r\n"

    async with saying(refuse) as url:
        result = await opened(f"{url}?room=1", bearer="socket", reference=f"file:{kept}")

    head, host = asked[0], url.removeprefix("http://").removesuffix("/ws")
    assert head.startswith("GET /ws?room=1 HTTP/1.1\r\n")
    for line in (f"Host: {host}", f"Origin: http://{host}", "Authorization: Bearer a secret of the socket"):
        assert f"\r\n{line}\r\n" in head
    assert "secret" not in result.model_dump_json()
    assert result.url == url


async def test_a_certificate_that_nobody_vouches_for_is_down(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=_self_signed(tmp_path))
    async with server:
        result = await opened(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws")

    assert result.why == "cannot be reached: SSLCertVerificationError"


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begins = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "server.pem"
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
