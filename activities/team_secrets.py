"""The team's named secrets: read where they are used, and known elsewhere only by name and fingerprint."""

import hmac
from typing import Annotated

from pydantic import Field

from activities.contract import Surroundings
from stanch.errors import ConfigError, Moved
from stanch.model.base import Written
from stanch.model.change import SecretRef
from stanch.policy.signing import fingerprint


class TeamSecret(Written):
    """`{secret: NAME}`: a secret of stanch.yaml."""

    secret: Annotated[str, Field(min_length=1)]


class TeamSecrets:
    """What stands under `secrets:` in stanch.yaml."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def value(self, name: str) -> str:
        """The secret itself; from here on it is kept out of every text."""
        reference = self._around.references.get(name)
        if reference is None:
            raise ConfigError(f"secrets.{name} is missing in stanch.yaml; write {name}: env:NAME")
        return self._around.redactor.read(reference)

    def planned(self, name: str) -> SecretRef:
        """The secret as a change carries it."""
        return SecretRef(secret=name, fingerprint=fingerprint(self.value(name), self._around.fingerprint_key))

    def approved(self, planned: SecretRef) -> str:
        """The secret itself, only while it is the one that was planned with; raises `Moved` otherwise."""
        value = self.value(planned.secret)
        now = fingerprint(value, self._around.fingerprint_key)
        if not hmac.compare_digest(now, planned.fingerprint):
            raise Moved("secrets", f"{planned.secret} has rotated since it was approved: plan anew, ask anew")
        return value
