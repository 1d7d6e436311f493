"""Slack's methods, as far as they are asked."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.ledger import EffectKind
from sandbox.slack.keys import SlackKey
from sandbox.slack.refusals import refuse
from sandbox.slack.world import BOT, Posted, Room, SlackWorld

_LONGEST_NAME = 80
_LONGEST_BLOCK = 3_000
_NEEDS = {
    "conversations.create": "channels:manage",
    "conversations.history": "channels:history",
    "conversations.invite": "channels:manage",
    "conversations.join": "channels:join",
    "conversations.list": "channels:read",
    "conversations.replies": "channels:history",
}
"""What a token needs that may write and nothing else."""


def routes(world: SlackWorld) -> list[Route]:
    """Where these methods stand; each is a POST, whatever it does."""
    door = Methods(world)
    known: dict[str, Callable[[dict[str, Any]], Any]] = {
        "auth.test": door.who,
        "chat.postMessage": door.post,
        "chat.update": door.update,
        "conversations.create": door.create,
        "conversations.history": door.history,
        "conversations.invite": door.invite,
        "conversations.join": door.join,
        "conversations.list": door.page,
        "conversations.replies": door.replies,
    }
    return [
        Route(f"/slack/api/{name}", _answering(name, method), methods=["GET", "POST"])
        for name, method in known.items()
    ]


def _answering(
    name: str, method: Callable[[dict[str, Any]], Any]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token == SlackKey.REVOKED:
            raise refuse("token_revoked")
        if token not in (SlackKey.ALL, SlackKey.WRITE_ONLY):
            raise refuse("invalid_auth")
        if token == SlackKey.WRITE_ONLY and name in _NEEDS:
            raise refuse("missing_scope", needed=_NEEDS[name], provided="chat:write")
        return JSONResponse({"ok": True, **method(await _asked(request))})

    return answer


async def _asked(request: Request) -> dict[str, Any]:
    """What was asked, as JSON, as a form or in the address: Slack takes all three."""
    body = (await request.body()).decode()
    if request.headers.get("content-type", "").startswith("application/json"):
        found: dict[str, Any] = json.loads(body or "{}")
        return found
    return {**request.query_params, **dict(parse_qsl(body))}


class Methods:
    """The methods of one workspace."""

    def __init__(self, world: SlackWorld) -> None:
        self._world = world

    def who(self, _: dict[str, Any]) -> dict[str, Any]:
        """Whose token it is."""
        return {"team": "Team", "user": "stanch", "team_id": "T0TEAM", "user_id": BOT}

    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A message, in a thread where one is named; a thread that is gone is begun by nobody."""
        room = self._inside(asked)
        thread = str(asked.get("thread_ts") or "")
        if thread and room.message(thread) is None:
            raise refuse("thread_not_found")
        said = Posted(self._world.stamp(), **_worded(asked), thread_ts=thread)
        said.broadcast = str(asked.get("reply_broadcast", "")).lower() in ("1", "true")
        room.messages.append(said)
        self._world.ledger.record("slack.post", room.name, kind=EffectKind.ACT, to=said.text)
        return {"channel": room.id, "ts": said.ts, "message": {"text": said.text, "ts": said.ts}}

    def update(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A message of our own, said anew; a channel is named by its ID here."""
        room = self._inside(asked)
        said = room.message(str(asked.get("ts")))
        if said is None or asked["channel"] != room.id:
            raise refuse("message_not_found" if said is None else "channel_not_found")
        worded = _worded(asked)
        said.text, said.blocks, said.metadata = worded["text"], worded["blocks"], worded["metadata"]
        said.edits += 1
        return {"channel": room.id, "ts": said.ts, "text": said.text}

    def history(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What stands in a channel, the newest first; replies stand below what they answer."""
        room = self._inside(asked, by_id=True)
        oldest = float(asked.get("oldest") or 0)
        found = [one for one in room.messages if not one.thread_ts and float(one.ts) >= oldest]
        return {"messages": [_shown(one, asked) for one in reversed(found)], "has_more": False}

    def replies(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A thread, from what began it."""
        room, ts = self._inside(asked, by_id=True), str(asked.get("ts"))
        if room.message(ts) is None:
            raise refuse("thread_not_found")
        found = [one for one in room.messages if ts in (one.ts, one.thread_ts)]
        return {"messages": [_shown(one, asked) for one in found], "has_more": False}

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A public channel, with whoever made it in it."""
        name = str(asked.get("name", ""))
        if not name or len(name) > _LONGEST_NAME or name != name.lower() or set(name) & set(" .#"):
            raise refuse("invalid_name_specials")
        if any(room.name == name for room in self._world.rooms):
            raise refuse("name_taken")
        room = self._world.add_room(name)
        self._world.ledger.record("slack.create", name, kind=EffectKind.ACT)
        return {"channel": {"id": room.id, "name": room.name}}

    def join(self, asked: dict[str, Any]) -> dict[str, Any]:
        """In a public channel anybody may be."""
        room = self._seen(asked)
        if room.archived:
            raise refuse("is_archived")
        room.members.add(BOT)
        return {"channel": {"id": room.id, "name": room.name}}

    def invite(self, asked: dict[str, Any]) -> dict[str, Any]:
        """People who are there already are a refusal."""
        room = self._inside(asked)
        people = set(str(asked.get("users", "")).split(","))
        if people - self._world.people:
            raise refuse("user_not_found")
        if people <= room.members:
            raise refuse("already_in_channel")
        room.members |= people
        return {"channel": {"id": room.id, "name": room.name}}

    def page(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Public channels, two to a page, so that whoever reads only one misses some."""
        rooms = [room for room in self._world.rooms if not room.private and not room.archived]
        first = int(asked.get("cursor") or 0)
        shown = [{"id": room.id, "name": room.name} for room in rooms[first : first + 2]]
        more = str(first + 2) if first + 2 < len(rooms) else ""
        return {"channels": shown, "response_metadata": {"next_cursor": more}}

    def _seen(self, asked: dict[str, Any]) -> Room:
        room = self._world.room(str(asked.get("channel", "")))
        if room is None:
            raise refuse("channel_not_found")
        return room

    def _inside(self, asked: dict[str, Any], *, by_id: bool = False) -> Room:
        room = self._seen(asked)
        if by_id and asked["channel"] != room.id:
            raise refuse("channel_not_found")
        if room.archived:
            raise refuse("is_archived")
        if BOT not in room.members:
            raise refuse("not_in_channel")
        return room


def _worded(asked: dict[str, Any]) -> dict[str, Any]:
    """What a message says; one without a text, or with too long a block, is refused."""
    text = str(asked.get("text") or "")
    blocks, metadata = (_parsed(asked.get(name)) for name in ("blocks", "metadata"))
    if not text:
        raise refuse("no_text")
    if any(len(block.get("text", {}).get("text", "")) > _LONGEST_BLOCK for block in blocks or ()):
        raise refuse("invalid_blocks")
    return {"text": text, "blocks": blocks or [], "metadata": metadata or {}}


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _shown(said: Posted, asked: dict[str, Any]) -> dict[str, Any]:
    whole = str(asked.get("include_all_metadata", "")).lower() in ("1", "true")
    return {
        "type": "message",
        "ts": said.ts,
        "text": said.text,
        **({"metadata": said.metadata} if whole else {}),
    }
