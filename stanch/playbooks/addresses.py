"""Addresses that begin with / are added to the base of their service; its bearer goes there only."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from stanch.model.service import Base
from stanch.playbooks.position import Position

_ONE, _SEVERAL, _BEARER = "url", "urls", "bearer"
_UNDO = "undo"
"""The call that takes another one back."""


def completed(address: str, base: Base | None, service: str, position: Position) -> str:
    """The whole address of what may be written as a path."""
    if not address.startswith("/"):
        return address
    if base is None:
        instead = f"Write base: https://… under services.{service} in stanch.yaml, or the whole address"
        position.wrong(f"{service} has no base that {address} could be added to", instead)
        return f"https://base.invalid{address}"
    return base.url.rstrip("/") + address


def with_base(
    arguments: Mapping[str, Any], model: type[BaseModel], base: Base | None, service: str, position: Position
) -> dict[str, Any]:
    """The arguments with whole addresses, and the base's secret where it is taken and goes to that host."""
    found = {key: _whole(key, value, base, service, position.at(key)) for key, value in arguments.items()}
    takes = _BEARER in model.model_fields and _BEARER not in found
    if takes and base is not None and base.bearer and _all_at_home(found, base):
        found[_BEARER] = base.bearer
    return found


def _whole(key: str, value: Any, base: Base | None, service: str, position: Position) -> Any:
    match value:
        case str() if key in (_ONE, _SEVERAL):
            return completed(value, base, service, position)
        case list() if key == _SEVERAL:
            return [_whole(_ONE, one, base, service, position.at(index)) for index, one in enumerate(value)]
        case dict() if key == _UNDO:
            return {name: _whole(name, one, base, service, position.at(name)) for name, one in value.items()}
    return value


def _all_at_home(arguments: Mapping[str, Any], base: Base) -> bool:
    """True where there are addresses, and all of them are on the base's host."""
    several = arguments.get(_SEVERAL, ())
    addresses = [arguments.get(_ONE), *(several if isinstance(several, list) else [several])]
    written = [address for address in addresses if isinstance(address, str) and address]
    return bool(written) and all(_place(address) == _place(base.url) for address in written)


def _place(address: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.scheme, parts.netloc
