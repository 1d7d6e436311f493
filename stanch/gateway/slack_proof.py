"""How Slack proves that a request is its own (`v0`, 2026-11), and which member of it is which person."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import timedelta

from stanch.errors import ConfigError
from stanch.gateway.tokens import read
from stanch.model.channel import ChannelKind
from stanch.model.team import Team
from stanch.secrets import Redactor

FRESH = timedelta(minutes=5)
"""What was signed longer ago, or is to be signed later, is refused."""

_LONGEST_TIME = 12


class SeenSignatures:
    """The signatures of the last minutes, of this process."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def is_new(self, signature: str) -> bool:
        """True the first time; a copy of a request bears the same signature."""
        now = time.time()
        # One that is dated ahead stays good for twice as long.
        self._until = {known: until for known, until in self._until.items() if until > now}
        if signature in self._until:
            return False
        self._until[signature] = now + 2 * FRESH.total_seconds()
        return True


class SlackProof:
    """The signing secrets of the team's Slack apps, and its people by their member IDs."""

    def __init__(self, team: Team, redactor: Redactor) -> None:
        self._secrets = tuple(
            read(redactor, channel.signing_secret, f"channels.{name}.signing_secret").encode()
            for name, channel in team.channels.items()
            if channel.kind is ChannelKind.SLACK and channel.signing_secret
        )
        self._people: dict[str, str] = {}
        for name, person in team.people.items():
            first = self._people.setdefault(person.slack, name) if person.slack else name
            if self._secrets and first != name:
                raise ConfigError(
                    f"{first} and {name} have the same slack: in stanch.yaml: give each their own member ID"
                )

    @property
    def is_configured(self) -> bool:
        """Whether any Slack app of the team may send something."""
        return bool(self._secrets)

    def signed(self, headers: Mapping[str, str], body: bytes) -> str:
        """The signature, where it is one of Slack's and fresh; empty otherwise."""
        at, shown = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        dated = at.isascii() and at.isdecimal() and len(at) <= _LONGEST_TIME
        if not dated or abs(time.time() - int(at)) > FRESH.total_seconds():
            return ""
        text = b"v0:" + at.encode() + b":" + body
        made = ["v0=" + hmac.new(secret, text, hashlib.sha256).hexdigest() for secret in self._secrets]
        fits = [hmac.compare_digest(one.encode(), shown.encode()) for one in made]
        return shown if any(fits) else ""

    def person(self, member: str) -> str | None:
        """Who that member of Slack is; names there change, and are never looked at."""
        return self._people.get(member)
