"""Which names and values may be shown to everybody who approves, and which are too long or too secret."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from activities.secret_names import names_a_secret
from stanch.errors import PolicyError

LONGEST = 200


def _as_text(value: object) -> object:
    """`false` in a playbook means the text that is stored."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Value = Annotated[str, BeforeValidator(_as_text), Field(max_length=LONGEST)]


def refuse_a_secret(key: str, verb: str) -> None:
    """Raise where a name says that its value is not for every eye."""
    if names_a_secret(key):
        raise PolicyError("holds-a-secret", f"{key} names a secret; {verb} is for values that all may see")


def refuse_what_is_no_flag(key: str, text: str) -> None:
    """Raise where what stands is longer than a flag, or no text: it could not be shown."""
    if len(text) > LONGEST or not text.isprintable():
        raise PolicyError("not-a-flag", f"{key} holds {len(text)} characters that are no flag's")
