"""A mail server on this machine, as unkind as one may be."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class PostOffice:
    """What was sent, and what is refused."""

    mails: list[tuple[Mail, list[str]]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    """The answer to a recipient."""
    answers: list[str] = field(default_factory=list)
    """What the next mails are answered in turn; taken all the same where it begins with 2."""
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802 - its own name
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - the same
        await self.answering.wait()
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("2"):
            self.mails.append((message_from_bytes(envelope.content), list(envelope.rcpt_tos)))
        return answer


def _signed_in(_: Any, __: Any, ___: Any, ____: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"stanch", b"the-password")
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def opened(*, with_login: bool = False, tls: ssl.SSLContext | None = None) -> AsyncIterator[PostOffice]:
    """A server that takes mail inside; with a certificate, only what comes encrypted."""
    office = PostOffice()
    office.answering.set()
    login = {"authenticator": _signed_in, "auth_required": True, "auth_require_tls": False}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            office,
            loop=loop,
            hostname="mail.example",
            tls_context=tls,
            require_starttls=tls is not None,
            **(login if with_login else {}),
        ),
        "127.0.0.1",
        0,
    )
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """For 127.0.0.1, signed by itself: what a server shows, and the file by which it is believed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    whom, what = folder / "certificate.pem", folder / "key.pem"
    whom.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    what.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(whom, what)
    return shown, whom
