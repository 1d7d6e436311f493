"""How a secret is written: as a reference, never itself."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

REFERENCES = ("env:", "file:")


def _reference(value: str) -> str:
    if not value.startswith(REFERENCES) or value in REFERENCES:
        message = "a secret is written as a reference, env:NAME or file:/run/secrets/name, never itself"
        raise ValueError(message)
    return value


Secret = Annotated[
    str, AfterValidator(_reference), WithJsonSchema({"type": "string", "pattern": "^(env|file):."})
]
"""Where a secret is found; only the process that needs it reads it."""
