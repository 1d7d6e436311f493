"""The team's named secrets: read where they are used, and known elsewhere only by name and fingerprint.

What verbs have in common that bring one of them to a vendor stands here too: no vendor shows a secret, so
that both ways lead only to values that the team's own store holds.
"""

import hmac
import re
from abc import abstractmethod
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Settings, V, Verb, arguments_of
from activities.integration import Surroundings
from activities.open_values import Key
from stanch.errors import ConfigError, Moved, PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, PlanRequest, SecretRef
from stanch.model.secret_names import words
from stanch.model.verb import Approval, VerbSpec
from stanch.policy.signing import fingerprint
from stanch.rules import Rule

_OF_WEBHOOKS = "whsec_"
"""How Stripe and Svix, and who sends by Svix, begin a signing secret."""
_WEBHOOK = re.compile(r"WEBHOOK|WHSEC|SVIX|ENDPOINT_SECRET|(^|_)SIGNING(_|$)")


class TeamSecret(Written):
    """`{secret: NAME}`: a secret of stanch.yaml."""

    secret: Annotated[str, Field(min_length=1)]


class TeamSecrets:
    """What stands under `secrets:` in stanch.yaml."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def has(self, name: str) -> bool:
        """Whether the team keeps one of this name."""
        return name in self._around.references

    def value(self, name: str) -> str:
        """The secret itself; from here on it is kept out of every text."""
        reference = self._around.references.get(name)
        if reference is None:
            raise ConfigError(f"secrets.{name} is missing in stanch.yaml; write {name}: env:NAME")
        return self._around.redactor.read(reference)

    def planned(self, name: str) -> SecretRef:
        """The secret as a change carries it."""
        return self.reference(name, self.value(name))

    def reference(self, name: str, value: str) -> SecretRef:
        """Any value as a change carries it; `name` says where it stands."""
        return SecretRef(secret=name, fingerprint=fingerprint(value, self._around.fingerprint_key))

    def approved(self, planned: SecretRef) -> str:
        """The secret itself, only while it is the one that was planned with; raises `Moved` otherwise."""
        value = self.value(planned.secret)
        now = fingerprint(value, self._around.fingerprint_key)
        if not hmac.compare_digest(now, planned.fingerprint):
            raise Moved("secrets", f"{planned.secret} has rotated since it was approved: plan anew, ask anew")
        return value


class SetSecretArguments(Written):
    """Which variable gets the value of which of the team's secrets; `before` holds what stood there."""

    key: Key
    value: TeamSecret
    before: TeamSecret | None = None


class SecretSettings(Settings):
    """One of the team's secrets on its way to a vendor, and what leads back."""

    key: str
    value: SecretRef
    before: SecretRef | None = None

    def goal(self, change: Change) -> SecretRef | None:
        """What shall stand in the direction that is taken; None where it is nothing."""
        return self.before if change.goes_back else self.value


class SetsSecret(Verb[V]):
    """Brings one of the team's secrets to a vendor; what webhooks are signed with takes two people."""

    is_of_webhooks: ClassVar = False

    @property
    @abstractmethod
    def secrets(self) -> TeamSecrets:
        """The team's store."""

    def wanted(self, request: PlanRequest) -> SecretSettings:
        """The secrets that were named, by their fingerprints."""
        asked = arguments_of(SetSecretArguments, request)
        self.refuse_of_webhooks(asked.key, asked.value)
        value = self.secrets.planned(asked.value.secret)
        before = self.secrets.planned(asked.before.secret) if asked.before else None
        if before and before.fingerprint == value.fingerprint:
            raise PolicyError(Rule.SAME_SECRET, f"{before.secret} and {value.secret} hold the same value")
        return SecretSettings(key=asked.key, value=value, before=before)

    def refuse_of_webhooks(self, key: str, wanted: TeamSecret | None) -> None:
        """Raise where two people are to be asked: what webhooks are signed with is another verb's."""
        value = self.secrets.value(wanted.secret) if wanted else ""
        if signs_webhooks(key, value) and not self.is_of_webhooks:
            instead = f"{self.spec.of}.set_webhook_secret"
            raise PolicyError(
                Rule.WEBHOOK_SECRET, f"{key} signs webhooks: use {instead}, which asks two people"
            )


def signs_webhooks(name: str, value: str = "") -> bool:
    """True of what webhooks are signed with, by its name or its value: changing it takes two people."""
    return value.startswith(_OF_WEBHOOKS) or _WEBHOOK.search(words(name)) is not None


def of_webhooks(spec: VerbSpec, says: str, *effects: str, formerly: tuple[str, ...] = ()) -> VerbSpec:
    """The same verb for what webhooks are signed with: two people are asked."""
    return replace(
        spec,
        name=f"{spec.of}.set_webhook_secret",
        says=says,
        floor=Approval.TWO,
        effects=(*spec.effects, *effects),
        formerly=formerly,
    )


def shell_name(secret: SecretRef | str) -> str:
    """What a secret, or the name of one, is called where a person types a command: `$DATABASE_URL`."""
    name = secret.secret if isinstance(secret, SecretRef) else secret
    return "$" + re.sub(r"\W", "_", name.upper())
