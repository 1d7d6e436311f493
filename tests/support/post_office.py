"""A mail server on this machine, as unkind as one may be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


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
async def opened(*, with_login: bool = False) -> AsyncIterator[PostOffice]:
    """A server that takes mail inside."""
    office = PostOffice()
    office.answering.set()
    login = {"authenticator": _signed_in, "auth_required": True, "auth_require_tls": False}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(office, loop=loop, hostname="mail.example", **(login if with_login else {})),
        "127.0.0.1",
        0,
    )
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
