"""What is sent to a service: events of those it works with, payments, and what others forge."""

from collections.abc import Iterator
from ipaddress import ip_network
from itertools import islice
from typing import Literal

from pydantic import Field

from sandbox.catalogues import secret_of
from sandbox.causes.cause import Cause, service_of
from sandbox.causes.settings import give_secret, old_value
from sandbox.furnishing import Furnished
from sandbox.holding import AllHold, GetsThrough, LacksSecret
from sandbox.inlets import Inlet
from sandbox.instances import ImpossibleError
from sandbox.named_places import Sender
from sandbox.symptoms import Symptom

_OF_A_RANGE = 8
_SAYS = {
    "forged": "webhook refused: signature verification failed ip={address}",
    "expired": "webhook refused: timestamp expired ip={address}",
}
"""How a service writes down what it refuses."""


class WebhookState(Cause, kind="webhook"):
    """What becomes of the events that somebody sends a service, and by which secret it knows them."""

    of: str
    sender: str = "stripe"
    key: str
    value_of: str = ""
    """Which of the catalogue's secrets is right there, where that is another than the one of this name."""
    is_: Literal["well", "disabled", "wrong-secret", "address-404", "undelivered"] = Field(alias="is")
    per_minute: int = Field(default=1, gt=0)
    address: str = "198.51.100.23"
    """Where they are sent from."""
    says: str = ""
    """How each that is refused is written down."""
    numbers: dict[str, float] = Field(default_factory=dict)
    """What other numbers are while they are refused."""

    def bring_about(self, world: Furnished) -> None:
        """Only the team's store knows what is right."""
        right, service = secret_of(self.value_of or self.key, world.catalogue), service_of(world, self.of)
        give_secret(world, self.of, self.key, old_value(self.key) if self.is_ == "wrong-secret" else right)
        service.inlets[self.sender] = Inlet(self.sender, self.key, is_there=self.is_ != "address-404")
        sender = world.sender(self.sender, self.of)
        if sender:
            sender.sign_with(right)
            sender.per_minute = self.per_minute
        if sender and self.is_ == "disabled":
            sender.disable()
        line = (self.says or _SAYS["forged"]).format(address=self.address)
        holds = sender.is_refused_by if sender else LacksSecret(self.key, right)
        refused = Symptom(holds, numbers=self.numbers, remarks=((line, self.per_minute),))
        service.symptoms.append(self._failing() if self.is_ == "undelivered" else refused)

    def _failing(self) -> Symptom:
        """The service takes them and fails."""
        says = self.says or "500 Internal Server Error: an event could not be handled"
        return Symptom(AllHold(), says, (f"/api/webhooks/{self.sender}",), 0.01, numbers=self.numbers)


class PaymentNews(Cause, kind="payments"):
    """How many pay, and which share of them is declined for which reason."""

    of: str
    sender: str = "stripe"
    per_minute: float = Field(default=1, ge=0)
    declined: dict[str, float] = Field(default_factory=dict)

    def bring_about(self, world: Furnished) -> None:
        """From now on; nothing at the service is the reason."""
        sender = _vendor(world, self.sender, self.of)
        sender.per_minute, sender.declined = self.per_minute, self.declined


class Attackers(Cause, kind="attackers"):
    """Somebody sends what a service refuses and writes down, until it does not get through any more."""

    of: str
    from_: tuple[str, ...] = Field(alias="from", min_length=1)
    """Addresses and ranges; of a range the first eight attack."""
    kind: Literal["forged", "expired"] = "forged"
    per_minute: int = Field(default=60, gt=0)
    says: str = ""
    leaked: str = ""
    """The secret that makes it worth their while: they are gone when the service has another one."""
    value_of: str = ""
    """Which of the catalogue's secrets has leaked, where that is another than the one of this name."""

    def bring_about(self, world: Furnished) -> None:
        """Each address has its share; visitors notice nothing."""
        addresses, service = list(self._addresses()), service_of(world, self.of)
        each = max(1, self.per_minute // len(addresses))
        for address in addresses:
            line = (self.says or _SAYS[self.kind]).format(address=address)
            through = GetsThrough(world.walls(), self.of, address)
            service.symptoms.append(
                Symptom(AllHold((through,), self._useless(world)), remarks=((line, each),))
            )

    def _addresses(self) -> Iterator[str]:
        for one in self.from_:
            yield from (str(address) for address in islice(ip_network(one), _OF_A_RANGE))

    def _useless(self, world: Furnished) -> tuple[LacksSecret, ...]:
        leaked = secret_of(self.value_of or self.leaked, world.catalogue)
        return (LacksSecret(self.leaked, leaked),) if self.leaked else ()


def _vendor(world: Furnished, name: str, service: str) -> Sender:
    sender = world.sender(name, service)
    if sender is None:
        raise ImpossibleError(f"nothing is paid by {name} here")
    return sender
