"""Telling people: a JSON message to an address of the team's own."""

from temporalio import activity

from activities.connection import Connection
from activities.http import Api
from stanch.errors import ConfigError
from stanch.model.message import Message
from stanch.model.team import Channel
from stanch.plain import lines, one_line
from stanch.secrets import Redactor


class Channels:
    """Every channel of the team, by name."""

    def __init__(self, channels: dict[str, Channel], redactor: Redactor) -> None:
        self._addresses = {
            name: redactor.read(channel.webhook) for name, channel in channels.items() if channel.webhook
        }
        self._events = {name: channel.events for name, channel in channels.items()}
        self._api = Api("channel", Connection(), redactor)

    @activity.defn(name="tell.webhook")
    async def tell(self, message: Message) -> None:
        """Post it, with a key that tells a repetition; kinds not wanted there are left out."""
        wanted = self._events.get(message.channel, ())
        if wanted and message.kind not in wanted:
            return
        address = self._addresses.get(message.channel)
        if address is None:
            raise ConfigError(
                f"this worker's stanch.yaml has no channels.{message.channel}, which the incident was opened"
                " with: give every worker and gateway the same stanch.yaml"
            )
        plain = message.model_copy(
            update={"headline": one_line(message.headline), "text": lines(message.text)}
        )
        await self._api.post(address, plain.model_dump(mode="json"), headers={"Idempotency-Key": message.key})
