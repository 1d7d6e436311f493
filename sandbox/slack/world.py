"""Slack's part of the world: channels, who is in them, and what was posted there."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.base import World

BOT = "U0STANCH"


@dataclass
class Posted:
    """One message."""

    ts: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    edits: int = 0
    broadcast: bool = False


@dataclass
class Room:
    """One channel of the workspace."""

    id: str
    name: str
    private: bool = False
    archived: bool = False
    members: set[str] = field(default_factory=set)
    messages: list[Posted] = field(default_factory=list)

    def message(self, ts: str) -> Posted | None:
        """The message of that time, if it is there."""
        return next((one for one in self.messages if one.ts == ts), None)


class SlackWorld(World):
    """Every channel, in the order in which they were made."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.rooms: list[Room] = []
        self.people: set[str] = {BOT}

    def add_room(self, name: str, *, private: bool = False, bot: bool = True) -> Room:
        """A channel, with our app in it or not."""
        room = Room(f"C{len(self.rooms):07}XY", name, private=private, members={BOT} if bot else set())
        self.rooms.append(room)
        return room

    def room(self, named: str) -> Room | None:
        """A channel by its ID, or by its name as our app may see it."""
        name = named.removeprefix("#")
        found = next((one for one in self.rooms if named == one.id or name == one.name), None)
        hidden = found is not None and found.private and BOT not in found.members
        return None if hidden else found

    def stamp(self) -> str:
        """An instant that no other message has."""
        number = sum(len(room.messages) for room in self.rooms)
        return f"{self.clock.now().timestamp():.0f}.{number + 1:06}"

    def state(self) -> dict[str, Any]:
        """What was said where."""
        return {room.name: [message.text for message in room.messages] for room in self.rooms}
