"""What people are told and asked to do: texts are worked out, messages and channels exist."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stanch.model.playbook import Announcement, Otherwise
from stanch.model.severity_levels import ManualItem
from stanch.model.written import Say, WrittenItem, WrittenOtherwise
from stanch.playbooks.context import Context
from stanch.playbooks.language import Language
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.team_file import refuse_nobody

_IS_A_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Sayings:
    """What is said in the language of one scenario."""

    context: Context
    language: Language

    def said(self, written: Say, position: Position) -> tuple[Announcement, ...]:
        """A text for all, or what each channel is told."""
        if isinstance(written, str):
            return (Announcement(text=self.language.told(written, position)),) if written else ()
        return tuple(
            self._to(channel, text, position.at(channel))
            for channel, text in written.items()
            if refuse_channel(channel, self.context, position.at(channel))
        )

    def _to(self, channel: str, text: str, position: Position) -> Announcement:
        if text in self.context.messages:
            return Announcement(channel=channel, message=text)
        if _IS_A_NAME.fullmatch(text):
            refuse_message(text, self.context, position)
        return Announcement(channel=channel, text=self.language.told(text, position))

    def items(self, written: Iterable[WrittenItem], position: Position) -> tuple[ManualItem, ...]:
        """What people do, with the commands that they type."""
        found = []
        for index, item in enumerate(written):
            here = position.at(index)
            do = self.language.told(item.do, here.at("do"))
            found.append(ManualItem(do=do, type=self.language.told(item.type, here.at("type"))))
        return tuple(found)

    def otherwise(self, written: WrittenOtherwise, position: Position) -> Otherwise:
        """Where the incident goes when nothing is left."""
        refuse_nobody(written.escalate, self.context.team, position.at("escalate"))
        return Otherwise(
            escalate=written.escalate,
            say=self.said(written.say, position.at("say")),
            manual=self.items(written.manual, position.at("manual")),
        )

    def called(self, names: Iterable[str], position: Position) -> tuple[str, ...]:
        """Who is called; each exists."""
        found = tuple(names)
        for index, name in enumerate(found):
            refuse_nobody(name, self.context.team, position.at(index))
        return found


def refuse_channel(name: str, context: Context, position: Position) -> bool:
    """False, with the position told, of a channel that the team does not have."""
    channels = context.team.channels
    if name in channels:
        return True
    instead = instead_of(name, channels, kind="channels are") or "Write channels: in stanch.yaml"
    position.wrong(f"there is no channel {name}", instead)
    return False


def refuse_message(name: str, context: Context, position: Position) -> None:
    """Tell the position of a message that no file holds."""
    if name and name not in context.messages:
        instead = instead_of(name, context.messages, kind="messages are")
        position.wrong(
            f"there is no message {name}", instead or "Write messages: [messages/*.txt] in stanch.yaml"
        )
