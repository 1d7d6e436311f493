"""What a service is set to: its switches, its secrets."""

from typing import Any

from pydantic import Field

from sandbox.catalogues import secret_of
from sandbox.causes.ailing import Illness
from sandbox.causes.cause import Cause
from sandbox.furnishing import Furnished
from sandbox.holding import LacksSecret
from sandbox.instances import ImpossibleError


class SwitchPosition(Cause, kind="switch"):
    """What a switch has long stood at."""

    of: str
    name: str
    is_: Any = Field(alias="is")

    def bring_about(self, world: Furnished) -> None:
        """By the catalogue's own word for it, or as it is."""
        word = {True: "on", False: "off"}.get(self.is_, self.is_) if isinstance(self.is_, bool) else self.is_
        world.turn(self.of, self.name, word)


class ChangedSecret(Illness, kind="secret"):
    """A secret was changed where it is asked for, and the service still has the old one."""

    key: str
    value_of: str = ""
    """Which of the catalogue's secrets is right there, where that is another than the one of this name."""

    def bring_about(self, world: Furnished) -> None:
        """What is right stands in the team's store."""
        give_secret(world, self.of, self.key, old_value(self.key))
        right = secret_of(self.value_of or self.key, world.catalogue)
        self.falls_ill(world, LacksSecret(self.key, right))


def old_value(key: str) -> str:
    """What a secret was before it was changed where it is asked for."""
    return f"old value of {key} in the sandbox"


def give_secret(world: Furnished, service: str, key: str, value: str) -> None:
    """Every copy has long had this."""
    place = world.place(service)
    vendor_world, hosting = world.hosting(place)
    if hosting.keep is None:
        raise ImpossibleError(f"no secret is kept at {place.provider} here")
    with world.long_ago():
        hosting.keep(vendor_world, place, key, value)
