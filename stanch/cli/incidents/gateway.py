"""The gateway as the command line knows it: where it is, who is asking, and what its answers mean.

The standard library's HTTP client: it is imported in a tenth of the time of the others, and follows no
redirection, so that a token goes nowhere but where it was meant to go.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, TypeVar
from urllib.parse import SplitResult, quote, urlsplit

from pydantic import BaseModel, ValidationError

from stanch.cli.failures import CommandError, Misuse, OutOfReach
from stanch.cli.incidents.access import GatewayToken

_CONNECT_WITHIN = timedelta(seconds=5)
_ANSWER_WITHIN = timedelta(seconds=45)
"""Longer than the gateway itself waits for a worker."""

_MISUSED = (400, 405, 413, 422)
_CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    409: "refused",
    429: "too-many",
    503: "away",
}
_UNPROVED = "unauthenticated"
"""The gateway's own word for a token that it does not know."""
_SENTENCES = {
    403: "you do not have the role that this needs",
    404: "there is no such thing at this gateway",
    409: "the gateway refused this",
    429: "too much at once: try again in a moment",
    503: "the gateway is up, but Temporal or a worker behind it is not: try again in a moment",
}
"""What is said where the gateway gave no reason of its own."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Reply:
    """What the gateway answered: as it came, or read into a model."""

    url: str
    document: dict[str, Any]

    def read(self, model: type[Model]) -> Model:
        """The answer as a model; one that does not fit comes from another version, or is no gateway's."""
        try:
            return model.model_validate(self.document)
        except ValidationError as error:
            raise _stranger(self.url) from error


class Gateway:
    """Calls to one gateway, as one person; a failure is a sentence with its exit code."""

    def __init__(self, url: str, credential: GatewayToken) -> None:
        self.url = url.rstrip("/")
        self._credential = credential
        self._at = _split(self.url)

    def get(self, *path: str, **query: str) -> Reply:
        """Look at something."""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return self._ask("GET", _path(path) + (f"?{asked}" if asked else ""))

    def post(self, *path: str, body: Mapping[str, Any]) -> Reply:
        """Say something; what is empty is left out."""
        said = {name: value for name, value in body.items() if value not in ("", None, {})}
        return self._ask("POST", _path(path), json.dumps(said).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Reply:
        connection = self._connected()
        headers = {"Accept": "application/json", "User-Agent": "stanch-cli"}
        if self._credential.value:
            headers["Authorization"] = f"Bearer {self._credential.value}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, self._at.path + path, body, headers)
            response = connection.getresponse()
            status, where, content = response.status, response.getheader("Location", ""), response.read()
        except (OSError, HTTPException) as error:
            raise self._broke_off(method, error) from error
        finally:
            connection.close()
        return self._understood(status, where, content)

    def _connected(self) -> HTTPConnection:
        kind = HTTPSConnection if self._at.scheme == "https" else HTTPConnection
        connection = kind(self._at.hostname or "", self._at.port, timeout=_CONNECT_WITHIN.total_seconds())
        try:
            connection.connect()
        except OSError as error:
            why = error.strerror or str(error) or type(error).__name__
            raise OutOfReach(
                "unreachable", f"no gateway answers at {self.url} ({why}): start one with `stanch up`"
            ) from error
        connection.sock.settimeout(_ANSWER_WITHIN.total_seconds())
        return connection

    def _broke_off(self, method: str, error: Exception) -> OutOfReach:
        why = str(error) or type(error).__name__
        if method == "GET":
            return OutOfReach("no-answer", f"the gateway at {self.url} gave no answer ({why}): try again")
        return OutOfReach(
            "no-answer",
            f"the answer of {self.url} was lost ({why}). What you said may have arrived: "
            "look with `stanch show` before you repeat it",
        )

    def _understood(self, status: int, where: str, content: bytes) -> Reply:
        if 300 <= status < 400:  # noqa: PLR2004 - HTTP's own ranges
            raise OutOfReach(
                "moved", f"{self.url} points to {where or 'another address'}: say that with --url"
            )
        try:
            document = json.loads(content)
        except ValueError as error:
            if status >= 500:  # noqa: PLR2004
                raise OutOfReach("away", f"{self.url} answers {status} and no more: try again") from error
            raise _stranger(self.url) from error
        if not isinstance(document, dict):
            raise _stranger(self.url)
        if status >= 400:  # noqa: PLR2004
            raise self._refusal(status, document)
        return Reply(self.url, document)

    def _refusal(self, status: int, document: dict[str, Any]) -> CommandError:
        said = document.get("error")
        error = said if isinstance(said, dict) else {}
        code = str(error.get("code") or _CODES.get(status, f"http-{status}"))
        message = str(error.get("message") or _SENTENCES.get(status, f"the gateway answers {status}"))
        if status == 401:  # noqa: PLR2004
            return CommandError(
                code, f"{self.url} does not accept {self._credential.origin}{self._why(code, message)}"
            )
        if status in _MISUSED:
            return Misuse(message, code)
        return OutOfReach(code, message) if status >= 500 else CommandError(code, message)  # noqa: PLR2004

    def _why(self, code: str, message: str) -> str:
        """In words for this end of the line: who showed no token has been told already what to do."""
        if code != _UNPROVED:
            return f": {message}"
        return ": it is none of those that its stanch.yaml names" if self._credential.value else ""


def _path(parts: tuple[str, ...]) -> str:
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _split(url: str) -> SplitResult:
    """The parts of an address; whatever is not one is said before anything is sent."""
    try:
        at = urlsplit(url)
        usable = at.scheme in ("http", "https") and at.hostname and (at.port or 1)
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise Misuse(f"{url!r} is not an address such as http://127.0.0.1:8080")
    return at


def _stranger(url: str) -> OutOfReach:
    return OutOfReach(
        "not-a-gateway",
        f"what answers at {url} is no gateway of this version of Stanch: check --url and STANCH_URL",
    )
