"""Who is reached when somebody is called, and by which channels: from the files alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stanch.model.channel import Channel, ChannelKind
from stanch.model.playbook import Pinned
from stanch.model.rota import ON_CALL
from stanch.model.team import Team
from stanch.playbooks.book import Book

NO_ADDRESS = "nobody is reached: no channel takes an address of theirs"


@dataclass(frozen=True)
class Reach:
    """By which channels one name is called that playbooks or `stanch.yaml` call."""

    name: str
    people: dict[str, tuple[str, ...]]
    """Each person, with the channels that address them."""
    rooms: tuple[str, ...]
    """Channels that hear of it without addressing anybody."""
    takes_turns: bool = False
    """Only one of those people has the role at a time."""

    @property
    def says(self) -> str:
        """`ana by incidents (slack); li by nobody`."""
        each = [f"{who} by {', '.join(ways) or 'no address of theirs'}" for who, ways in self.people.items()]
        heard = [f"heard in {', '.join(self.rooms)}"] if self.rooms else []
        return "; ".join((*each, *heard)) or NO_ADDRESS

    @property
    def lost(self) -> str:
        """Why a call to that name reaches nobody at all, at some time at least; else empty."""
        silent = [who for who, ways in self.people.items() if not ways]
        if self.rooms or (self.people and not silent):
            return ""
        if len(silent) == len(self.people):
            return NO_ADDRESS
        return f"in the weeks of {', '.join(silent)} {NO_ADDRESS}" if self.takes_turns else ""


def reaches(book: Book) -> list[Reach]:
    """One for each name that is called anywhere, in the order of the playbooks."""
    names = dict.fromkeys(name for pinned in book.scenarios for name in _called(pinned))
    return [_reach(name, book.team) for name in names]


def _called(pinned: Pinned) -> Iterator[str]:
    for level in pinned.levels.values():
        yield from level.page
    yield from (rung.to for rung in pinned.escalation)
    for option in pinned.options:
        yield from option.page
    yield from (pinned.otherwise.escalate,) if pinned.otherwise.escalate else pinned.service.owners


def _reach(name: str, team: Team) -> Reach:
    calling = {channel: one for channel, one in team.channels.items() if one.can_call}
    people = {
        person: tuple(
            f"{channel} ({one.kind})" for channel, one in calling.items() if _addresses(team, person, one)
        )
        for person in team.called(name)
    }
    rooms = (f"{channel} ({one.kind})" for channel, one in calling.items() if one.kind in _ROOMS)
    takes_turns = name == ON_CALL and team.on_call is not None and name not in team.people
    return Reach(name, people, tuple(rooms), takes_turns)


_ROOMS = (ChannelKind.PAGERDUTY, ChannelKind.WEBHOOK)
"""Kinds that address nobody by name: who reads there, or is on call there, is not ours to know."""


def _addresses(team: Team, person: str, channel: Channel) -> bool:
    one = team.people[person]
    return bool({ChannelKind.SLACK: one.slack, ChannelKind.EMAIL: one.email}.get(channel.kind))


def document(book: Book) -> list[dict[str, Any]]:
    """Who is reached, as machines read it."""
    return [
        {
            "name": one.name,
            "people": {who: list(ways) for who, ways in one.people.items()},
            "rooms": list(one.rooms),
        }
        for one in reaches(book)
    ]
