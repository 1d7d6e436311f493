"""Every text that a history holds, for tests that look for what must not be there."""

import base64
from collections.abc import Iterator
from typing import Any


def texts_in(value: Any) -> Iterator[str]:
    """Keys and texts of a history's JSON, those inside its payloads among them."""
    match value:
        case {"data": str() as data, "metadata": _}:
            yield base64.b64decode(data).decode()
        case dict():
            for key, each in value.items():
                yield key
                yield from texts_in(each)
        case list():
            for each in value:
                yield from texts_in(each)
        case str():
            yield value
