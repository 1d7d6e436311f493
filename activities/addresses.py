"""Addresses that a team writes itself: of its services, their own measurements and their admin endpoints."""

from typing import Annotated

import httpx
from pydantic import AfterValidator

from stanch.masking import query_names_a_secret


def _address(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        message = "this is no address; write it as https://host/path"
        raise ValueError(message) from error
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        message = "write an address as https://host/path, without user and password"
        raise ValueError(message)
    return text


def _open(text: str) -> str:
    if query_names_a_secret(text):
        message = "the query of this address names a secret, which would be shown: leave it out"
        raise ValueError(message)
    return text


WebAddress = Annotated[str, AfterValidator(_address)]
"""An http or https address without a credential in front of its host."""

Address = Annotated[WebAddress, AfterValidator(_open)]
"""One that everybody may see: without a secret in its query either."""


def shown(address: str) -> str:
    """Without what follows the path: a query may hold what is not for every eye."""
    return str(httpx.URL(address).copy_with(query=None, fragment=None))
