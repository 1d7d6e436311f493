"""`netlify.secrets`: environment variables of the site by name, and when each was last changed."""

from typing import ClassVar

from activities.contract import Reader
from activities.netlify.client import NEEDS, Netlify
from activities.netlify.environment import Environment
from activities.portable.secrets import SecretName, Secrets
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec


class ReadSecrets(Reader[Netlify]):
    """`netlify.secrets`."""

    spec: ClassVar = ReadingSpec(
        name="netlify.secrets",
        says="Names of the site's environment variables, and when each was last changed; never a value",
        result=Secrets,
        of="netlify",
        needs=NEEDS,
        leaves_out=("outdated",),
    )

    async def read(self, look: Look) -> Secrets:
        """What visitors get may be older: a variable goes live with the next build."""
        site = await self.vendor.site(look.the_target)
        touched = await Environment(self.vendor).touched(site)
        return Secrets.of(SecretName(name=one.key, set_at=one.updated_at) for one in touched)
