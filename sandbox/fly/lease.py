"""A lease on a Fly machine."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class Lease:
    """The right of one holder to change a machine."""

    nonce: str
    expires_at: datetime
    owner: str
    description: str
    version: str

    def body(self) -> dict[str, Any]:
        """The lease as the API shows it."""
        return {
            "nonce": self.nonce,
            "expires_at": int(self.expires_at.timestamp()),
            "owner": self.owner,
            "description": self.description,
            "version": self.version,
        }
