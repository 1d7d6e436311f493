"""`vercel.secrets`: environment variables of production by name, and when each was last changed."""

from typing import ClassVar

from activities.contract import Reader
from activities.portable.secrets import SecretName, Secrets
from activities.vercel.answers import Variable, instant
from activities.vercel.client import NEEDS, Vercel
from activities.vercel.environment import Environment
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec


class ReadSecrets(Reader[Vercel]):
    """`vercel.secrets`."""

    spec: ClassVar = ReadingSpec(
        name="vercel.secrets",
        says="Names of production's environment variables, and when each was last changed; never a value",
        result=Secrets,
        of="vercel",
        needs=NEEDS,
        leaves_out=("outdated",),
    )

    async def read(self, look: Look) -> Secrets:
        """What visitors get may be older: a variable goes live with the next build."""
        target = look.the_target
        project = await self.vendor.project(target)
        return Secrets.of(map(_named, await Environment(self.vendor).listed(target, project.id)))


def _named(variable: Variable) -> SecretName:
    return SecretName(name=variable.key, set_at=instant(variable.updated_at) if variable.updated_at else None)
