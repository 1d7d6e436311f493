"""What documents there are, what copies of them, and what became of them."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from sandbox.causes.cause import Cause
from sandbox.furnishing import Furnished
from stanch.model.base import Duration


class Ago(BaseModel):
    """An instant so long ago."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ago: Duration


class KeptDocuments(Cause, kind="documents"):
    """So many documents stand in a collection, all alike."""

    of: str
    collection: str
    count: int = 1
    fields: dict[str, Ago | bool | int | float | str] = Field(default_factory=dict)
    """What each says; `{ago: 2h}` is an instant."""
    index: tuple[str, ...] = ()
    """Fields that the app has made an index of."""

    def bring_about(self, world: Furnished) -> None:
        """Beside those that stand there already."""
        vendor_world, store = world.store(self.of)
        place, now = world.place(self.of), world.sandbox.clock.now()
        fields = {
            name: now - said.ago if isinstance(said, Ago) else said for name, said in self.fields.items()
        }
        first = store.count(vendor_world, place, self.collection)
        for number in range(first, first + self.count):
            store.keep(vendor_world, place, f"{self.collection}/{number:04}", fields)
        if self.index:
            store.index(vendor_world, place, self.index)


class LostDocuments(Cause, kind="lost"):
    """A collection lost every document, and so did all copies that were made since."""

    of: str
    collection: str
    ago: Duration = timedelta(hours=1)

    def bring_about(self, world: Furnished) -> None:
        """What was copied before still has them."""
        vendor_world, store = world.store(self.of)
        store.empty(vendor_world, world.place(self.of), self.collection, self.ago)


class MadeExport(Cause, kind="export"):
    """What stands was exported once."""

    of: str
    to: str
    ago: Duration = timedelta(days=1)

    def bring_about(self, world: Furnished) -> None:
        """With what stands at this line of the world."""
        vendor_world, store = world.store(self.of)
        store.export(vendor_world, world.place(self.of), self.to, self.ago)


class MadeBackup(Cause, kind="backup"):
    """What stands was backed up once."""

    of: str
    ago: Duration = timedelta(hours=1)
    name: str = ""
    """How its name ends, where somebody is to name it."""

    def bring_about(self, world: Furnished) -> None:
        """With what stands at this line of the world."""
        vendor_world, store = world.store(self.of)
        store.back_up(vendor_world, world.place(self.of), self.name, self.ago)
