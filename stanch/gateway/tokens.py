"""Comparing what a caller shows with what is known, in constant time and without keeping the secret."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from stanch.errors import ConfigError
from stanch.secrets import Redactor

SHORTEST = 12
"""A shorter secret could be guessed over the network."""


@dataclass(frozen=True)
class SecretDigest:
    """The SHA-256 of a secret; the secret itself is not kept."""

    digest: bytes

    def __repr__(self) -> str:
        """Says nothing."""
        return "SecretDigest()"

    def fits(self, shown: bytes) -> bool:
        """True when that was the secret."""
        return hmac.compare_digest(self.digest, hashlib.sha256(shown).digest())

    @property
    def hex(self) -> str:
        """For what is signed about it; it is shown to nobody."""
        return self.digest.hex()


@dataclass(frozen=True)
class AuthorizationHeader:
    """The Authorization header of a request, taken apart."""

    scheme: str
    secret: bytes

    def __repr__(self) -> str:
        """Says nothing."""
        return f"AuthorizationHeader({self.scheme})"


def secret_digest(secret: str) -> SecretDigest:
    """What is kept of a secret."""
    return SecretDigest(hashlib.sha256(secret.encode()).digest())


def read(redactor: Redactor, reference: str, where: str) -> str:
    """The secret behind a reference; raises `ConfigError` naming where it is written."""
    try:
        secret = redactor.read(reference)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    return long_enough(secret, where)


def long_enough(secret: str, where: str) -> str:
    """The same secret; raises `ConfigError` when it could be guessed."""
    if len(secret) < SHORTEST:
        raise ConfigError(
            f"{where} has fewer than {SHORTEST} characters: make one with `openssl rand -hex 24`"
        )
    return secret


def authorization_header(authorization: str) -> AuthorizationHeader:
    """`Bearer TOKEN` or `Basic BASE64`; whatever else it is proves nothing."""
    scheme, _, rest = authorization.partition(" ")
    secret = rest.strip().encode("latin-1", errors="replace")
    if scheme.lower() != "basic":
        return AuthorizationHeader(scheme.lower(), secret)
    try:
        return AuthorizationHeader("basic", base64.b64decode(secret, validate=True))
    except binascii.Error:
        return AuthorizationHeader("", b"")
