"""One flag of Vercel Flags, and one store of a Global Config: what programs read while they run."""

import json
from dataclasses import dataclass, field
from typing import Any


def shown_as_text(value: Any) -> str:
    """A value as a program's environment would hold it."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass
class Flag:
    """A flag with its variants, and what it is in production."""

    id: str
    slug: str
    variants: dict[str, Any]
    """Values, by identifier."""
    production: dict[str, Any]
    created: int
    revision: int = 1
    state: str = "active"
    messages: list[str] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """Its ETag: another one after each change."""
        return f'W/"{self.slug}-{self.revision}"'

    @property
    def shown(self) -> str:
        """What everybody gets whom no rule concerns."""
        part = self.production
        outcome = part["fallthrough"] if part["active"] else part["pausedOutcome"]
        return shown_as_text(self.variants[outcome["variantId"]])

    def body(self, project: str, account: str) -> dict[str, Any]:
        """As it is shown."""
        return {
            "id": self.id,
            "slug": self.slug,
            "description": "",
            "kind": "boolean",
            "state": self.state,
            "variants": [{"id": one, "value": value} for one, value in self.variants.items()],
            "environments": {"production": {**self.production, "revision": self.revision}},
            "createdAt": self.created,
            "updatedAt": self.created,
            "createdBy": "u1",
            "projectId": project,
            "ownerId": account,
            "revision": self.revision,
            "seed": 7,
            "typeName": "flag",
        }


@dataclass
class GlobalConfig:
    """One Global Config of a team."""

    id: str
    account: str
    slug: str
    items: dict[str, Any]
    """The same that the programs read of it."""
    created: int
    purpose: str = ""

    def body(self) -> dict[str, Any]:
        """As it is shown, without its items."""
        purpose = {"type": self.purpose, "projectId": "prj_flags"} if self.purpose else None
        return {
            "id": self.id,
            "slug": self.slug,
            "ownerId": self.account,
            "digest": "0" * 64,
            "createdAt": self.created,
            "updatedAt": self.created,
            **({"purpose": purpose} if purpose else {}),
            "sizeInBytes": 100,
            "itemCount": len(self.items),
        }
