"""Every channel of a team, by name: a message is put into plain words and given to the channel's own kind."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from temporalio import activity

from activities.channels.carrier import Carrier, Line
from activities.channels.rendering import rendered
from stanch.errors import ConfigError
from stanch.model.channel import ChannelKind
from stanch.model.message import Delivered, Message
from stanch.model.rota import ON_CALL
from stanch.model.team import Team
from stanch.policy import on_call
from stanch.secrets import Redactor

MODULES = {
    ChannelKind.WEBHOOK: "activities.channels.webhook",
    ChannelKind.SLACK: "activities.channels.slack",
    ChannelKind.EMAIL: "activities.channels.mail",
    ChannelKind.PAGERDUTY: "activities.channels.pagerduty_events",
}
"""Where each kind's `CARRIER` stands; what it rests on is loaded with the first channel of its kind."""
NO_MESSAGES: Mapping[str, str] = MappingProxyType({})


class Channels:
    """Every channel of the team, by name. Raises `ConfigError` where a secret of one cannot be read."""

    def __init__(self, team: Team, redactor: Redactor, messages: Mapping[str, str] = NO_MESSAGES) -> None:
        self._channels = team.channels
        self._rota = team.on_call
        self._messages = messages
        self._carriers: dict[str, Carrier] = {
            name: import_module(MODULES[channel.kind]).CARRIER(Line(name, channel, team, redactor))
            for name, channel in team.channels.items()
            if channel.can_be_told
        }

    def activities(self) -> list[Callable[..., Any]]:
        """One for each kind, so that a history says how people were told; the file in force says where."""
        return [self._activity(kind) for kind in MODULES]

    def _activity(self, kind: ChannelKind) -> Callable[..., Any]:
        @activity.defn(name=f"tell.{kind}")
        async def tell(message: Message) -> Delivered:
            return await self.tell(message)

        return tell

    async def tell(self, message: Message) -> Delivered:
        """Deliver it; kinds not wanted there are left out."""
        delivery = self._of(message.channel)
        wanted = self._channels[message.channel].events
        if wanted and message.kind not in wanted:
            return Delivered()
        called, who = self._turn(message)
        told = await delivery.deliver(rendered(called, self._messages))
        return told.model_copy(update={"on_call": who}) if who else told

    async def try_out(self, message: Message) -> Delivered:
        """Deliver it, whatever kinds are wanted there."""
        return await self._of(message.channel).deliver(rendered(message, self._messages))

    async def prove(self, name: str) -> str:
        """What a channel was seen to be; nobody is told anything."""
        return await self._of(name).prove()

    def _turn(self, message: Message) -> tuple[Message, str]:
        """The message with whoever was on call then in place of the role; and in words, who that is.

        A message says when it was said first, so that a later attempt calls nobody else.
        """
        if self._rota is None or message.at is None or ON_CALL not in message.calls:
            return message, ""
        found = on_call.duty(self._rota, message.at)
        calls = (found.person if name == ON_CALL else name for name in message.calls)
        said = message.model_copy(update={"calls": tuple(dict.fromkeys(calls))})
        return said, f"on-call is {on_call.told(self._rota, found)}"

    def _of(self, name: str) -> Carrier:
        if name not in self._carriers:
            raise ConfigError(
                f"this worker's stanch.yaml has no channels.{name}, which the incident was opened"
                " with: give every worker and gateway the same stanch.yaml"
            )
        return self._carriers[name]
