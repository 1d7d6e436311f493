"""Service accounts that the fake accepts, each as the JSON key that a person would download.

Their key pair stands here as two primes: every process of a sandbox has the same one, and no file of this
repository looks like a private key. It opens nothing anywhere else.
"""

import json
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_P = int(
    "fa309931ed74afdb163be6237a81e6fb886199f531a9c09f5f9f44e4704130dc3359ab3c53da2e8eb2420b"
    "063c15f25a8be0d77ad70acff82b8f2f85053f24c75653e9587d518537d178854aa995110fd7ce572fefe0"
    "b50dd58c7e6e861994d4a00d61752b2c11998ad0da583fe6641498eac5ce5d8162bb96f46cf108ddaff1",
    16,
)
_Q = int(
    "bf052a9bfcc6764c0fa7746b0302f9c4a7af31aa0dd5583fc71d6348b2cb44a48fb24d98690d3b53b34bd9"
    "d007c6b734ecd982eeded34f4f9ec39bac04ae63ac96f41a7c688a76f5d4efc695c5ba7c478ccd891a0476"
    "c3fb91cf906683a3d47a7750ace9fa3e92bb17c369d413adaf2226c2c3784707a97efc89b9ad73d34995",
    16,
)
_E = 65537
DOMAIN = "ensei-example.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
ISSUER = "https://token.ci.example"
POOL = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/other"
PRINCIPAL = "principal:" + POOL.partition("/providers")[0] + "/subject/stanch"
"""Whom another provider vouches for; all it may do is to act as `stanch`."""
KEY_ID = "5a4d8b1c0e9f7a6b3c2d1e0f9a8b7c6d5e4f3a2b"


def _pair() -> rsa.RSAPrivateKey:
    d = pow(_E, -1, (_P - 1) * (_Q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=_P,
        q=_Q,
        d=d,
        dmp1=d % (_P - 1),
        dmq1=d % (_Q - 1),
        iqmp=pow(_Q, -1, _P),
        public_numbers=rsa.RSAPublicNumbers(_E, _P * _Q),
    )
    # Checking the primes anew would take half a second of every start.
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


_WRITTEN = (
    _pair()
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)


def certificate() -> str:
    """What signatures of these accounts are verified with."""
    public = _pair().public_key()
    written = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return written.decode()


def account(name: str) -> str:
    """The e-mail address of a service account of the sandbox's project."""
    return f"{name}@{DOMAIN}"


def key_of(name: str, private_key: str = _WRITTEN) -> str:
    """The JSON key of that account."""
    content: dict[str, Any] = {
        "type": "service_account",
        "project_id": "ensei-example",
        "private_key_id": KEY_ID,
        "private_key": private_key,
        "client_email": account(name),
        "client_id": "104729104729104729104",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": AUDIENCE,
        "universe_domain": "googleapis.com",
    }
    return json.dumps(content)


def federation(file: str, **changed: Any) -> str:
    """The configuration of an identity that has no key: another provider writes who it is into that file."""
    host = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts"
    content: dict[str, Any] = {
        "type": "external_account",
        "audience": POOL,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": file},
        "service_account_impersonation_url": f"{host}/{account('stanch')}:generateAccessToken",
    }
    return json.dumps({key: value for key, value in {**content, **changed}.items() if value})


def word(at: datetime, private_key: str = _WRITTEN, **changed: Any) -> str:
    """What the other provider says of who runs there, for the next minutes."""
    # Imported here: it takes long, and most sandboxes are never asked for a token.
    jwt, crypt = (import_module(f"google.auth.{name}") for name in ("jwt", "crypt"))
    now = int(at.timestamp())
    claims = {"iss": ISSUER, "sub": "stanch", "aud": f"https:{POOL}", "iat": now, "exp": now + 600, **changed}
    return str(jwt.encode(crypt.RSASigner.from_string(private_key, KEY_ID), claims).decode())


class FirebaseKey(StrEnum):
    """An account that may do everything, one that may only read, one of another project."""

    ALL = key_of("stanch")
    READ_ONLY = key_of("viewer")
    ELSEWHERE = key_of("stranger")
