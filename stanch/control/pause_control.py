"""The kill switch: thrown, taken back, looked at."""

from datetime import UTC, datetime

from stanch.model.pause import Pause
from stanch.store import Store, StoreHealth


class PauseControl:
    """Where automation is paused; neither a worker nor Temporal is needed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def pause(self, pause: Pause) -> bool:
        """Throw the kill switch of a scope; False when it was thrown already."""
        return await self._store.pause(pause, datetime.now(UTC))

    async def resume(self, scope: str, by: str) -> bool:
        """Let a scope act again; False when it was not paused."""
        return await self._store.resume(scope, by, datetime.now(UTC))

    async def paused(self) -> list[str]:
        """Every switch that is thrown, in words."""
        return [one.says for one in await self._store.paused()]

    async def store_health(self) -> StoreHealth:
        """How the store is, of which all of this is asked."""
        return await self._store.health()
