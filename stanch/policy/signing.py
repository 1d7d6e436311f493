"""How a door proves to the workflow who said something."""

import hashlib
import hmac
import re

from stanch.model.decision import Decision


def sign(decision: Decision, key: bytes) -> Decision:
    """The decision with the door's HMAC-SHA256 over everything else in it."""
    return decision.model_copy(update={"signature": _mac(decision, key)})


def is_signed(decision: Decision, key: bytes) -> bool:
    """True when the signature is the door's; compared in constant time."""
    return hmac.compare_digest(decision.signature.encode(), _mac(decision, key).encode())


def _mac(decision: Decision, key: bytes) -> str:
    return hmac.new(key, decision.signed_text().encode(), hashlib.sha256).hexdigest()


def fingerprint(secret: str, key: bytes) -> str:
    """A keyed fingerprint: tells whether a secret rotated, and nothing else about it."""
    return hmac.new(key, b"secret:" + secret.encode(), hashlib.sha256).hexdigest()[:16]


_KEY_NAME = re.compile(r"door-([0-9a-f]{8})$")


def key_name(key: bytes) -> str:
    """What a door's key is called where it must not be said: two processes compare it."""
    return hmac.new(key, b"the name of this key", hashlib.sha256).hexdigest()[:8]


def identity_with(identity: str, key: bytes) -> str:
    """A worker's name at Temporal, where every gateway sees by which key it knows the door."""
    return f"{identity}/door-{key_name(key)}"


def key_named_in(identity: str) -> str:
    """The name of the key that a worker has; empty where it does not say."""
    found = _KEY_NAME.search(identity)
    return found[1] if found else ""
