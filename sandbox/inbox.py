"""An inbox that takes every message and keeps it, and the incoming webhooks of chats beside it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.answers import json_of, malformed
from sandbox.clock import SandboxClock
from sandbox.ledger import EffectKind, Ledger

_DISCORD = 2_000
"""Characters of one message there."""


class Letter(BaseModel):
    """A message as it arrived."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    body: Any
    headers: dict[str, str] = {}
    raw: bytes = b""


class InboxWorld(Protocol):
    """What the inbox needs of the sandbox."""

    clock: SandboxClock
    ledger: Ledger
    inbox: list[Letter]


def routes(world: InboxWorld) -> list[Route]:
    """Where messages are posted and read."""

    async def taken(request: Request) -> int:
        body, raw = await json_of(request), await request.body()
        letter = Letter(at=world.clock.now(), body=body, headers=dict(request.headers), raw=raw)
        world.inbox.append(letter)
        world.ledger.record("people.notify", "inbox", kind=EffectKind.ACT, to=body)
        return len(world.inbox)

    async def post(request: Request) -> Response:
        return JSONResponse({"ok": True, "number": await taken(request)}, 201)

    async def hook(request: Request) -> Response:
        chat = _CHATS[request.path_params["chat"]]
        if not chat.takes(await json_of(request) or {}):
            raise malformed(request, "that is no message here", 400)
        await taken(request)
        return chat.answer()

    async def read(_: Request) -> Response:
        shown = [letter.model_dump(mode="json", include={"at", "body"}) for letter in world.inbox]
        return JSONResponse(shown)

    return [
        Route("/people/inbox", post, methods=["POST"]),
        Route("/people/inbox", read, methods=["GET"]),
        Route("/people/hooks/{chat}", hook, methods=["POST"]),
    ]


class _Chat(BaseModel):
    """What one chat's incoming webhook takes, and what it answers."""

    takes: Callable[[dict[str, Any]], bool]
    answer: Callable[[], Response]


def _is_card(body: dict[str, Any]) -> bool:
    kinds = [one.get("contentType") for one in body.get("attachments", ())]
    return body.get("type") == "message" and kinds == ["application/vnd.microsoft.card.adaptive"]


_CHATS = {
    "slack": _Chat(takes=lambda body: bool(body.get("text")), answer=lambda: PlainTextResponse("ok")),
    "discord": _Chat(
        takes=lambda body: 0 < len(body.get("content", "")) <= _DISCORD,
        answer=lambda: Response(status_code=204),
    ),
    "teams": _Chat(takes=_is_card, answer=lambda: Response(status_code=202)),
}
