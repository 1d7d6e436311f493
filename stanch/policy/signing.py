"""How a door proves to the workflow who said something."""

import hashlib
import hmac

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
