"""What pydantic finds wrong, in the author's words; the value that was written is never shown."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of

M = TypeVar("M", bound=BaseModel)

EMPTY = ("is empty", "Write a value, or leave the line out")
_WANTED = {
    "string_type": ("wants a text", "Put the value in quotes"),
    "model_type": ("wants fields of its own", "Write them below it, as key: value"),
    "model_attributes_type": ("wants fields of its own", "Write them below it, as key: value"),
    "dict_type": ("wants fields of its own", "Write them below it, as key: value"),
    "tuple_type": ("wants a list", "Write [one, two], or one to a line, each after a dash"),
    "list_type": ("wants a list", "Write [one, two], or one to a line, each after a dash"),
    "time_delta_parsing": ("wants a length of time", "Write it with its unit: 30s, 15m, 1h30m, 2d"),
    "time_delta_type": ("wants a length of time", "Write it with its unit: 30s, 15m, 1h30m, 2d"),
    "bool_parsing": ("wants true or false", ""),
    "bool_type": ("wants true or false", ""),
    "int_parsing": ("wants a whole number", ""),
    "int_type": ("wants a whole number", ""),
    "int_from_float": ("wants a whole number", ""),
    "float_parsing": ("wants a number", ""),
    "float_type": ("wants a number", ""),
    "missing": ("is missing", ""),
}


def checked(model: type[M], value: Any, position: Position) -> M | None:
    """The model of what is written there; None when something is wrong, which the position then knows."""
    read = _read(model, value)
    if not isinstance(read, list):
        return read
    for one in read:
        complain(one, model, position)
    return None


def errors_in(model: type[BaseModel], value: Any) -> Sequence[ErrorDetails]:
    """Everything that pydantic finds wrong."""
    read = _read(model, value)
    return read if isinstance(read, list) else ()


def _read(model: type[M], value: Any) -> M | list[ErrorDetails]:
    """The model or its errors; pydantic's exception holds the values and ends here."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        return error.errors(include_url=False)
    except (OverflowError, TypeError):
        # pydantic raises a TypeError where a limit cannot be held against a value (2.14).
        return [ErrorDetails(type="unfit", loc=(), msg="holds a value that nothing can be made of", input="")]


def complain(error: ErrorDetails, model: type[BaseModel], position: Position) -> None:
    """One of pydantic's errors, at the place that it is about."""
    keys = tuple(key for key in error["loc"] if key != "[key]")
    here, kind = position.at(*keys), error["type"]
    if kind == "extra_forbidden":
        here.wrong("there is no such key", instead_of(str(keys[-1]), _fields_at(model, keys[:-1])))
        return
    if error["input"] is None and kind != "missing":
        here.wrong(*EMPTY)
        return
    if kind in ("enum", "literal_error"):
        allowed = _words(error)
        said = error["input"]
        here.wrong(
            "is none of the words that may stand here",
            instead_of(said if isinstance(said, str) else "", allowed, kind="it is one of"),
        )
        return
    what, instead = _meant(error, keys, model) or _WANTED.get(kind, (_plain(error["msg"]), ""))
    here.wrong(what, instead)


def _meant(
    error: ErrorDetails, keys: tuple[str | int, ...], model: type[BaseModel]
) -> tuple[str, str] | None:
    """What somebody meant who writes a colon in a list of texts, or a secret where one is named."""
    if error["type"] == "string_type" and isinstance(error["input"], Mapping) and isinstance(keys[-1], int):
        return "a text with a colon stands in quotes", 'Write ["a: b"]'
    if error["type"].startswith("model_") and [*_fields_at(model, keys)] == ["secret"]:
        return (
            "a secret is named, never written",
            "Write {secret: NAME}, NAME under secrets: in stanch.yaml",
        )
    return None


def _plain(message: str) -> str:
    message = message.removeprefix("Value error, ").replace("Input should", "should", 1)
    return message.replace("datetime.timedelta(0)", "0s")


def _words(error: ErrorDetails) -> list[str]:
    listed = str(error.get("ctx", {}).get("expected", ""))
    return [word.strip("' ") for word in listed.replace(" or ", ", ").split(",")]


def _fields_at(model: Any, keys: tuple[str | int, ...]) -> Iterator[str]:
    """The keys that may be written at a place of a model."""
    for key in keys:
        model = inside(model, key)
    model = _bare(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            yield field.alias or name


def inside(annotation: Any, key: str | int) -> Any:
    """The annotation of what stands under a key, or in a list; Any where nothing is declared."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        fields = bare.model_fields.items()
        return next((field.annotation for name, field in fields if key in (name, field.alias)), Any)
    parts = get_args(bare)
    match get_origin(bare):
        case origin if isinstance(origin, type) and issubclass(origin, Mapping):
            return parts[1]
        case origin if isinstance(origin, type) and parts:
            return parts[0]
    return Any


def _bare(annotation: Any) -> Any:
    """Without what is only said about it, and without `| None`."""
    if hasattr(annotation, "__metadata__"):
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else annotation
    return annotation
