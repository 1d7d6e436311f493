"""Mail by SMTP: one message for each that is told, all of one incident in one thread."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from http import HTTPStatus
from typing import Any

import aiosmtplib

from activities.channels.carrier import Line
from activities.connection import certificates
from activities.permit import may_still_write
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.message import Delivered, Message
from stanch.plain import one_line

_NAME = "email"
_PORT = 587
_WITHIN = 12.0
_FINAL = 500
"""From here on a server means what it says; below, it may be asked again."""


class MailCarrier:
    """One sender at one server. Whoever is called is written to at their own address."""

    def __init__(self, line: Line) -> None:
        self._line, channel = line, line.channel
        host, _, port = channel.server.partition(":")
        if not host or (port and not port.isdigit()):
            raise ConfigError(f"server of {line.where} is no host:port: write smtp.team.example:587")
        self._sender = channel.from_
        self._reaching: dict[str, Any] = {
            "hostname": host,
            "port": int(port or _PORT),
            "use_tls": channel.tls == "implicit",
            "start_tls": channel.tls == "starttls",
            "timeout": _WITHIN,
        }
        if channel.tls != "none":
            self._reaching["tls_context"] = certificates()
        self._login = (channel.username, line.secret(channel.password)) if channel.username else None

    async def deliver(self, message: Message) -> Delivered:
        """Sent with an ID that its key gives: a repetition is the same mail to whoever gets it twice."""
        called = {name: one.email for name, one in self._line.called(message).items() if one.email}
        to = [*called.values()] if message.calls else [*self._line.channel.to]
        if not to:
            whom = "nobody who is called has an email" if message.calls else "to: is not written"
            raise Rejected(_NAME, f"{whom}: see people and {self._line.where}")
        with self._errors():
            may_still_write(_NAME)
            async with self._client() as server:
                refused, _ = await server.send_message(self._mail(message, to))
        lost = [f"{address} was refused ({said[0]})" for address, said in refused.items()]
        reached = {name for name, address in called.items() if address not in refused}
        missed = tuple(name for name in self._line.called(message) if name not in reached)
        return Delivered(missed=missed, said=one_line("; ".join(lost)))

    async def prove(self) -> str:
        """Connects and signs in."""
        with self._errors():
            async with self._client():
                pass
        signed = f", as {self._login[0]}" if self._login else ""
        return f"{self._reaching['hostname']} takes mail{signed}; nothing was sent"

    def _client(self) -> aiosmtplib.SMTP:
        user, password = self._login or (None, None)
        return aiosmtplib.SMTP(username=user, password=password, **self._reaching)

    def _mail(self, message: Message, to: list[str]) -> EmailMessage:
        mail = EmailMessage()
        domain = parseaddr(self._sender)[1].rpartition("@")[2] or "localhost"
        mail["From"], mail["To"] = self._sender, ", ".join(to)
        mail["Subject"] = one_line(" ".join(filter(None, (_bracketed(message.incident), message.headline))))
        mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{domain}>"
        if message.incident:
            # No mail has this ID itself: programs put together whatever refers to the same.
            mail["In-Reply-To"] = mail["References"] = f"<{message.incident}@{domain}>"
        if message.at:
            mail["Date"] = format_datetime(message.at)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What the server or the way there says, by who has to act."""
        server = self._reaching["hostname"]
        try:
            yield
        except aiosmtplib.SMTPAuthenticationError as error:
            raise _refused(error.code, f"{server} refuses the username and password", Unauthorized) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            worst = min(one.code for one in error.recipients)
            raise _refused(worst, f"{server} takes mail for nobody of it ({worst})") from error
        except aiosmtplib.SMTPResponseException as error:
            said = self._line.redactor.clean(one_line(error.message))
            raise _refused(error.code, f"{server} answered {error.code}: {said}") from error
        except aiosmtplib.SMTPException as error:
            # The library says by its bare class, too, that a server has no STARTTLS (5.1).
            if type(error) in (aiosmtplib.SMTPException, aiosmtplib.SMTPNotSupported):
                mend = f"See tls: of {self._line.where}"
                raise Rejected(_NAME, f"{server}: {error.message} {mend}") from error
            raise Unavailable(_NAME, f"{server} was not reached: {type(error).__name__}") from error
        except (OSError, TimeoutError) as error:
            raise Unavailable(_NAME, f"{server} was not reached: {type(error).__name__}") from error


def _bracketed(incident: str) -> str:
    return f"[{incident}]" if incident else ""


def _refused(code: int, text: str, final: type[Rejected] = Rejected) -> Exception:
    again = HTTPStatus.BAD_REQUEST <= code < _FINAL
    return Unavailable(_NAME, text) if again else final(_NAME, text)


CARRIER = MailCarrier
