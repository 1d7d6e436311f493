"""An address that everybody may see: what is written there is pinned, shown and kept."""

from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator

from stanch.model.secret_names import names_a_secret, words

_PROOFS = {"SIG", "SIGNATURE", "AUTH", "AUTHORIZATION", "JWT", "PASS", "PASSPHRASE", "COOKIE", "SESSION"}


def proves(name: str) -> bool:
    """True of a query's name whose value opens a door."""
    return names_a_secret(name) or words(name) in _PROOFS


def _open(text: str) -> str:
    try:
        address = urlsplit(text)
        found = address.port != 0 and address.hostname
    except ValueError:
        found = None
    if not found or address.scheme not in {"http", "https"} or "@" in address.netloc:
        message = "write an address as https://host/path, without user and password"
        raise ValueError(message)
    for name, _ in parse_qsl(address.query, keep_blank_values=True):
        if proves(name):
            message = (
                f"holds a secret in its query ({name}), and an address is shown and kept: "
                "offer it without one, or name the secret as bearer where one is taken"
            )
            raise ValueError(message)
    return text


OpenAddress = Annotated[str, AfterValidator(_open)]
"""An http or https address without a credential in front of its host or in its query."""


def _here_or_open(text: str) -> str:
    return text if text.startswith("/") else _open(text)


Address = Annotated[str, AfterValidator(_here_or_open)]
"""An open address, or a path on the service's own host."""
