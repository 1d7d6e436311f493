r"""Secrets that nobody told us of, known by how they look, in any text from outside.

A log line, an alert's label or a colleague's note may hold a connection string, a header or a token that this
process never read. What has the shape of one is blanked out before it is stored or told; what surrounds it
stays, so that the text still says what it is about. Where in doubt, a value beside a secret's name is one.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel

from stanch.masking_shapes import (
    AUTHORIZATION,
    BASIC,
    BEARER,
    COOKIE,
    DATABASE_URL,
    FLAG,
    IN_QUERY,
    NAMED,
    NAMES,
    PRIVATE_KEY,
    TOKENS,
    USERINFO,
    WEBHOOK,
)

HIDDEN = "(secret)"
"""What stands where a secret stood."""

_SHORTEST_TOKEN = 20
"""A shorter word stands alone, beside nothing that says what it is: most labels are such."""
_LOOKS = 4
"""What is blanked out may uncover the beginning of what stood right behind it."""

T = TypeVar("T")
_Found = re.Match[str]


def masked(text: str) -> str:
    """The text with everything blanked out that looks like a secret; masked again, it is the same."""
    if len(text) < _SHORTEST_TOKEN and text.isalnum():
        return text
    for _ in range(_LOOKS):
        before, text = text, _looked_through(text)
        if text == before:
            break
    return text


def _looked_through(text: str) -> str:
    low = text.lower()
    for words, shape, hide in _SHAPES:
        if any(word in low for word in words):
            text = shape.sub(hide, text)
    return text


def within(value: T) -> T:
    """The same value with every text in it masked, however deep; a model stays a model of its class."""
    hidden: Any = _within(value)
    return hidden  # type: ignore[no-any-return]


def _within(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, BaseModel):
        fields = {name: _within(getattr(value, name)) for name in type(value).model_fields}
        return value.model_copy(update={k: v for k, v in fields.items() if v != getattr(value, k)})
    if isinstance(value, Mapping):
        return {_within(name): _beside(name, each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_within(each) for each in value)
    return value


def _beside(name: Any, value: Any) -> Any:
    """A text beside a name that says secret is one, whatever it looks like."""
    if isinstance(name, str) and isinstance(value, str) and value and hidden_by_name(name):
        return HIDDEN
    return _within(value)


def hidden_by_name(name: str) -> bool:
    """True of `password`, `X-Api-Key`, `DB_SECRET`; False of `max_tokens`, `primary_key`."""
    return NAMES.search(name) is not None


def secret_fields(body: Any) -> Iterator[str]:
    """Names in a JSON value beside which a text stands that must not be shown, however deep."""
    if isinstance(body, Mapping):
        yield from (name for name, value in body.items() if _is_said(value) and hidden_by_name(str(name)))
    inner = body.values() if isinstance(body, Mapping) else body if isinstance(body, list) else ()
    for value in inner:
        yield from secret_fields(value)


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def query_names_a_secret(address: str) -> bool:
    """True of `https://host/path?key=…`; False of an address whose query may be shown to all."""
    try:
        at = urlsplit(address)
        names = [name for name, _ in (*parse_qsl(at.query, True), *parse_qsl(at.fragment, True))]  # noqa: FBT003
    except ValueError:
        return False
    return any(hidden_by_name(name) or IN_QUERY.fullmatch(f"?{name}=0123456789") for name in names)


def link(address: str) -> str:
    """An address that may be shown: without user and password, without a query that names a secret."""
    try:
        at = urlsplit(address)
    except ValueError:
        return masked(address)
    bare = at._replace(netloc=at.netloc.rpartition("@")[2])
    if query_names_a_secret(address):
        bare = bare._replace(query="", fragment="")
    return masked(bare.geturl())


def _keep_around(found: _Found) -> str:
    """What stands before and after the secret stays."""
    return f"{found['before']}{HIDDEN}{found['after']}"


def _keep_before(found: _Found) -> str:
    return f"{found['before']}{HIDDEN}"


def _all(_: _Found) -> str:
    return HIDDEN


def _if_it_is_one(found: _Found) -> str:
    """`Basic YW5hOnNlc2FtZQ==` holds a password, `Basic authentication` does not."""
    try:
        said = base64.b64decode(found["value"] + "=" * (-len(found["value"]) % 4), validate=True)
    except (binascii.Error, ValueError):
        return found[0]
    return f"{found['before']}{HIDDEN}" if b":" in said and said.isascii() else found[0]


_SHAPES: tuple[tuple[tuple[str, ...], re.Pattern[str], Callable[[_Found], str]], ...] = (
    (("-----begin",), PRIVATE_KEY, _all),
    (("cookie",), COOKIE, _keep_before),
    (("authorization",), AUTHORIZATION, _keep_before),
    (("://",), DATABASE_URL, _keep_around),
    (("://",), USERINFO, _keep_around),
    (("hooks.slack", "/webhook", "telegram", "integration/"), WEBHOOK, _keep_before),
    (
        (
            "eyj",
            "_",
            "akia",
            "asia",
            "aiza",
            "ya29",
            "gocspx",
            "pypi",
            "hrku",
            "glpat",
            "xox",
            "xapp",
            "v1.0",
            "sk-",
            "sg.",
            "nrak",
            "hvs.",
            "dp.",
            "age",
            "pmak",
            "key",
        ),
        TOKENS,
        _all,
    ),
    (("bearer",), BEARER, _keep_before),
    (("basic",), BASIC, _if_it_is_one),
    (
        ("pass", "pwd", "secret", "token", "credential", "key", "string", "signature", "session", "webhook"),
        NAMED,
        _keep_before,
    ),
    (("pass", "secret", "token", "key"), FLAG, _keep_before),
    (("?", "&", ";"), IN_QUERY, _keep_before),
)
"""In this order: what is whole first, then what is known by the name before it.

Each with words of which one must be there: most texts hold none, and are not looked through any further.
"""
