"""Who said it: keys, and what they sign. A verdict is pure over message and keyring.

A key that has been retired still verifies what it signed before, so that keys rotate while incidents are open
and histories replay. Defaults are left out of what is signed: a field that is added later breaks nothing.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from stanch.model.change import Change, Seal
from stanch.model.decision import Decision
from stanch.model.notice import Notice
from stanch.model.playbook import Pinned, PinnedOption, PinnedStep

_KEY_NAME = re.compile(r"door-([0-9a-f]{8})$")
_SEALED = {
    "verb", "kind", "target", "units", "undo", "effects", "afterwards", "direction", "settings", "limits",
    "delivery", "settles_within", "takes_away", "marker",
}  # fmt: skip


@dataclass(frozen=True)
class Keyring:
    """The key that signs, and those that did before it."""

    current: bytes = field(repr=False)
    retired: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, text: str) -> "Keyring":
        """One key or several, apart by spaces or lines; the first one signs."""
        current, *retired = text.split()
        return cls(current.encode(), tuple(key.encode() for key in retired))

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """Every key, to be kept out of texts."""
        return (self.current, *self.retired)

    def sign(self, text: str) -> str:
        """`KEY-ID.MAC`, an HMAC-SHA256."""
        return f"{key_name(self.current)}.{_mac(text, self.current)}"

    def verifies(self, text: str, signature: str) -> bool:
        """True when one of the keys made this signature; compared in constant time."""
        name, _, mac = signature.partition(".")
        found = [key for key in self.secrets if key_name(key) == name]
        return any(hmac.compare_digest(mac.encode(), _mac(text, key).encode()) for key in found)


def _mac(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def sign(decision: Decision, keys: Keyring) -> Decision:
    """The decision with the door's signature over everything else in it."""
    return decision.model_copy(update={"signature": keys.sign(_decision(decision))})


def is_signed(decision: Decision, keys: Keyring) -> bool:
    """True when the signature is the door's."""
    return keys.verifies(_decision(decision), decision.signature)


def _decision(decision: Decision) -> str:
    return f"decision {decision.model_dump_json(exclude={'signature'}, exclude_defaults=True)}"


def sign_step(step: PinnedStep, keys: Keyring) -> PinnedStep:
    """A step as it stands in a playbook, or as the door has checked it."""
    return step.model_copy(update={"signature": keys.sign(_step(step))})


def is_signed_step(step: PinnedStep, keys: Keyring) -> bool:
    """True when the door has signed it."""
    return keys.verifies(_step(step), step.signature)


def _step(step: PinnedStep) -> str:
    return f"step {step.model_dump_json(exclude={'signature'}, exclude_defaults=True)}"


def sign_pinned(pinned: Pinned, keys: Keyring) -> Pinned:
    """A scenario whose every step is signed."""
    signed = {
        name: tuple(_sign_option(option, keys) for option in getattr(pinned, name))
        for name in ("contain", "options")
    }
    return pinned.model_copy(update=dict(signed))


def _sign_option(option: PinnedOption, keys: Keyring) -> PinnedOption:
    return option.model_copy(
        update={
            "steps": tuple(sign_step(step, keys) for step in option.steps),
            "then": tuple(_sign_option(one, keys) for one in option.then),
        }
    )


def sign_notice(notice: Notice, workflow_id: str, keys: Keyring) -> Notice:
    """A notice for one workflow, with the instant at which it was issued."""
    return notice.model_copy(update={"signature": keys.sign(_notice(notice, workflow_id))})


def is_signed_notice(notice: Notice, workflow_id: str, keys: Keyring) -> bool:
    """True when the door has issued it for this workflow."""
    return keys.verifies(_notice(notice, workflow_id), notice.signature)


def _notice(notice: Notice, workflow_id: str) -> str:
    said = notice.model_dump_json(exclude={"signature", "proved"}, exclude_defaults=True)
    return f"notice {workflow_id} {said}"


def seal(change: Change, what: Seal, keys: Keyring) -> Change:
    """A change as it was planned, for one workflow: nothing else in this shape is made."""
    return change.model_copy(
        update={"seal": what.model_copy(update={"signature": keys.sign(_change(change, what))})}
    )


def is_sealed(change: Change, keys: Keyring) -> bool:
    """True when the change is as a worker of ours has planned it."""
    return change.seal is not None and keys.verifies(_change(change, change.seal), change.seal.signature)


def _change(change: Change, what: Seal) -> str:
    sealed = what.model_dump_json(exclude={"signature"}, exclude_defaults=True)
    return f"change {sealed} {change.model_dump_json(include=_SEALED, exclude_defaults=True)}"


def fingerprint(secret: str, key: bytes) -> str:
    """A keyed fingerprint: tells whether a secret rotated, and nothing else about it."""
    return hmac.new(key, b"secret:" + secret.encode(), hashlib.sha256).hexdigest()[:16]


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
