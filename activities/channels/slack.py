"""Slack by its Web API (2026-11): one thread for each incident, the card at its top edited in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from activities.channels.carrier import Line, comes_again
from activities.channels.slack_api import SlackApi
from activities.channels.slack_places import SlackPlaces
from stanch.errors import Rejected
from stanch.model.message import Delivered, Message
from stanch.plain import for_slack
from stanch.policy.outbreaks import cut

_MARK = "stanch_message"
_LONGEST_CARD = 2_900
"""Characters; Slack takes 3000 in one text of a block."""
_LOOK_BACK = timedelta(hours=2)
_GONE = ("message_not_found", "thread_not_found", "cant_update_message")
"""Somebody has deleted the card: another one begins a thread."""
_CANNOT_LOOK = (
    "missing_scope",
    "not_in_channel",
    "channel_not_found",
    "method_not_supported_for_channel_type",
)


@dataclass(frozen=True)
class _Thread:
    """A card: the ID of its channel and its own."""

    channel: str
    ts: str

    @classmethod
    def of(cls, text: str) -> "_Thread | None":
        channel, _, ts = text.partition("/")
        return cls(channel, ts) if ts else None

    def __str__(self) -> str:
        return f"{self.channel}/{self.ts}"


class SlackCarrier:
    """One channel of a workspace, and the incidents' own that begin there."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._api = SlackApi(line)
        self._places = SlackPlaces(self._api)

    async def deliver(self, message: Message) -> Delivered:
        """A reply below the card; the first message makes the card, and every later one brings it up to date.

        Slack has no idempotency: each message carries its key where only programs see it, and an attempt
        after a lost answer looks for it before it posts.
        """
        known = _Thread.of(message.thread)
        place, said = await self._place(message, known)
        thread = known or await self._card(message, place)
        try:
            await self._reply(message, thread)
            if known:
                await self._redraw(message, thread)
        except Rejected as refusal:
            if refusal.word not in _GONE:
                raise
            thread = await self._card(message, place)
            await self._reply(message, thread)
        missed = tuple(name for name, one in self._line.called(message).items() if not one.slack)
        return Delivered(thread=str(thread), said=said, missed=missed)

    async def prove(self) -> str:
        """Whose token it is; nothing is posted."""
        found = await self._api.ask("auth_test")
        return f"{found.get('user', 'the app')} of {found.get('team', 'the workspace')}, nothing was posted"

    async def _place(self, message: Message, known: _Thread | None) -> tuple[str, str]:
        """Where it is said; an own channel that cannot be had is no reason to say nothing."""
        usual = known.channel if known else self._line.channel.channel
        if not message.place or known:
            return usual, ""
        people = [one.slack for one in self._line.called(message).values() if one.slack]
        try:
            return await self._places.opened(message.place, people), ""
        except Rejected as error:
            return usual, f"{message.place} could not be opened, so it is said in {usual}: {error}"

    async def _card(self, message: Message, place: str) -> _Thread:
        key = f"{message.incident or message.key}/{message.channel}/card"
        if comes_again() and (found := await self._found(key, message, place)):
            return found
        posted = await self._api.ask("chat_postMessage", channel=place, **self._drawn(message, key))
        return _Thread(str(posted["channel"]), str(posted["ts"]))

    async def _redraw(self, message: Message, thread: _Thread) -> None:
        key = f"{message.incident or message.key}/{message.channel}/card"
        await self._api.ask("chat_update", channel=thread.channel, ts=thread.ts, **self._drawn(message, key))

    async def _reply(self, message: Message, thread: _Thread) -> None:
        if comes_again() and await self._found(message.key, message, thread.channel, thread.ts):
            return
        mentions = [f"<@{one.slack}>" for one in self._line.called(message).values() if one.slack]
        nameless = [name for name, one in self._line.called(message).items() if not one.slack]
        called = " ".join((*mentions, *nameless))
        await self._api.ask(
            "chat_postMessage",
            channel=thread.channel,
            thread_ts=thread.ts,
            text=f"{called}{': ' if called else ''}{for_slack(message.text or message.headline)}",
            reply_broadcast=bool(message.calls),
            metadata=_marked(message.key),
            unfurl_links=False,
        )

    def _drawn(self, message: Message, key: str) -> dict[str, Any]:
        head = f"{message.incident} {message.headline}".strip()
        text = f"*{for_slack(head)}*\n{for_slack(message.card or message.text)}"
        section = {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, _LONGEST_CARD)}}
        return {
            "text": for_slack(head),
            "blocks": [section],
            "metadata": _marked(key),
            "unfurl_links": False,
        }

    async def _found(self, key: str, message: Message, place: str, ts: str = "") -> _Thread | None:
        """What an earlier attempt posted; where nobody may look, it is posted once more rather than never."""
        since = f"{(message.at - _LOOK_BACK).timestamp():.6f}" if message.at else "0"
        asked: dict[str, Any] = {"channel": place, "include_all_metadata": True, "limit": 200}
        try:
            if ts:
                page = await self._api.ask("conversations_replies", ts=ts, **asked)
            else:
                asked["channel"] = await self._places.identified(place)
                page = await self._api.ask("conversations_history", oldest=since, **asked)
        except Rejected as refusal:
            if refusal.word in _CANNOT_LOOK:
                return None
            raise
        found = (one for one in page.get("messages", ()) if _key_of(one) == key)
        return next((_Thread(asked["channel"], str(one["ts"])) for one in found), None)


def _marked(key: str) -> dict[str, Any]:
    return {"event_type": _MARK, "event_payload": {"key": key}}


def _key_of(posted: Mapping[str, Any]) -> str:
    metadata = posted.get("metadata") or {}
    return str((metadata.get("event_payload") or {}).get("key", ""))


CARRIER = SlackCarrier
