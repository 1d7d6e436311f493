"""One environment variable of a Vercel project."""

from dataclasses import dataclass, field


@dataclass
class Variable:
    """An environment variable; deployments keep what it was when they were built."""

    id: str
    key: str
    value: str
    type: str = "encrypted"
    target: list[str] = field(default_factory=lambda: ["production"])
    created: int = 0
    updated: int = 0
    comment: str = ""
