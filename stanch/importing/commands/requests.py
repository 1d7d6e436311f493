"""What is asked of an address: `curl` and its like."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from stanch.importing.commands.log_lines import name_of
from stanch.importing.invocation import Invocation, is_placeholder
from stanch.importing.meaning import CommandMeaning, KnownCommand, MeaningKind, stays
from stanch.importing.shell import TypedCommand

_HEALTH = re.compile(
    r"/(?:health|healthz|healthcheck|livez?|readyz?|ready|ping|up|status|heartbeat)(?:/[\w-]+)?/?$"
)
_STATUS_PAGE = re.compile(
    r"^(?:www\.)?(?:[\w-]+status\.\w+|status\.[\w.-]+|[\w-]+\.statuspage\.io|downforeveryone[\w.]+)$"
)
_VARIABLE = re.compile(r"\$\{?(?P<name>\w+)\}?(?P<path>/[^\s]*)?$")
_UNNAMED_HOST = re.compile(r"https?://(?:[<\[{](?P<name>[A-Za-z][\w -]*)[>\]}]|localhost)(?::\d+)?(?=/|$)")
FILL_IN = ".fill-in.example"
"""The end of a host that only the team knows."""
_OWN = re.compile(
    r"(?:PRODUCTION|PROD|API|APP|BASE|SERVICE|SERVER|BACKEND|SITE|WEB|HOST)(?:_(?:URL|HOST|BASE|ENDPOINT))?|URL"
)
"""Variables that stand for the service's own address."""
_BEARER = re.compile(r"authorization:\s*(?:bearer|token)\s+\$\{?(?P<name>\w+)\}?\s*$", re.IGNORECASE)
_CHANGES = {"POST", "PUT", "PATCH", "DELETE"}
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}")
_OF_OTHERS = re.compile(
    r"(?:^|\.)(?:stripe|sendgrid|mailgun|twilio|openai|anthropic|github|slack|paypal|clerk|auth0|okta|supabase"
    r"|googleapis|pagerduty|datadoghq|sentry|cloudflare|segment|intercom|algolia|upstash|neon)\.(?:com|io|co|dev|tech)$"
)
"""Hosts of vendors: what they say of themselves is not the service's own health."""
_DATA = ("-d", "--data", "--data-raw", "--data-binary", "--json")


def host_of(address: str) -> str:
    """Whose address it is; empty where it is none."""
    try:
        return urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""


def is_of_others(host: str) -> bool:
    """True of a vendor's host, and of one that has to be filled in."""
    return host.endswith(FILL_IN) or _OF_OTHERS.search(host) is not None


def is_status_page(address: str) -> bool:
    """True of a vendor's page that says how the vendor is."""
    return _STATUS_PAGE.match(host_of(address)) is not None


def is_health(address: str) -> bool:
    """True of an address at which a service says how it is."""
    path = address.partition("//")[2].partition("?")[0]
    whole = path if "//" in address else address
    return _HEALTH.search(whole) is not None and "/admin/" not in whole


def _curl(typed: Invocation) -> CommandMeaning | None:
    written = [name for name in typed.names if "//" in name or name.startswith("$") or _HOST.match(name)]
    unnamed = any(map(_UNNAMED_HOST.match, written))
    method = typed.option("-X", "--request").upper() or ("POST" if typed.has(*_DATA) else "GET")
    address = _address(written[0]) if len(written) == 1 else ""
    if not address or (unnamed and method in _CHANGES):
        return None
    meaning = _change(typed, method, address) if method in _CHANGES else _look(typed, address)
    if meaning is None:
        return None
    shown = (_BEARER.match(text) for text in typed.options("-H", "--header"))
    bearer = next((found["name"] for found in shown if found), "")
    return replace(meaning, bearer=bearer)


def _address(written: str) -> str:
    """Whole, or from its path on where a variable stands for the service; empty where something is missing.

    Any other variable's address is to be filled in: until then nothing answers there.
    """
    if variable := _VARIABLE.fullmatch(written):
        return _of_host(variable["name"], variable["path"] or "")
    if host := _UNNAMED_HOST.match(written):
        return _of_host(host["name"] or "host", written[host.end() :])
    if is_placeholder(written) or "$" in written:
        return ""
    return written if "//" in written else f"https://{written}"


def _of_host(name: str, path: str) -> str:
    if is_placeholder(path) or "$" in path:
        return ""
    word = re.sub(r"\W+", "_", name)
    other = f"https://{word.lower().replace('_', '-')}{FILL_IN}{path}"
    return (path or "/") if _OWN.fullmatch(word.upper()) else other


def _look(typed: Invocation, address: str) -> CommandMeaning | None:
    if is_status_page(address):
        return CommandMeaning(MeaningKind.READING, "status.pages")
    picked = list(_picked(typed))
    if picked:
        given = {
            "url": address if address != "/" else "/metrics",
            "pick": {name_of(name): name for name in picked},
        }
        return CommandMeaning(MeaningKind.READING, "metrics.http", given)
    if is_health(address) and not is_of_others(host_of(address)):
        return CommandMeaning(MeaningKind.READING, "probe", health=address)
    return CommandMeaning(MeaningKind.READING, "probe", {"url": address})


def _picked(typed: Invocation) -> Iterator[str]:
    """What a `grep` behind it looks for: numbers by their names."""
    for stage in typed.command.pipe:
        found = Invocation(TypedCommand(0, "", stage))
        if found.program == "grep" and found.names:
            yield from (
                name for name in re.split(r"\\?\|", found.names[0]) if re.fullmatch(r"[\w.:-]+", name)
            )


def _change(typed: Invocation, method: str, address: str) -> CommandMeaning | None:
    """A call that changes something, where all of it is said; a webhook is the business of who calls it."""
    unknown = host_of(address).endswith(FILL_IN) or is_status_page(address) or address == "/"
    if unknown or "webhook" in address.lower():
        return None
    given: dict[str, Any] = {"method": method, "url": address}
    if typed.has(*_DATA):
        body = _body(typed.option(*_DATA))
        if body is None:
            return None
        given["json"] = body
    return CommandMeaning(MeaningKind.VERB, "http.call", given)


def _body(text: str) -> Any:
    try:
        return None if is_placeholder(text) or "$" in text else json.loads(text)
    except ValueError:
        return None


def _websocket(typed: Invocation) -> CommandMeaning | None:
    address = typed.option("-c") or next(iter(typed.names), "")
    if not address.startswith(("wss://", "ws://")) or is_placeholder(address) or "$" in address:
        return None
    return CommandMeaning(
        MeaningKind.READING, "probe.websocket", {"url": f"http{address.removeprefix('ws')}"}
    )


def _name(typed: Invocation) -> CommandMeaning | None:
    name = next((word for word in typed.names if _HOST.fullmatch(word)), "")
    return CommandMeaning(MeaningKind.READING, "probe.dns", {"url": f"https://{name}"}) if name else None


KNOWN = (
    KnownCommand("curl", _curl),
    KnownCommand("wscat", _websocket),
    KnownCommand("dig", _name),
    KnownCommand("nslookup", _name),
    KnownCommand("open", stays("a page for people: it stands under links")),
)
