"""`probe.dns`: whether the name of an address is known."""

import asyncio
from typing import ClassVar

import httpx

from activities.contract import Reader
from activities.probes.prober import DEADLINE, Prober
from stanch.errors import Unavailable
from stanch.model.address import OpenAddress
from stanch.model.base import Written
from stanch.model.evidence import FROM_HERE, Look, Reading
from stanch.model.verb import ReadingSpec


class NameArguments(Written):
    """Which address's host."""

    url: OpenAddress


class ResolvedName(Reading):
    """What the resolver of this machine says of a name."""

    name: str
    missing: bool
    """There is no such name, or it has no address."""
    addresses: tuple[str, ...] = ()

    def line(self) -> str:
        """`shop.example: 2 addresses, 192.0.2.7 192.0.2.8 (asked from Stanch's own place)`."""
        if self.missing:
            return f"{self.name}: there is no such name ({FROM_HERE})"
        number = f"{len(self.addresses)} address{'' if len(self.addresses) == 1 else 'es'}"
        return f"{self.name}: {number}, {' '.join(self.addresses)} ({FROM_HERE})"


class ReadName(Reader[Prober]):
    """`probe.dns`."""

    spec: ClassVar = ReadingSpec(
        name="probe.dns",
        says="Whether the name of an address is known to the resolver, and to which addresses it leads",
        result=ResolvedName,
        arguments=NameArguments,
        good_when="!it.missing",
    )

    async def read(self, look: Look) -> ResolvedName:
        """A resolver that does not answer says nothing about the name."""
        name = httpx.URL(NameArguments.model_validate(look.arguments).url).host
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                found = await self.vendor.resolve(name)
        except TimeoutError as error:
            raise Unavailable("dns", f"no answer in time about {name}") from error
        return ResolvedName(name=name, missing=not found, addresses=tuple(sorted(found)))
