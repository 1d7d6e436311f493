"""Slack's channels of an incident's own: found or made by name, and whoever is called is invited."""

import re
from collections.abc import Sequence

from activities.channels.slack_api import SlackApi
from stanch.errors import Rejected

_LONGEST = 80
_STRANGE = re.compile(r"[^\w-]+")
_AN_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
_TAKEN = "name_taken"
_PAGES = 20


def place_name(text: str) -> str:
    """A name as Slack takes it: lower case, no blank, no point, 80 characters at most."""
    return _STRANGE.sub("-", text.removeprefix("#").lower()).strip("-")[:_LONGEST]


class SlackPlaces:
    """The public channels of a workspace."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._known: dict[str, str] = {}

    async def opened(self, name: str, people: Sequence[str]) -> str:
        """The ID of the channel of that name, which the app is in; made where there is none."""
        plain = place_name(name)
        try:
            made = await self._api.ask("conversations_create", name=plain)
            found = str(made["channel"]["id"])
        except Rejected as refusal:
            if refusal.word != _TAKEN:
                raise
            found = await self.identified(plain)
            await self._api.ask("conversations_join", channel=found)
        await self._invite(found, people)
        return found

    async def _invite(self, channel: str, people: Sequence[str]) -> None:
        """Each by themselves: one who cannot be invited keeps nobody else out, and is mentioned anyway."""
        for person in people:
            try:
                await self._api.ask("conversations_invite", channel=channel, users=person)
            except Rejected as refusal:
                if not refusal.word:
                    raise

    async def identified(self, place: str) -> str:
        """The ID of a channel that is named; what is no channel of the workspace is `Rejected`."""
        if _AN_ID.fullmatch(place):
            return place
        plain, cursor = place_name(place), ""
        if plain in self._known:
            return self._known[plain]
        for _ in range(_PAGES):
            page = await self._api.ask("conversations_list", limit=1000, cursor=cursor, exclude_archived=True)
            self._known |= {str(one["name"]): str(one["id"]) for one in page.get("channels", ())}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor", ""))
            if plain in self._known or not cursor:
                break
        if plain not in self._known:
            raise Rejected("slack", f"no channel {place} is seen there", word="channel_not_found")
        return self._known[plain]
