"""The store as the rest of Stanch sees it: awaited, bounded in time, and away rather than wrong."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from stanch.errors import Unavailable
from stanch.model.base import Frozen
from stanch.model.change import Target
from stanch.model.guard import Ask, GuardState, Holder, LetGo, Verdict
from stanch.model.pause import Pause
from stanch.store import belonging, guards, pauses, schema
from stanch.store.belonging import Belonging
from stanch.store.engine import POSTGRES_AT_ONCE, READS, Address, engine_at
from stanch.store.tables import SCHEMA

T = TypeVar("T")
_WITHIN = timedelta(seconds=8)
"""Longer than a database waits for a lock, shorter than an attempt of the activity that asks."""


def _sure() -> None:
    """Whoever has no doubt."""


class StoreHealth(Frozen):
    """How the store is."""

    where: str
    is_writable: bool = False
    schema_version: str = ""
    namespace: str = ""
    why: str = ""
    """What is the matter, where something is."""

    @property
    def says(self) -> str:
        """In words, without where it is: everybody may hear it."""
        if self.why:
            return "away: nothing is changed until it answers"
        return f"writable, schema {self.schema_version}, namespace {self.namespace or 'none yet'}"


class Store:
    """One database. Its calls raise `Unavailable` where it does not answer: then nothing is allowed."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.granted = asyncio.Event()
        """Something was granted; whoever waits for it clears it."""
        self.unfit = "it has not been held against Temporal yet"
        """Why no question is answered; empty where they are."""
        self._engine = engine_at(address)
        at_once = 1 if address.file else POSTGRES_AT_ONCE
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="store")

    async def prepare(self) -> None:
        """The database has this release's tables; raises `ConfigError` where it has a newer one's."""
        if await self._read(schema.revision) != SCHEMA:
            await self._write(schema.bring_up_to_date)

    async def close(self) -> None:
        """Nothing is asked any more."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    async def ask(self, question: Ask, sure: Callable[[], None] = _sure) -> Verdict:
        """Yes and locked, or the rule that says no; asked again, the answer to a yes is yes.

        Nothing is written where `sure` raises, which is asked with the target already locked to others.
        """
        if self.unfit:
            raise Unavailable("store", self.unfit)
        verdict = await self._write(lambda connection: guards.ask(connection, question), sure)
        if verdict.granted:
            self.granted.set()
        return verdict

    async def let_go(
        self, target: Target, letting: LetGo, at: datetime, sure: Callable[[], None] = _sure
    ) -> None:
        """The incident is done with the target; `sure` as in asking."""
        await self._write(lambda connection: guards.let_go(connection, target, letting, at), sure)

    async def evict(self, target: Target, holder: Holder, at: datetime) -> None:
        """The holder was found closed: terminated by hand, it could not let go itself."""
        await self._write(lambda connection: guards.evict(connection, target, holder, at))

    async def take_over(self, target: Target, former: Holder, at: datetime) -> None:
        """A target that a guard of an earlier release kept; twice is as once."""
        await self._write(lambda connection: guards.take_over(connection, target, former, at))

    async def guard(self, target: Target) -> GuardState:
        """Everything that is remembered of a target."""
        return await self._write(lambda connection: guards.state(connection, target))

    async def holders(self) -> list[tuple[str, Holder]]:
        """Every lock that is held, by its target's key."""
        return await self._read(guards.holders)

    async def pause(self, thrown: Pause, at: datetime) -> bool:
        """Throw the kill switch of a scope; False when it was thrown already."""
        return await self._write(lambda connection: pauses.pause(connection, thrown, at))

    async def resume(self, scope: str, by: str, at: datetime) -> bool:
        """Let a scope act again; False when it was not paused."""
        return await self._write(lambda connection: pauses.resume(connection, scope, by, at))

    async def paused(self) -> list[Pause]:
        """Every switch that is thrown."""
        return await self._read(pauses.listed)

    async def belonging(self) -> Belonging:
        """To which Temporal it belongs."""
        return await self._read(belonging.read)

    async def belongs_to(self, namespace: str, least: int = 0) -> Belonging:
        """A new epoch of this store begins, at this namespace."""
        return await self._write(lambda connection: belonging.belongs_to(connection, namespace, least))

    async def health(self) -> StoreHealth:
        """How it is, found out by writing something that is taken back at once."""
        where = str(self.address)
        try:
            version = await self._read(schema.revision)
            if version != SCHEMA:
                why = f"it has the schema {version or 'of an empty database'}, and {SCHEMA} is needed"
                return StoreHealth(where=where, schema_version=version, why=why)
            known = await self._in_thread(self._probe)
        except Unavailable as error:
            return StoreHealth(where=where, why=str(error))
        return StoreHealth(where=where, is_writable=True, schema_version=version, namespace=known.namespace)

    def _probe(self) -> Belonging:
        with self._engine.connect() as connection, connection.begin() as transaction:
            known = belonging.read(connection)
            belonging.belongs_to(connection, known.namespace, known.epoch)
            transaction.rollback()
            return known

    async def _write(self, work: Callable[[Connection], T], sure: Callable[[], None] = _sure) -> T:
        def transaction() -> T:
            with self._engine.begin() as connection:
                done = work(connection)
                sure()
                return done

        return await self._in_thread(transaction)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            with self._engine.connect().execution_options(**READS) as connection, connection.begin():
                return work(connection)

        return await self._in_thread(transaction)

    async def _in_thread(self, transaction: Callable[[], T]) -> T:
        running = asyncio.get_running_loop().run_in_executor(self._threads, transaction)
        try:
            return await asyncio.wait_for(asyncio.shield(running), _WITHIN.total_seconds())
        except TimeoutError:
            running.add_done_callback(_forgotten)
            raise self._away(f"no answer within {_WITHIN.total_seconds():g} s") from None
        except (SQLAlchemyError, OSError) as error:
            raise self._away(_reason(error)) from None

    def _away(self, why: str) -> Unavailable:
        return Unavailable("store", f"{self.address} does not answer: {why}")


def _forgotten(late: "asyncio.Future[T]") -> None:
    """What came too late is not looked at, and not complained of a second time."""
    if not late.cancelled():
        late.exception()


def _reason(error: SQLAlchemyError | OSError) -> str:
    """The database's own words, on one line: neither the statement nor what it was asked with."""
    said = str(getattr(error, "orig", None) or error)
    return " ".join(said.split())
