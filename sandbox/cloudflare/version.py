"""One version of a Worker, and one deployment of versions."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Split = dict[str, float]
SECRET = "secret_text"  # noqa: S105 - a kind of binding
AUTHOR = "ana@team.example"
_SHOWN = "%Y-%m-%dT%H:%M:%S.%fZ"


def text(name: str, value: str) -> dict[str, Any]:
    """A variable as a binding."""
    return {"type": "plain_text", "name": name, "text": value}


@dataclass
class Version:
    """Code, bindings and settings together; `good` is what visitors make of the code."""

    id: str
    number: int
    code: str
    created: datetime
    good: bool = True
    bindings: list[dict[str, Any]] = field(default_factory=list)
    secrets: dict[str, int] = field(default_factory=dict)
    """How often each secret had been changed when this version was made."""
    annotations: dict[str, str] = field(default_factory=dict)
    migration: str = ""
    author: str = AUTHOR
    source: str = "wrangler"

    @property
    def variables(self) -> dict[str, str]:
        """Its variables by name."""
        return {one["name"]: one["text"] for one in self.bindings if one["type"] == "plain_text"}

    def line(self) -> dict[str, Any]:
        """As a list shows it."""
        return {**self._head(), "annotations": self.annotations}

    def body(self) -> dict[str, Any]:
        """As it is shown alone; of a secret only its name."""
        runtime = {"compatibility_date": "2026-10-01", "usage_model": "standard"}
        if self.migration:
            runtime["migration_tag"] = self.migration
        return {
            **self._head(),
            "resources": {
                "bindings": self.bindings,
                "script": {"etag": self.code, "handlers": ["fetch"], "last_deployed_from": self.source},
                "script_runtime": runtime,
            },
        }

    def _head(self) -> dict[str, Any]:
        created = shown(self.created)
        return {
            "id": self.id,
            "number": self.number,
            "metadata": {
                "created_on": created,
                "modified_on": created,
                "source": self.source,
                "author_id": "408cbcdfd4dda4617efef40b04d168a1",
                "author_email": self.author,
                "hasPreview": False,
            },
        }


@dataclass
class Deployment:
    """Which versions get which share from an instant on."""

    id: str
    split: Split
    created: datetime
    annotations: dict[str, str]
    author: str = AUTHOR
    source: str = "wrangler"

    def body(self) -> dict[str, Any]:
        """As Cloudflare shows it."""
        return {
            "id": self.id,
            "source": self.source,
            "strategy": "percentage",
            "author_email": self.author,
            "created_on": shown(self.created),
            "annotations": self.annotations,
            "versions": [
                {"version_id": version, "percentage": share} for version, share in self.split.items()
            ],
        }


def shown(at: datetime) -> str:
    """An instant as Cloudflare writes it, to the microsecond."""
    return at.strftime(_SHOWN)
