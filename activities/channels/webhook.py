"""An address that takes a message by POST: a team's own, signed, or an incoming webhook of a chat."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from activities.channels.carrier import Line
from activities.connection import Connection
from activities.http import Api
from stanch.model.message import Delivered, Message

SIGNATURE, TIMESTAMP = "X-Stanch-Signature", "X-Stanch-Timestamp"
_OURS = {"channel", "kind", "incident", "service", "severity", "headline", "text", "key"}
"""What a message is made of for whoever reads our own JSON."""
_DISCORD, _TEAMS = 2_000, 20_000
"""How long a message may be there (Discord: 2000 characters; Teams: 28 kB for the whole card)."""


def _stanch(message: Message) -> dict[str, Any]:
    return message.model_dump(mode="json", include=_OURS)


def _slack(message: Message) -> dict[str, Any]:
    return {"text": _escaped(_lines(message))}


def _discord(message: Message) -> dict[str, Any]:
    # Nobody is mentioned by what a foreign text says.
    return {"content": _lines(message)[:_DISCORD], "allowed_mentions": {"parse": []}}


def _teams(message: Message) -> dict[str, Any]:
    body = [
        {"type": "TextBlock", "text": message.headline, "weight": "bolder", "wrap": True},
        {"type": "TextBlock", "text": message.text[:_TEAMS].replace("\n", "\n\n"), "wrap": True},
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


_SHAPES: dict[str, Callable[[Message], dict[str, Any]]] = {
    "stanch": _stanch,
    "slack": _slack,
    "discord": _discord,
    "teams": _teams,
}


def _lines(message: Message) -> str:
    head = f"{message.incident} {message.headline}".strip()
    called = f"{', '.join(message.calls)}: please look\n" if message.calls else ""
    return f"{head}\n{called}{message.text}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256, in hex, over the timestamp, a dot and the body as it is sent."""
    signed = timestamp.encode() + b"." + body
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class _OneWay(Api):
    """Nothing is read of what is answered: some say `ok`, some nothing."""

    def _json(self, response: httpx.Response) -> Any:
        return None


class WebhookCarrier:
    """One address; its key tells a repetition to whoever looks at `Idempotency-Key`."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._address = line.secret(line.channel.webhook)
        self._secret = line.secret(line.channel.secret)
        self._api = _OneWay("channel", Connection(), line.redactor)

    async def deliver(self, message: Message) -> Delivered:
        """Post it in the shape that is wanted there, signed where there is a secret."""
        shaped = _SHAPES[self._line.channel.shape](message)
        body = json.dumps(shaped, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        if self._secret:
            now = f"{time.time():.0f}"  # of this very attempt: a receiver refuses an old one
            headers |= {TIMESTAMP: now, SIGNATURE: signature(self._secret, now, body)}
        await self._api.send("POST", self._address, content=body, headers=headers)
        return Delivered()

    async def prove(self) -> str:
        """An address can only be tried by posting there."""
        return "has an address; nothing was sent"


CARRIER = WebhookCarrier
