"""An inbox that takes every message and keeps it."""

from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import json_of
from sandbox.clock import SandboxClock
from sandbox.ledger import EffectKind, Ledger


class Letter(BaseModel):
    """A message as it arrived."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    body: Any


class InboxWorld(Protocol):
    """What the inbox needs of the sandbox."""

    clock: SandboxClock
    ledger: Ledger
    inbox: list[Letter]


def routes(world: InboxWorld) -> list[Route]:
    """Where messages are posted and read."""

    async def post(request: Request) -> Response:
        body = await json_of(request)
        world.inbox.append(Letter(at=world.clock.now(), body=body))
        world.ledger.record("people.notify", "inbox", kind=EffectKind.ACT, to=body)
        return JSONResponse({"ok": True, "number": len(world.inbox)}, 201)

    async def read(_: Request) -> Response:
        return JSONResponse([letter.model_dump(mode="json") for letter in world.inbox])

    return [
        Route("/people/inbox", post, methods=["POST"]),
        Route("/people/inbox", read, methods=["GET"]),
    ]
