"""Where the gateway is and who is asking: from the command line, the environment, the data folder."""

import ipaddress
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from stanch.cli.failures import Misuse, OutOfReach

_SOURCE = "source-"
"""Files of `tokens/` that begin so are credentials of alert sources, not of people."""


@dataclass(frozen=True)
class GatewayToken:
    """A bearer token, and where it came from, for the sentence that says it is not accepted."""

    value: str = field(repr=False)
    origin: str


def address(url: str, data: Path) -> str:
    """The gateway's address: the one given, else that of the gateway started from this data folder."""
    if url:
        return url
    path = data / "gateway.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))["url"]
    except FileNotFoundError as error:
        raise OutOfReach(
            "no-gateway",
            f"no gateway is known: {path} does not exist. Start one with `stanch up`, "
            "or say where it is with --url or STANCH_URL",
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f" ({error.strerror})" if isinstance(error, OSError) else ""
        raise Misuse(f"{path} cannot be read{why}: start `stanch up` anew, or use --url", "config") from error
    if not isinstance(said, str) or not _is_here(said):
        # A folder that came from elsewhere must not be able to send a token from the environment elsewhere.
        raise Misuse(
            f"{path} names an address on another machine: if it is right, give it with --url", "config"
        )
    return said


def _is_here(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        here = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return here.is_loopback or here.is_unspecified


def person(data: Path) -> GatewayToken:
    """Who is asking: `STANCH_TOKEN`, else the only person who has a token in the data folder."""
    given = os.environ.get("STANCH_TOKEN", "").strip()
    if given:
        return GatewayToken(_sendable(given, "STANCH_TOKEN"), "the token of STANCH_TOKEN")
    folder = data / "tokens"
    found = [path for path in _files(folder) if not path.name.startswith(_SOURCE)]
    if not found:
        text = f"no token: set STANCH_TOKEN to your own ({folder} holds nobody's)"
        raise Misuse(text, "no-token")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise Misuse(
            f"{folder} holds the tokens of several people ({names}): choose one with STANCH_TOKEN", "no-token"
        )
    return _read(found[0])


def source(name: str, data: Path) -> GatewayToken:
    """The credential of an alert source: `STANCH_ALERT_TOKEN`, else that of the data folder, else none."""
    given = os.environ.get("STANCH_ALERT_TOKEN", "").strip()
    if given:
        return GatewayToken(_sendable(given, "STANCH_ALERT_TOKEN"), "the token of STANCH_ALERT_TOKEN")
    path = data / "tokens" / f"{_SOURCE}{name}"
    if path in _files(data / "tokens"):
        return _read(path)
    return GatewayToken("", f"an alert without a credential (set STANCH_ALERT_TOKEN, or write {path})")


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError:
        return []


def _read(path: Path) -> GatewayToken:
    try:
        others = stat.S_IMODE(path.stat().st_mode) & 0o077
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{path} cannot be read: set STANCH_TOKEN instead", "no-token") from error
    if others and os.name == "posix":
        raise Misuse(f"{path} can be read by others: `chmod 600 {path}`", "no-token")
    if not token:
        raise Misuse(f"{path} is empty: remove it and start `stanch up` anew", "no-token")
    return GatewayToken(_sendable(token, str(path)), f"the token of {path}")


def _sendable(token: str, origin: str) -> str:
    if token.isascii() and token.isprintable() and " " not in token:
        return token
    raise Misuse(f"{origin} holds something else than one token: it must be one word of ASCII", "no-token")
