"""Where a service takes events that others send it, and by which secret it knows them."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.instances import ServiceInstance

_SIGNED = {"stripe": "stripe-signature", "": "svix-signature"}
"""The header that a signature stands in, by who sends; Svix sends for many."""


def secret_in(copy: ServiceInstance, key: str) -> str:
    """What a copy was given under this name, wherever that was."""
    return str({**copy.environment, **copy.secrets}.get(key, ""))


@dataclass(frozen=True)
class Inlet:
    """One address for one sender's events."""

    sender: str
    key: str = ""
    """The name of the secret; nothing is checked of what a vendor here sends where there is none."""
    is_there: bool = True

    def knows(self, copy: ServiceInstance, signing: str) -> bool:
        """Whether this copy takes what is signed with that."""
        return not self.key or secret_in(copy, self.key) == signing

    def is_signed(self, headers: Mapping[str, str], body: bytes, copy: ServiceInstance) -> bool:
        """Whether a request carries a signature that this copy finds right."""
        secret = secret_in(copy, self.key).encode()
        name = _SIGNED.get(self.sender, _SIGNED[""])
        return bool(secret) and name in headers and _MADE[name](headers, body, secret)


def _by_stripe(headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
    """`t=1492774577,v1=5257a8…`: of the instant, a dot and the body."""
    said = dict(part.partition("=")[::2] for part in headers["stripe-signature"].split(","))
    made = hmac.new(secret, said.get("t", "").encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, said.get("v1", ""))


def _by_svix(headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
    """`v1,g0hM9S…`: of the event's id, the instant and the body, with dots between."""
    about = f"{headers.get('svix-id', '')}.{headers.get('svix-timestamp', '')}.".encode()
    made = base64.b64encode(hmac.new(secret, about + body, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(f"v1,{made}", headers["svix-signature"])


_MADE: Mapping[str, Callable[[Mapping[str, str], bytes, bytes], bool]] = {
    "stripe-signature": _by_stripe,
    "svix-signature": _by_svix,
}
