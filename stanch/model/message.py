"""What people are told."""

from pydantic import AwareDatetime, Field

from stanch.model.alert import Severity
from stanch.model.base import Frozen
from stanch.model.channel import ChannelKind


class TimelineEntry(Frozen):
    """One line of the timeline."""

    at: AwareDatetime
    kind: str
    text: str
    by: str = "stanch"


class Message(Frozen):
    """What people are told; a channel renders it."""

    channel: str
    by: ChannelKind = ChannelKind.WEBHOOK
    """What the channel speaks, as the incident knows it; the file in force says where and how."""
    kind: str
    incident: str
    service: str
    severity: Severity
    headline: str
    text: str
    key: str
    """The same message twice is one message."""
    at: AwareDatetime | None = None
    """When it was said first."""
    calls: tuple[str, ...] = ()
    """Who is called by it: people, roles, or everybody."""
    call: str = ""
    """Which `Summons` it belongs to."""
    card: str = ""
    """How the incident stood then, for channels that keep that at the top."""
    thread: str = ""
    """Where the card stands there already, as that channel's own activity said it."""
    place: str = ""
    """A place of the incident's own there, which is made where there is none."""
    template: str = ""
    """The team's own words, by the name of their file; `text` where it cannot be read."""
    fields: dict[str, str] = Field(default_factory=dict)
    """What the template speaks of."""


class Delivered(Frozen):
    """What came of a message that a channel took."""

    thread: str = ""
    """Where the card stands, for whoever tells the same channel next."""
    missed: tuple[str, ...] = ()
    """Who of those who were called cannot be addressed there: no such address of theirs is written."""
    said: str = ""
    """What did not go as it should, and did not keep the message from being taken."""
    on_call: str = ""
    """Who had the role `on-call` when it was said, and from where that is known; empty where nobody asked."""


class Summons(Frozen):
    """Somebody who is called, until each has been reached by one channel or the other."""

    id: str
    names: tuple[str, ...]
    """People, roles, or everybody; a channel means whoever reads it."""
    kind: str
    text: str
    since: AwareDatetime
    """When a channel was asked last."""
    trying: tuple[str, ...] = ()
    """Channels that have neither taken nor refused it."""
    took: tuple[str, ...] = ()
    """Channels that have taken it."""
    left: tuple[str, ...] = ()
    """Who could be addressed by none of those."""
    ways: tuple[str, ...] = ()
    """Channels that are still to be asked, one after the other."""
    unreached: bool = False
    """No channel has taken it, and none is left: people know that by the doors only."""
