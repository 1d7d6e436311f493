"""What a machine's metadata says of a secret it was updated with: Fly itself keeps no trace that tells.

Before the secret is set, one machine notes the fingerprint and the change; every machine that was updated
with it carries the fingerprint, Fly's digest and the version. A fingerprint is keyed and tells nothing of the
value.
"""

from dataclasses import dataclass

from activities.fly.answers import Machine

_KEY = "stanch_secret_"


def key_of(secret: str) -> str:
    """Where a machine's metadata speaks of this secret."""
    return f"{_KEY}{secret}"


@dataclass(frozen=True)
class Record:
    """A machine was updated with the secret of this fingerprint, which Fly knows by this digest."""

    fingerprint: str
    digest: str
    version: int

    def __str__(self) -> str:
        return f"{self.fingerprint} {self.digest} {self.version}"


def record(machine: Machine, secret: str) -> Record | None:
    """What the machine was last updated with; None where nothing of ours was."""
    match machine.metadata.get(key_of(secret), "").split():
        case [fingerprint, digest, version] if version.isdigit():
            return Record(fingerprint, digest, int(version))
        case _:
            return None


def intent(fingerprint: str, marker: str) -> str:
    """What is noted before the secret is set."""
    return f"{fingerprint} {marker}"


def is_intended(machine: Machine, secret: str, fingerprint: str, marker: str) -> bool:
    """True where this change noted that it was about to set the secret."""
    return machine.metadata.get(key_of(secret), "") == intent(fingerprint, marker)
