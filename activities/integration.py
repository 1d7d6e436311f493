"""What an outside system is: how it is connected, what can be done there, how its credential is tried."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activities.contract import Reader, Verb
from activities.finding import AccountFinder
from activities.open_questions import OpenQuestion
from stanch.errors import ConfigError
from stanch.model.change import Target
from stanch.model.team import Provider
from stanch.model.verb import TargetSpec
from stanch.secrets import Redactor


@dataclass(frozen=True)
class Surroundings:
    """What a provider is connected with: its settings, the team's, and what must stay hidden."""

    settings: Provider
    redactor: Redactor
    fingerprint_key: bytes = field(default=b"", repr=False)
    references: dict[str, str] = field(default_factory=dict)
    """The team's named secrets, by reference."""

    def token(self, provider: str) -> str:
        """The provider's credential."""
        if self.settings.token is None:
            raise ConfigError(f"providers.{provider}.token is missing in stanch.yaml; write token: env:NAME")
        return self.redactor.read(self.settings.token)


@dataclass(frozen=True)
class Proof:
    """What a credential was seen to reach."""

    saw: str
    granted: frozenset[str] | None = None
    """The permissions it has, by the vendor's names; None where the vendor does not say."""


@dataclass(frozen=True)
class Credential:
    """How a vendor's credential is tried, and how a person makes one; `{name}` stands for the target's."""

    prove: Callable[[Any, Target], Awaitable[Proof]]
    """Takes what `connect` made, reads something of a target and changes nothing."""
    made_by: str
    keyless: Callable[[Provider], str] = lambda _: ""
    """What says who we are where these settings need no token; empty where they do."""
    reference: Callable[[Provider, Target], str | None] = lambda settings, _: settings.token
    """Where the secret is kept that a target is reached with; None where none is written."""
    written: str = "token: env:NAME"
    """How it is written under the provider's name in stanch.yaml."""


@dataclass(frozen=True)
class Integration:
    """One outside system: how it is connected, and what can be done and read there."""

    name: str
    connect: Callable[[Surroundings], Any]
    verbs: Sequence[type[Verb[Any]]] = ()
    readings: Sequence[type[Reader[Any]]] = ()
    target: TargetSpec | None = None
    vendor: bool = False
    """It takes a credential: it works only where `providers.NAME` is set."""
    account: str = ""
    """The integration whose settings and credential are its own too, such as `aws` of what AWS manages."""
    credential: Credential | None = None
    settings: tuple[str, ...] = ()
    """What `providers.NAME` may say beside `token`, `base_url` and `status_page`."""
    pages: tuple[str, ...] = ()
    """Status pages that are known by name."""
    offers_none: Mapping[str, str] = field(default_factory=dict)
    """Verbs and readings of other vendors that this one has nothing for, and why."""
    limits: str = ""
    """What the vendor allows of all requests together, where that is known."""
    per_second: float | None = None
    """How many activities a second all workers together may begin there; None leaves it to the vendor."""
    finder: AccountFinder | None = None
    """How `stanch init` looks around there; None where it cannot."""
    questions: tuple[OpenQuestion, ...] = ()
    """What only a real account can settle; none where everything is documented or was seen."""

    @property
    def provider(self) -> str:
        """Under which name of `providers:` its settings and its credential stand."""
        return self.account or self.name

    @property
    def itself(self) -> Target:
        """What a credential is tried on where nothing runs there."""
        return Target(provider=self.name, name=self.name)
