"""`heroku.secrets`: config vars by name, when each was set as far as releases tell, which are outdated."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from activities.contract import Reader
from activities.heroku.answers import Release
from activities.heroku.client import READS, Heroku
from activities.heroku.config import ConfigVars
from activities.portable.secrets import SecretName, Secrets
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_BEGINS, _ENDS = "Set ", " config vars"


class ReadSecrets(Reader[Heroku]):
    """`heroku.secrets`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.secrets",
        says="Names of the app's config vars, when each was set, and which are not the team's; never a value",
        result=Secrets,
        of="heroku",
        needs=READS,
    )

    async def read(self, look: Look) -> Secrets:
        """Releases name what was set; values are compared here by fingerprint and dropped."""
        config, releases = await asyncio.gather(
            self.vendor.config(look.the_target), self.vendor.releases(look.the_target)
        )
        named = [SecretName(name=name, set_at=_set_at(name, releases)) for name in config]
        return Secrets.of(named, self._outdated(config))

    def _outdated(self, config: ConfigVars) -> list[str] | None:
        team = self.vendor.secrets
        known = [name for name in config if team.has(name)]
        outdated = [name for name in known if config.fingerprint(name) != team.planned(name).fingerprint]
        return outdated if known else None


def _set_at(name: str, releases: Sequence[Release]) -> datetime | None:
    """When the newest release set it: `Set CACHE_TTL, DB_POOL_MAX config vars`."""
    return next((one.created_at for one in releases if one.succeeded and name in _names(one)), None)


def _names(release: Release) -> list[str]:
    said = release.description
    is_set = said.startswith(_BEGINS) and said.endswith(_ENDS)
    return said.removeprefix(_BEGINS).removesuffix(_ENDS).replace(" and ", ", ").split(", ") if is_set else []
