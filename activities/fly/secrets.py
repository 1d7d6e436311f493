"""`fly.secrets`: names, when each was set, and which of them are known not to be the team's."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import ClassVar

from activities.contract import Reader
from activities.fly.answers import Machine, Secret
from activities.fly.client import Fly
from activities.fly.secret_metadata import record
from activities.portable.secrets import SecretName, Secrets
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec


class ReadSecrets(Reader[Fly]):
    """`fly.secrets`."""

    spec: ClassVar = ReadingSpec(
        name="fly.secrets",
        says="Names of the app's secrets, when each was set, and which are not the team's; never a value",
        result=Secrets,
        of="fly",
        needs=("read-only token of the app",),
    )

    async def read(self, look: Look) -> Secrets:
        """Digests change with values, and say nothing of them."""
        target = look.the_target
        stored, machines = await asyncio.gather(
            self.vendor.secrets(target.name), self.vendor.machines(target)
        )
        told = {name: self._is_the_teams(secret, machines) for name, secret in stored.items()}
        named = [SecretName(name=one.name, set_at=one.updated_at) for one in stored.values()]
        return Secrets.of(named, outdated_of(told))

    def _is_the_teams(self, stored: Secret, machines: Iterable[Machine]) -> bool | None:
        """Whether it has the team's value under the same name; None where no machine has noted enough.

        Machines that Stanch updated carry the fingerprint of a value beside Fly's digest of it.
        """
        team, noted = self.vendor.team_secrets, [record(machine, stored.name) for machine in machines]
        known = {one.fingerprint: one.digest for one in noted if one}
        if not known or not team.has(stored.name):
            return None
        ours = team.planned(stored.name).fingerprint
        if ours in known:
            return known[ours] == stored.digest
        return False if stored.digest in known.values() else None


def outdated_of(told: Mapping[str, bool | None]) -> list[str] | None:
    """The names that are known to be outdated; None where nothing is known of any."""
    known = {name: is_ours for name, is_ours in told.items() if is_ours is not None}
    return [name for name, is_ours in known.items() if not is_ours] if known else None
