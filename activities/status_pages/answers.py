"""What the pages' JSON has in common: fields that are null, missing, or of a word nobody knew."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

T = TypeVar("T")


def _list(value: object) -> object:
    return [] if value is None else value


def _text(value: object) -> object:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_text)]
"""Empty where the page says null."""
Many = Annotated[tuple[T, ...], BeforeValidator(_list)]
"""Empty where the page says null."""


class Answer(BaseModel):
    """A part of a page; whatever its makers add is overlooked."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Listed(BaseModel):
    """A page whose JSON is a list."""

    model_config = ConfigDict(frozen=True)
    entries: tuple[Any, ...]
