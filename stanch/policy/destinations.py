"""Where a request goes is the team's to say: nothing of an alert or of evidence stands before the path.

Only what is looked at, without a credential, may be a whole address that a reading has as its `url`: what a
team has written at its vendor. And what a person chose of a list may be a whole `gs://BUCKET/PATH`: nothing
is sent there, a vendor is told of it.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from stanch.policy.conditions import Expression, KnownNames, value_of
from stanch.policy.fact_types import MissingFact
from stanch.policy.templates import ArgumentTemplate, compile_template

_IS_ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_WHOLE = re.compile(r"\s*https?://[^/?#\\@\s]+[/?#]", re.IGNORECASE)
_CALLED = re.compile(r"\s*(https?|wss?):", re.IGNORECASE)
_OURS = "service."
"""What the team has written in its own `stanch.yaml`."""


def is_address(keys: tuple[str | int, ...], text: str) -> bool:
    """True of what stands under `url` or `urls`, and of what begins as an address."""
    return "url" in keys or "urls" in keys or _IS_ADDRESS.match(text) is not None


_ITS_ADDRESS = re.compile(r"(?!(?:alert|asked|change|incident|it|metrics|service|was)\.)\w+\.url")


def is_its_own(template: ArgumentTemplate) -> bool:
    """True of the whole address that a reading tells as its `url`."""
    match template.parts:
        case (Expression(text=text, names=(name,)),):
            return text.strip() == name and _ITS_ADDRESS.fullmatch(name) is not None
    return False


def is_chosen(template: ArgumentTemplate) -> bool:
    """True of the whole of what a person chose, which is one of a list."""
    match template.parts:
        case (Expression(text=text, names=(name,)),):
            return text.strip() == name and name.startswith("asked.")
    return False


def foreign(template: ArgumentTemplate) -> str:
    """The first expression that could say where a request goes; empty where the team alone does."""
    before = ""
    for part in template.parts:
        if isinstance(part, str):
            before += part
        elif all(name.startswith(_OURS) for name in part.names):
            before += "host" if "://" in before else "https://host"
        elif not _WHOLE.match(before):
            return part.text
        else:
            before += "x"
    return ""


def refuse_elsewhere(
    written: Mapping[str, Any], rendered: Mapping[str, Any], known: KnownNames, facts: Mapping[str, object]
) -> None:
    """Raise where an address has become another's by what was put into it."""
    _compare(written, rendered, (), _Facts(known, facts))


class _Facts:
    def __init__(self, known: KnownNames, facts: Mapping[str, object]) -> None:
        self.known = known
        self.facts = facts

    def without_guests(self, text: str) -> str:
        """The text with nothing of an alert or of evidence in it."""
        return "".join(map(self._part, compile_template(text, self.known).parts))

    def is_its_own(self, text: str) -> bool:
        """True of the whole address that a reading tells."""
        return is_its_own(compile_template(text, self.known))

    def is_told_a_vendor(self, text: str, rendered: str) -> bool:
        """True of a choice that is the address of no request."""
        return is_chosen(compile_template(text, self.known)) and not _CALLED.match(rendered)

    def _part(self, part: str | Expression) -> str:
        if isinstance(part, str):
            return part
        ours = all(name.startswith(_OURS) for name in part.names)
        return str(value_of(part, self.known, self.facts)) if ours else "x"


def _compare(written: Any, rendered: Any, keys: tuple[str | int, ...], facts: _Facts) -> None:
    match written:
        case str() if "${" in written and isinstance(rendered, str) and is_address(keys, rendered):
            is_free = facts.is_its_own(written) or facts.is_told_a_vendor(written, rendered)
            if not is_free and _place(facts.without_guests(written)) != _place(rendered):
                raise MissingFact((), f"{'.'.join(map(str, keys))} would go to another place than is written")
        case dict():
            for key, value in written.items():
                _compare(value, rendered[key], (*keys, key), facts)
        case list():
            for index, value in enumerate(written):
                _compare(value, rendered[index], (*keys, index), facts)


def _place(address: str) -> tuple[str, str] | None:
    """Scheme, and everything between it and the path; None where that cannot be told."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.scheme, parts.netloc
