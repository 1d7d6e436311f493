"""Where people are told, as `stanch.yaml` says it: which kinds of channel there are, and what each takes."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from stanch.model.base import Names, Written
from stanch.model.secret import Secret


class ChannelKind(StrEnum):
    """What a channel speaks; all but `webhook` are written as its `provider`."""

    WEBHOOK = "webhook"
    SLACK = "slack"
    EMAIL = "email"
    PAGERDUTY = "pagerduty"
    STATUSPAGE = "statuspage"


_ALWAYS = {"provider", "events"}
_TAKES: dict[ChannelKind, tuple[set[str], set[str]]] = {
    ChannelKind.WEBHOOK: ({"webhook"}, {"secret", "shape"}),
    ChannelKind.SLACK: ({"channel", "token"}, {"app_token", "signing_secret", "base_url"}),
    ChannelKind.EMAIL: ({"from", "server"}, {"to", "username", "password", "tls"}),
    ChannelKind.PAGERDUTY: ({"token"}, {"base_url"}),
    ChannelKind.STATUSPAGE: (set(), {"page", "token", "base_url"}),
}
"""What each kind has to say, and what it may say beside that."""
_BY_NAME_ONLY = {ChannelKind.EMAIL, ChannelKind.STATUSPAGE}
"""Kinds that may reach customers: told of what names them, and of the kinds under `events`."""
ALWAYS_TOLD = (ChannelKind.SLACK, ChannelKind.PAGERDUTY)
"""Kinds that hear of every incident, unless its severity names others."""
CALLING = ("page", "escalation", "hand-over")
"""The kinds of message by which people are called."""


class Channel(Written):
    """Where people are told: an address that takes a message by POST, or a place at a provider."""

    webhook: Secret | None = None
    """The address, by reference: whoever knows it can post there."""
    shape: Literal["stanch", "slack", "discord", "teams"] = "stanch"
    """Of a webhook: whose incoming webhook it is; without it the message is posted as our own JSON."""
    secret: Secret | None = None
    """Of a webhook: what the signature in `X-Stanch-Signature` is made with."""
    provider: Literal["", "slack", "email", "pagerduty", "statuspage"] = ""
    token: Secret | None = None
    """Slack: the bot's (`xoxb-…`); PagerDuty: the integration key of a service (Events API v2)."""
    app_token: Secret | None = None
    """Of a Slack app in socket mode; telling needs none."""
    signing_secret: Secret | None = None
    """Of a Slack app whose command `/stanch` people use: by it Slack proves that a request is its own."""
    channel: str = ""
    """Slack: `#name` or the channel's ID."""
    from_: str = Field(default="", alias="from")
    """Mail: the sender's address."""
    to: Names = ()
    """Mail: who gets what is said to this channel; who is called is written to at `people.NAME.email`."""
    server: str = ""
    """Mail: the SMTP server as host:port, 587 where no port is written."""
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    """Mail: how the connection is kept private; `implicit` as a rule on port 465."""
    username: str = ""
    password: Secret | None = None
    page: str = ""
    """Statuspage: which page."""
    base_url: str = ""
    """Another address of the provider's API, such as https://events.eu.pagerduty.com."""
    events: tuple[str, ...] = ()
    """Which kinds of message go there; empty means all, of mail only what names the channel."""

    @model_validator(mode="after")
    def _whole(self) -> "Channel":
        if bool(self.webhook) == bool(self.provider):
            message = "a channel has either webhook, or provider and where it is there"
            raise ValueError(message)
        needs, may = _TAKES[self.kind]
        names = {field.alias or name: name for name, field in type(self).model_fields.items()}
        written = {name for name, field in names.items() if field in self.model_fields_set}
        if missing := [name for name in names if name in needs and not getattr(self, names[name])]:
            message = f"a channel of {self.kind} says {', '.join(missing)} too"
            raise ValueError(message)
        if strange := sorted(written - needs - may - _ALWAYS):
            known = ", ".join(name for name in names if name in needs | may | {"events"})
            message = f"a channel of {self.kind} takes no {strange[0]}; it takes {known}"
            raise ValueError(message)
        if bool(self.username) != (self.password is not None):
            message = "a mail server takes both username and password, or neither"
            raise ValueError(message)
        return self

    @property
    def kind(self) -> ChannelKind:
        """What it speaks."""
        return ChannelKind(self.provider or ChannelKind.WEBHOOK)

    @property
    def is_told_by_itself(self) -> bool:
        """Whether it hears of incidents although nothing names it."""
        return self.can_be_told and (self.kind not in _BY_NAME_ONLY or bool(self.events))

    @property
    def can_be_told(self) -> bool:
        """Whether anything can be sent there at all."""
        return self.kind is not ChannelKind.STATUSPAGE

    @property
    def can_call(self) -> bool:
        """Whether people can be called by it."""
        return self.can_be_told and (not self.events or any(kind in self.events for kind in CALLING))
