"""What becomes of purchases: how many succeed, why others do not, and which are made twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sandbox.causes.ailing import When
from sandbox.causes.cause import Cause, service_of
from sandbox.furnishing import Furnished
from sandbox.holding import AllHold
from sandbox.named_places import DocumentStore, Spot
from sandbox.purchases import Deal, Purchases, Says


class KeptKeys(BaseModel):
    """Where the service keeps the keys of requests, so that none is done twice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    collection: str
    key: str
    """The field that holds it."""
    at: str
    """The field that says when."""


@dataclass(frozen=True)
class KeyDrawer:
    """A collection of keys in a store of documents."""

    world: Any
    place: Spot
    store: DocumentStore
    keys: KeptKeys

    def __call__(self, name: str, key: str, at: datetime) -> None:
        """One more key."""
        path = f"{self.keys.collection}/purchase-{name}"
        self.store.keep(self.world, self.place, path, {self.keys.key: key, self.keys.at: at})


class MadePurchases(Cause, kind="purchases"):
    """Visitors buy, from now on and as long as that is so."""

    of: str
    per_minute: float = Field(default=4, gt=0)
    success: float = Field(default=1, ge=0, le=1)
    reasons: Mapping[str, float] = {"unknown": 1.0}
    """Why the others fail, and which share of them for that."""
    duplicates: float = Field(default=0, ge=0, lt=1)
    """The share of purchases whose key comes a second time."""
    bought: tuple[str, ...] = ("purchase {key} made",)
    failed: tuple[str, ...] = ("purchase {key} failed: {reason}",)
    repeated: tuple[str, ...] = ("purchase {key} came again",)
    keys: KeptKeys | None = None
    while_: When | None = Field(default=None, alias="while")

    def bring_about(self, world: Furnished) -> None:
        """Whoever visits the service buys something, too."""
        service = service_of(world, self.of)
        drawer = None
        if self.keys:
            vendor_world, store = world.store(self.keys.of)
            drawer = KeyDrawer(vendor_world, world.place(self.keys.of), store, self.keys)
        lost = {reason: share * (1 - self.success) for reason, share in self.reasons.items()}
        service.witnesses.append(
            Purchases(
                service,
                self.per_minute,
                self.while_.holds(world, self.of) if self.while_ else AllHold(),
                Deal({"": self.success, **lost}),
                Deal({"": 1 - self.duplicates, "yes": self.duplicates}),
                Says(self.bought, self.failed, self.repeated),
                drawer,
            )
        )
