"""`cloudflare.hyperdrive`: how Hyperdrive reaches the database."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.cloudflare.bindings import HYPERDRIVE, bound
from activities.cloudflare.client import Cloudflare
from activities.cloudflare.set_hyperdrive_limit import MOST
from activities.contract import Reader
from stanch.model.base import Written
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec


class HyperdriveArguments(Written):
    """By the Worker's name for it, where it is bound to several."""

    config: str = ""


class Hyperdrive(Reading):
    """One configuration, without its password."""

    id: str
    name: str
    connection_limit: int | None
    """The soft limit on connections to the database; None where it is not told."""
    at_most: int = MOST
    caching: bool
    max_age: int | None
    """Seconds for which an answer of the database is kept."""
    modified_at: Annotated[datetime | None, AgeAs("age")]

    def line(self) -> str:
        """`pitchey-db: at most 60 connections, answers kept 60 s`."""
        limit = self.connection_limit or "an unknown number of"
        kept = f"answers kept {self.max_age} s" if self.caching and self.max_age else "answers kept"
        return f"{self.name}: at most {limit} connections, {kept if self.caching else 'no answer is kept'}"


class ReadHyperdrive(Reader[Cloudflare]):
    """`cloudflare.hyperdrive`."""

    spec: ClassVar = ReadingSpec(
        name="cloudflare.hyperdrive",
        says="The Hyperdrive configuration: connection limit, caching, when it was last changed",
        result=Hyperdrive,
        arguments=HyperdriveArguments,
        of="cloudflare",
        needs=("Workers Scripts:Read", "Hyperdrive:Read"),
    )

    async def read(self, look: Look) -> Hyperdrive:
        """The configuration that the Worker is bound to."""
        target = look.the_target
        wanted = HyperdriveArguments.model_validate(look.arguments)
        config = await bound(self.vendor, target, HYPERDRIVE, wanted.config)
        pool = await self.vendor.pool(target, config)
        caching = pool.caching
        return Hyperdrive(
            id=pool.id,
            name=pool.name,
            connection_limit=pool.origin_connection_limit,
            caching=caching is None or not caching.disabled,
            max_age=caching.max_age if caching else None,
            modified_at=pool.modified_on,
        )
